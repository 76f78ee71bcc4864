/**
 * Order: in one lane, and as long as nobody died, first deliveries come in the order of the sends; a message that came back
 * for a reason is not asked. Whoever is stuck is found here too, since both follow a mailbox through time.
 */
import type { Event, Idle } from "./event.ts";
import { nameOf, wasRetried, type Trail } from "./trail.ts";
import type { Findings } from "./verdict.ts";

export function judgeOrder(
  history: readonly Event[],
  trails: ReadonlyMap<string, Trail>,
  findings: Findings,
): void {
  let newest = new Map<string, number>();
  let seen = new Set<string>();
  for (const event of history) {
    if (event.kind === "restart") [newest, seen] = [new Map(), new Set()];
    if (event.kind !== "handled") continue;
    const name = nameOf(event.id, event.mailbox);
    const trail = trails.get(name) as Trail;
    const first = trail.sends[0];
    if (first?.event.lane === undefined || seen.has(name) || wasRetried(trail)) continue;
    seen.add(name);
    const lane = `${first.event.lane} > ${event.mailbox}`;
    const before = newest.get(lane) ?? -1;
    if (first.at < before) findings.fault("REORDERED", `${name}: after a later one of ${first.event.lane}`);
    newest.set(lane, Math.max(before, first.at));
  }
}

/** A message that could be handed out has waited longer than `bound` ms while a consumer was idle; each counts once. */
export function judgeStuck(history: readonly Event[], bound: number, findings: Findings): void {
  const moved = new Map<string, number>();
  const stuck = new Set<string>();
  let since = -Infinity;
  for (const event of history) {
    if (event.kind === "restart") since = event.time;
    else if (event.kind === "idle") for (const name of overdue(event, moved, since, bound)) stuck.add(name);
    else if (event.kind === "send") for (const to of event.to) moved.set(nameOf(event.id, to), event.time);
    else if ("mailbox" in event) moved.set(nameOf(event.id, event.mailbox), event.time);
  }
  for (const name of stuck) findings.fault("STUCK", name);
}

function overdue(
  { time, mailbox, waiting }: Idle,
  moved: ReadonlyMap<string, number>,
  since: number,
  bound: number,
): readonly string[] {
  const names = waiting.map((id) => nameOf(id, mailbox));
  return names.filter((name) => time - Math.max(since, moved.get(name) ?? -Infinity) > bound);
}
