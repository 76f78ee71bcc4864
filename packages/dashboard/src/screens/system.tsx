/** System: what the hub is, who is connected to it, what you may, and how this page behaves. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../api/queries.ts";
import { may } from "../app/me.ts";
import { Box, Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { AuditBox } from "./system/audit.tsx";
import { ConfigBox } from "./system/config.tsx";
import { ClientsBox } from "./system/clients.tsx";
import { HubBox, LimitsBox, StoreBox } from "./system/hub.tsx";
import { MyselfBox } from "./system/myself.tsx";
import { SettingsBox } from "./system/settings.tsx";
import { TokensBox } from "./system/tokens.tsx";
import { UpkeepBox } from "./system/upkeep.tsx";

export function SystemScreen() {
  const me = useQuery(queries.me);
  // Times are written anew when they are to be shown otherwise.
  const [drawn, setDrawn] = useState(0);
  return (
    <Screen title="System">
      <Shown query={me}>
        {(known) => (
          <div className="mx-auto max-w-[100rem]">
            <div className="columns-3 gap-3 max-[1250px]:columns-2 max-[800px]:columns-1 [&>*]:mb-3 [&>*]:break-inside-avoid">
              {may(known, "read") ? <OfHub key={drawn} /> : <NotYours />}
              {may(known, "administer") && <UpkeepBox key={`upkeep ${drawn}`} />}
              <MyselfBox me={known} />
              <SettingsBox onZone={() => setDrawn((before) => before + 1)} />
            </div>
            {may(known, "administer") && (
              <div className="mt-3 grid gap-3" key={`kept ${drawn}`}>
                <ConfigBox />
                <TokensBox />
                <OfAudit />
              </div>
            )}
          </div>
        )}
      </Shown>
    </Screen>
  );
}

function OfHub() {
  const hub = useQuery(queries.hub);
  const systems = useQuery(queries.systems);
  const statistics = useQuery(queries.statistics);
  return (
    <>
      <Shown query={hub}>
        {(data) => (
          <>
            <HubBox hub={data} />
            <StoreBox hub={data} />
            <LimitsBox hub={data} statistics={statistics.data} />
          </>
        )}
      </Shown>
      <Shown query={systems}>{(data) => <ClientsBox systems={data} />}</Shown>
    </>
  );
}

function OfAudit() {
  const audit = useQuery(queries.audit);
  return (
    <Shown query={audit}>{(data) => <AuditBox audit={data} again={() => void audit.refetch()} />}</Shown>
  );
}

function NotYours() {
  return (
    <Box title="Hub">
      <p className="text-small text-soft">
        Its store, its clients and its bounds are told to whoever may read of everything.
      </p>
    </Box>
  );
}
