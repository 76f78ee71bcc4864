/**
 * Deadlock: agents at work on messages of different origin that wait for one another. A call back within one chain is known by its hops, at its
 * receiver; here it is who occupies the agents of this process that tells. Looks, and does nothing.
 */
import { mailboxOf, type Address } from "../core/address.ts";
import { isCallBack, type Envelope } from "../core/envelope.ts";
import { cellKey } from "./cell.ts";
import type { Instance, Running } from "./instance.ts";
import type { Registry } from "./registry.ts";

/** Who serves an address here. */
type Workers = Pick<Registry, "workersOf">;

/**
 * The agents that a call of this handler would wait for and that wait for it, each with all its hands, from the one called on; empty where one of
 * them could answer.
 */
export function deadlock(workers: Workers, asker: Running, call: Envelope): readonly Address[] {
  if (isCallBack(call) || blockers(workers, call).length === 0) return [];
  const stuck = reachable(workers, call).add(asker);
  // Whoever waits for nobody, or for somebody who is free, goes on, and so do those who wait for it.
  for (let before = Infinity; stuck.size < before;) {
    before = stuck.size;
    for (const run of stuck)
      if (run !== asker && !run.waitsFor.some((each) => isStuck(workers, each, stuck))) stuck.delete(run);
  }
  return isStuck(workers, call, stuck) ? pathOf(workers, asker, call, stuck) : [];
}

/** All handlers that a call waits for, by way of whatever calls. */
function reachable(workers: Workers, call: Envelope): Set<Running> {
  const found = new Set(blockers(workers, call));
  for (const run of found)
    for (const next of run.waitsFor.flatMap((each) => blockers(workers, each))) found.add(next);
  return found;
}

/** Who must end before the call can: the handler that works on it, those it is kept apart from, or all that take its places; none while it may begin. */
function blockers(workers: Workers, call: Envelope): readonly Running[] {
  const serving = workers.workersOf(mailboxOf(call.to as Address));
  const running = serving.flatMap((instance) => instance.running);
  const own = running.find(({ envelope }) => envelope.id === call.id);
  if (own) return [own];
  // A task that does not run may have ended: its result is being read.
  if (call.verb === "task" || serving.some(({ meets, stopped }) => meets || stopped)) return [];
  const alike = serving.flatMap((instance) => alikeIn(instance, call));
  if (alike.length > 0) return alike;
  return serving.every(({ definition, ordinary }) => ordinary >= definition.work.concurrency) ? running : [];
}

/** Those of its instance or conversation, where these are handled one after the other. */
function alikeIn({ address, definition: { work }, running }: Instance, call: Envelope): readonly Running[] {
  if (work.apart === "none") return [];
  const key = cellKey(address, work, call);
  return running.filter(({ envelope }) => cellKey(address, work, envelope) === key);
}

function isStuck(workers: Workers, call: Envelope, stuck: ReadonlySet<Running>): boolean {
  const before = blockers(workers, call);
  return before.length > 0 && before.every((run) => stuck.has(run));
}

/** The names on the way back to the asker. */
function pathOf(
  workers: Workers,
  asker: Running,
  call: Envelope,
  stuck: ReadonlySet<Running>,
): readonly Address[] {
  const path = new Set<Address>();
  for (let next: Envelope | undefined = call; next && !path.has(next.to as Address);) {
    path.add(next.to as Address);
    const before = blockers(workers, next);
    if (before.includes(asker)) break;
    next = before.flatMap((run) => run.waitsFor).find((each) => isStuck(workers, each, stuck));
  }
  return [...path];
}
