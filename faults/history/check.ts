/** Check: a history in, its verdict out. A pure function; the classes stand in `verdict.ts`. */
import { judgeDeliveries, type Restarted } from "./deliveries.ts";
import type { Event } from "./event.ts";
import { judgeLosses } from "./losses.ts";
import { judgeOrder, judgeStuck } from "./order.ts";
import { judgeReplies } from "./replies.ts";
import { judgeState } from "./state.ts";
import { judgeTasks } from "./tasks.ts";
import { nameOf, toTrails } from "./trail.ts";
import { Findings, type Verdict } from "./verdict.ts";

export interface CheckOptions {
  /** Longest that a message may wait for an idle consumer, in milliseconds; default 1,000. */
  readonly bound?: number;
}

/** Judges a history whose last part is a run without faults that handled all there was. */
export function check(history: readonly Event[], { bound = 1000 }: CheckOptions = {}): Verdict {
  const findings = new Findings();
  const trails = toTrails(history);
  const restarted = restartsOf(history);
  const waiting = lastWaiting(history);
  const outcomes = [...trails].map(([name, trail]) => {
    const fate = judgeDeliveries(trail, restarted, findings);
    return { trail, fate, waits: waiting.has(name) };
  });
  judgeLosses(outcomes, findings);
  judgeOrder(history, trails, findings);
  judgeStuck(history, bound, findings);
  judgeState(history, trails, findings);
  judgeReplies(history, findings);
  judgeTasks(history, outcomes, findings);
  return findings.verdict();
}

function restartsOf(history: readonly Event[]): Restarted {
  const places = history.flatMap((event, at) =>
    event.kind === "restart" ? [{ process: event.process, at }] : [],
  );
  const byProcess = Map.groupBy(places, ({ process }) => process);
  return (process, after, before) =>
    byProcess.get(process)?.some(({ at }) => at > after && at < before) ?? false;
}

/** What waited in each mailbox when it was looked at last. */
function lastWaiting(history: readonly Event[]): ReadonlySet<string> {
  const last = new Map<string, readonly string[]>();
  for (const event of history)
    if (event.kind === "idle")
      last.set(
        event.mailbox,
        event.waiting.map((id) => nameOf(id, event.mailbox)),
      );
  return new Set([...last.values()].flat());
}
