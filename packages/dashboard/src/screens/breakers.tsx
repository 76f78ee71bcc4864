/** Breakers and retries: who rests and why, until when, and which messages wait for their time. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries.ts";
import type { AgentStatus } from "../api/types.ts";
import { useView } from "../app/view.ts";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { WordBox } from "./agents/wordbox.tsx";
import { BreakerList } from "./breakers/list.tsx";
import { ChangeList } from "./breakers/changelist.tsx";
import { Later } from "./breakers/later.tsx";
import { changesOf } from "./breakers/sentence.ts";

export function Breakers() {
  const [{ where = "" }, change] = useView();
  const breakers = useQuery(queries.breakers);
  const agents = useQuery(queries.agents);
  return (
    <Screen
      title="Breakers and retries"
      tools={
        <WordBox text={where} onText={(text) => change({ where: text })} example="agent, state or system" />
      }
    >
      <div className="grid grid-cols-1 gap-4">
        <Shown query={breakers}>
          {(items) => <BreakerList all={items} words={where} clients={clientsOf(agents.data ?? [])} />}
        </Shown>
        <Later words={where} />
        {breakers.data && breakers.data.length > 0 && <ChangeList all={changesOf(breakers.data)} />}
      </div>
    </Screen>
  );
}

/** In how many systems each agent runs. */
function clientsOf(agents: readonly AgentStatus[]): ReadonlyMap<string, readonly string[]> {
  return new Map(agents.map(({ name, clients = [] }) => [name, clients]));
}
