/** State box: the state of an agent as it was committed last. It is asked for only when somebody wants it: reading it is a right, and noted. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { agentQueries } from "../../api/agentqueries.ts";
import type { AgentState } from "../../api/types.ts";
import { useMay } from "../../app/me.ts";
import { Button } from "../../parts/button.tsx";
import { Json } from "../../parts/json.tsx";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { plain } from "../../parts/text.ts";

export interface StateBoxProps {
  readonly name: string;
  /** By what its states are kept apart: "none", "conversation" or "key". */
  readonly apart: string;
}

export function StateBox({ name, apart }: StateBoxProps) {
  const [wanted, setWanted] = useState<string>();
  const [key, setKey] = useState("");
  const may = useMay();
  const hasKeys = apart !== "none";
  const client = useQueryClient();
  const show = (): void => {
    setWanted(key.trim());
    void client.invalidateQueries({ queryKey: ["state", name] });
  };
  const mayRead = may("administer", name);
  return (
    <Box title="State">
      <form
        className="flex flex-wrap items-center gap-2 text-small"
        onSubmit={(event) => (event.preventDefault(), mayRead && show())}
      >
        {hasKeys && (
          <label className="flex items-center gap-2">
            {apart === "key" ? "Key" : "Conversation"}
            <input
              type="text"
              className="rounded-chip border border-strong bg-panel px-2 py-1"
              value={key}
              onChange={(event) => setKey(event.target.value)}
            />
          </label>
        )}
        <Button type="submit" disabled={!mayRead || (hasKeys && key.trim() === "")}>
          {wanted === undefined ? "Show the state" : "Show it anew"}
        </Button>
        {!mayRead && <span className="text-soft">It needs the right to administer the agent.</span>}
      </form>
      {wanted !== undefined && <Snapshot key={wanted} name={name} of={wanted} />}
    </Box>
  );
}

function Snapshot({ name, of }: { readonly name: string; readonly of: string }) {
  const query = useQuery(agentQueries.state(name, of));
  return <Shown query={query}>{(state) => <Told state={state} />}</Shown>;
}

function Told({ state: { found, key, version, state } }: { readonly state: AgentState }) {
  if (!found) return <p className="pt-2 text-small text-soft">No state of {plain(key)} was committed yet.</p>;
  return (
    <div className="grid gap-1 pt-2">
      <p className="text-tiny text-soft">
        as it was committed last, version {version} of {plain(key)}
      </p>
      <Json value={state} label={`State of ${key}`} />
    </div>
  );
}
