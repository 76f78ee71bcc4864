/** Dead letters: what could not be handled, by cause; to be read, given back, changed and sent anew, or forgotten. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { DeadLetterGroup } from "../api/types.ts";
import { useKeys } from "../app/keys.ts";
import { useMay } from "../app/me.ts";
import { useView } from "../app/view.ts";
import { Button } from "../parts/button.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { ExportButton } from "../parts/export.tsx";
import { useExport } from "../parts/exporting/useexport.ts";
import { FilterBox } from "../parts/filterbox.tsx";
import { lazily } from "../parts/lazily.ts";
import { Problem } from "../parts/problem.tsx";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { plain } from "../parts/text.ts";
import { ViewMenu } from "../parts/views/viewmenu.tsx";
import type { Act } from "./deadletters/acting.ts";
import { Groups } from "./deadletters/groups.tsx";
import { OfCause, type Asked } from "./deadletters/ofcause.tsx";
import { agentIn } from "./deadletters/whose.ts";

/** Agents that are offered. */
const NAMED = 30;
const ActDialog = lazily(async () => (await import("./deadletters/actdialog.tsx")).ActDialog);

export function DeadLetters() {
  const [{ where = "", group }, change] = useView();
  const agent = useMemo(() => agentIn(where), [where]);
  const may = useMay();
  const isTold = may("read", agent);
  const groups = useQuery({ ...queries.deadLetterGroups(where, agent), enabled: isTold });
  const [asked, setAsked] = useState<Asked>();
  const count = groups.data?.reduce((sum, each) => sum + each.count, 0) ?? 0;
  const exporting = useExport(
    "/v1/export/dead-letters",
    { where, ...(group !== undefined && { cause: group }) },
    "dead-letters",
  );
  const all = useCallback(
    (act: Act) =>
      setAsked({
        ...{ act, what: ofFilter(where) },
        target: { where, ...(agent !== undefined && { agent }) },
      }),
    [where, agent],
  );
  return (
    <Screen
      title="Dead letters"
      fills
      tools={
        <>
          <FilterBox where={where} onWhere={(next) => change({ where: next, id: undefined })} />
          <ViewMenu />
          <ExportButton export={exporting} />
          {group === undefined && (
            <Button
              disabled={count === 0 || !may("redrive", agent)}
              title={may("redrive", agent) ? undefined : "You may not: it needs the right to redrive"}
              onClick={() => all("redrive")}
            >
              Redrive {where === "" ? "all" : "what fits"}
            </Button>
          )}
        </>
      }
    >
      {exporting.stand.is === "failed" && <Problem error={exporting.stand.why} />}
      {!isTold && <Whose onWhere={(next) => change({ where: next, group: undefined })} />}
      <Shown query={groups} isAsked={isTold}>
        {(found) =>
          found.length === 0 && group === undefined ? (
            <NoLetters where={where} />
          ) : (
            <Causes {...{ found, where, group, setAsked, all }} exports={() => exporting.begin("ndjson")} />
          )
        }
      </Shown>
      {asked && (
        <Suspense>
          <ActDialog {...asked} onClose={() => setAsked(undefined)} />
        </Suspense>
      )}
    </Screen>
  );
}

/** How many there are is counted when it is asked, since others die meanwhile. */
const ofFilter = (where: string): string =>
  where === "" ? "All dead letters." : `All that fits the filter: ${where}`;

function NoLetters({ where }: { readonly where: string }) {
  return where === "" ? (
    <Empty title="No dead letters">
      What cannot be handled comes here, with why. In a terminal: <Command>npx hermod dlq groups</Command>
    </Empty>
  ) : (
    <Empty title="No dead letter fits the filter">Take a part of it away, or look at all.</Empty>
  );
}

/** Whoever may not read of everything reads of one agent at a time. */
function Whose({ onWhere }: { readonly onWhere: (where: string) => void }) {
  const { data: me } = useQuery(queries.me);
  const names = (me?.rights.read ?? []).filter((each) => !each.endsWith("*"));
  return (
    <Empty title="Whose dead letters?">
      <p>
        You may not read of everything: name one agent in the filter, as in <Command>to:writer</Command>
      </p>
      <p className="mt-3 flex flex-wrap justify-center gap-2">
        {names.slice(0, NAMED).map((name) => (
          <Button key={name} onClick={() => onWhere(`to:${JSON.stringify(name)}`)}>
            {plain(name)}
          </Button>
        ))}
      </p>
    </Empty>
  );
}

interface CausesProps {
  readonly found: readonly DeadLetterGroup[];
  readonly where: string;
  readonly group: string | undefined;
  readonly setAsked: (asked: Asked) => void;
  readonly all: (act: Act) => void;
  readonly exports: () => void;
}

/** The causes, and below them the letters of the one that is open. */
function Causes({ found, where, group, setAsked, all, exports }: CausesProps) {
  const [, change] = useView();
  const [at, setAt] = useState<string>();
  const open = useCallback((cause: string) => change({ group: cause, id: undefined }, false), [change]);
  useKeys(
    useMemo(() => {
      if (group !== undefined) return [];
      const step = (by: number): void => {
        const now = found.findIndex(({ cause }) => cause === at);
        setAt(found[Math.max(0, Math.min(found.length - 1, now + by))]?.cause);
      };
      return [
        { keys: "j", does: "Next cause", run: () => step(1) },
        { keys: "k", does: "Cause before", run: () => step(-1) },
        { keys: "Enter", does: "Open the cause", run: () => at !== undefined && open(at) },
        { keys: "r", does: "Redrive all that is shown", run: () => all("redrive") },
        { keys: "e", does: "Export", run: exports },
      ];
    }, [found, at, group, open, all, exports]),
  );
  const opened = found.find(({ cause }) => cause === group);
  return (
    <div className="flex h-full flex-col">
      <div className={`overflow-auto ${group === undefined ? "grow" : "max-h-[35%] shrink-0"}`}>
        <Groups groups={found} open={group} at={group === undefined ? at : undefined} onOpen={open} />
        {group === undefined && (
          <p className="p-4 text-center text-small text-soft">Choose a cause to read its letters.</p>
        )}
      </div>
      {group !== undefined && (
        <OfCause key={group} {...{ where, cause: group, setAsked, exports }} group={opened} />
      )}
    </div>
  );
}
