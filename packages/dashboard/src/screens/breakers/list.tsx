/** Breaker list: each breaker with its state in a sentence, the time until it tries again, and what can be done; those that rest first. */
import type { BreakerStatus } from "../../api/types.ts";
import { ConditionWord } from "../../parts/condition.tsx";
import { Command, Empty } from "../../parts/empty.tsx";
import { AgentName } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { Time } from "../../parts/time.tsx";
import { countText, counted, plain } from "../../parts/text.ts";
import { Force } from "./force.tsx";
import { Changes } from "./changelist.tsx";
import { changesOf, sentenceOf, toneOf, untilRetry, wordOf } from "./sentence.ts";
import { narrowedBreakers } from "./order.ts";

export interface BreakerListProps {
  readonly all: readonly BreakerStatus[];
  readonly words: string;
  /** The systems that run each agent. */
  readonly clients: ReadonlyMap<string, readonly string[]>;
}

/** Most that are drawn; words find the others. */
const MOST = 200;

export function BreakerList({ all, words, clients }: BreakerListProps) {
  const now = useNow(1000);
  const items = narrowedBreakers(all, words);
  if (all.length === 0)
    return (
      <Empty title="No agent has a breaker">
        Give one to an agent: <Command>{"agent(Critic, { breaker: true, … })"}</Command>
      </Empty>
    );
  if (items.length === 0) return <p className="p-4 text-small text-soft">No breaker fits “{words}”.</p>;
  return (
    <ul aria-label="Breakers" className="grid grid-cols-1 gap-2">
      {items.slice(0, MOST).map((breaker) => (
        <li
          key={`${breaker.system} ${breaker.agent}`}
          className="rounded-box border border-line bg-panel px-3 py-2"
        >
          <Row breaker={breaker} now={now} clients={clients.get(ownerOf(breaker.agent, clients)) ?? []} />
        </li>
      ))}
      {items.length > MOST && (
        <li className="text-small text-soft">and {countText(items.length - MOST)} more</li>
      )}
    </ul>
  );
}

/** A member's breaker belongs to its pool. */
function ownerOf(agent: string, clients: BreakerListProps["clients"]): string {
  const pool = agent.slice(0, Math.max(0, agent.lastIndexOf("/")));
  return clients.has(pool) ? pool : agent;
}

function Row({
  breaker,
  now,
  clients,
}: {
  readonly breaker: BreakerStatus;
  readonly now: number;
  readonly clients: readonly string[];
}) {
  const { agent, openedAt, retryAt, failures, deliveries } = breaker;
  const left = untilRetry(breaker, now);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-small">
      <span className="w-32 truncate font-medium" title={plain(agent)}>
        <AgentName address={agent} />
      </span>
      <span className="w-32">
        <ConditionWord tone={toneOf(breaker)} word={wordOf(breaker)} />
      </span>
      <span className="min-w-64 grow text-soft">{plain(sentenceOf(breaker, now))}</span>
      <span className="flex w-56 items-center gap-3">
        <Bar share={deliveries === 0 ? 0 : failures / deliveries} tone="bg-bad" />
        {left !== undefined && openedAt !== undefined && retryAt !== undefined && (
          <Bar share={progress(left, Date.parse(retryAt) - Date.parse(openedAt))} tone="bg-accent" />
        )}
      </span>
      <Force breaker={breaker} systems={Math.max(1, clients.length)} />
      {breaker.changes.length > 0 && (
        <details className="w-full">
          <summary className="cursor-pointer text-soft">
            {counted(breaker.changes.length, "change")}, the last{" "}
            <Time at={breaker.changes[0]?.at ?? ""} ago />
          </summary>
          <Changes all={changesOf([breaker])} isOfOne />
        </details>
      )}
    </div>
  );
}

/** How much of the time that it rests is over. */
const progress = (left: number, whole: number): number => (whole <= 0 ? 1 : 1 - left / whole);

function Bar({ share, tone }: { readonly share: number; readonly tone: string }) {
  return (
    <span aria-hidden className="inline-block h-1.5 w-24 overflow-hidden rounded-chip bg-line">
      <span
        className={`block h-full ${tone}`}
        style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }}
      />
    </span>
  );
}
