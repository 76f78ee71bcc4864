/**
 * Deadlock: agents at work on messages of different origin that wait for one another. A call back within one chain is known by its hops, at its
 * receiver; here it is who occupies the agents of this process that tells. Looks, and does nothing.
 */
import { mailboxOf, type Address } from "../core/address.ts";
import { isCallBack, type Envelope } from "../core/envelope.ts";
import type { Running } from "./instance.ts";
import type { Registry } from "./registry.ts";

/** Who serves an address here. */
type Workers = Pick<Registry, "workersOf">;

/**
 * The agents that a call of this handler would wait for and that wait for it, each with all its hands, from the one called on; empty where one of
 * them could answer.
 */
export function deadlock(workers: Workers, asker: Running, call: Envelope): readonly Address[] {
  if (isCallBack(call) || !isFull(workers, call)) return [];
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
  const found = new Set(occupying(workers, call));
  for (const run of found)
    for (const next of run.waitsFor.flatMap((each) => occupying(workers, each))) found.add(next);
  return found;
}

/** Who must end before the call is answered: the handler that works on it, or all that run where it waits. */
function occupying(workers: Workers, { id, to, verb }: Envelope): readonly Running[] {
  const running = workers.workersOf(mailboxOf(to as Address)).flatMap((instance) => instance.running);
  const own = running.find(({ envelope }) => envelope.id === id);
  if (own) return [own];
  // A task that does not run may have ended: its result is being read.
  return verb === "task" ? [] : running;
}

function isStuck(workers: Workers, call: Envelope, stuck: ReadonlySet<Running>): boolean {
  const occupied = occupying(workers, call);
  const isTaken = occupied[0]?.envelope.id === call.id || isFull(workers, call);
  return isTaken && occupied.length > 0 && occupied.every((run) => stuck.has(run));
}

/** True while nobody there takes anything more, whatever comes. */
function isFull(workers: Workers, { to }: Envelope): boolean {
  return workers
    .workersOf(mailboxOf(to as Address))
    .every(
      ({ definition: { work }, ordinary, meets, stopped }) =>
        work.apart === "none" && ordinary >= work.concurrency && !meets && !stopped,
    );
}

/** The names on the way back to the asker. */
function pathOf(
  workers: Workers,
  asker: Running,
  call: Envelope,
  stuck: ReadonlySet<Running>,
): readonly Address[] {
  const path = new Set<Address>();
  for (let next: Envelope | undefined = call; next && !path.has(mailboxOf(next.to as Address));) {
    path.add(mailboxOf(next.to as Address));
    const occupied = occupying(workers, next);
    if (occupied.includes(asker)) break;
    next = occupied.flatMap((run) => run.waitsFor).find((each) => isStuck(workers, each, stuck));
  }
  return [...path];
}
