/** Breakers and retries: who rests and why, until when, and which messages wait for their time. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { agentQueries } from "../api/agentqueries.ts";
import { queries } from "../api/queries.ts";
import type { AgentStatus } from "../api/types.ts";
import { useView } from "../app/view.ts";
import { Box, Screen } from "../parts/screen.tsx";
import { Problem } from "../parts/problem.tsx";
import { Shown } from "../parts/shown.tsx";
import { counted, countText, plain } from "../parts/text.ts";
import { DelayedTable, type DelayedOf } from "./agent/delayed.tsx";
import { WordBox } from "./agents/wordbox.tsx";
import { BreakerList } from "./breakers/list.tsx";
import { transitions } from "./breakers/transitions.ts";
import { TransitionList } from "./breakers/transitionlist.tsx";

export function Breakers() {
  const [{ where = "" }, change] = useView();
  const breakers = useQuery(queries.breakers);
  const agents = useQuery(queries.agents);
  if (breakers.data) transitions.note(breakers.dataUpdatedAt, breakers.data);
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
        <Shown query={agents}>{(known) => <DelayedBox agents={known} />}</Shown>
        {breakers.data && breakers.data.length > 0 && <TransitionList all={transitions.all} />}
      </div>
    </Screen>
  );
}

/** In how many systems each agent runs. */
function clientsOf(agents: readonly AgentStatus[]): ReadonlyMap<string, readonly string[]> {
  return new Map(agents.map(({ name, clients = [] }) => [name, clients]));
}

/** Mailboxes whose delayed messages are listed at a time: each is asked for on its own. */
const MOST = 8;

function DelayedBox({ agents }: { readonly agents: readonly AgentStatus[] }) {
  const delayedIn = (agent: AgentStatus): number => agent.mailbox?.delayed ?? 0;
  const having = agents
    .filter((agent) => delayedIn(agent) > 0)
    .toSorted((a, b) => delayedIn(b) - delayedIn(a));
  const shown = having.slice(0, MOST);
  const answers = useQueries({ queries: shown.map(({ name }) => agentQueries.delayed(name)) });
  const total = having.reduce((sum, agent) => sum + delayedIn(agent), 0);
  const items = answers
    .flatMap(({ data }, at): readonly DelayedOf[] =>
      (data?.items ?? []).map((each) => ({ ...each, mailbox: shown[at]?.name ?? "" })),
    )
    .toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1));
  const failed = answers.find(({ error }) => error !== null);
  return (
    <Box
      title="Retries and messages for later"
      tools={<span className="text-tiny text-soft">{counted(total, "message")}, the earliest first</span>}
    >
      {failed?.error && <Problem error={failed.error} />}
      {items.length === 0 ? (
        <p className="text-small text-soft">No message waits for its next attempt, or for its time.</p>
      ) : (
        <div className="overflow-x-auto">
          <DelayedTable items={items} />
        </div>
      )}
      {total > items.length && items.length > 0 && (
        <p className="pt-2 text-small text-soft">
          and {countText(total - items.length)} more, in{" "}
          {plain(
            having
              .slice(0, 20)
              .map(({ name }) => name)
              .join(", "),
          )}
        </p>
      )}
    </Box>
  );
}
