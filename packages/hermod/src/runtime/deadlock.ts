/**
 * Deadlock: agents at work on messages of different origin that wait for one another. A call back within one chain is known by its hops, at its
 * receiver; here it is who occupies the agents of this process that tells. Looks, and does nothing.
 */
import { mailboxOf, type Address } from "../core/address.ts";
import { circleOf } from "../core/circle.ts";
import { isCallBack, type Envelope } from "../core/envelope.ts";
import { cellKey } from "./cell.ts";
import type { Instance, Running } from "./instance.ts";
import type { Registry } from "./registry.ts";

/** Who serves an address here. */
export type Workers = Pick<Registry, "workersOf">;

/** What of a call tells what it waits for. */
export type Waiting = Pick<Envelope, "id" | "to" | "verb" | "conversationId">;

/**
 * What a call waits for here: the "handler" that works on it; those of its instance or conversation, from which it is kept "apart"; all who take
 * its "places"; nothing where there is "room", or where "anything" may become of it.
 */
export interface Held {
  readonly by: "handler" | "apart" | "places" | "room" | "anything";
  readonly runs: readonly Running[];
}

const none: readonly Running[] = Object.freeze([]);

/**
 * The agents that a call of this handler would wait for and that wait for it, each with all its hands, from the one called on; empty where one of
 * them could answer.
 */
export function deadlock(workers: Workers, asker: Running, call: Envelope): readonly Address[] {
  if (isCallBack(call)) return [];
  const graph = {
    callsOf: (run: Running) => run.waitsFor,
    blockersOf: (each: Envelope) => heldUp(workers, each).runs,
  };
  return agentsOf(circleOf(graph, asker, call));
}

/** The names on the way round, each once. */
export function agentsOf(calls: readonly Pick<Waiting, "to">[]): readonly Address[] {
  return [...new Set(calls.map(({ to }) => to as Address))];
}

/** Who must end before the call can; nobody while it may begin. */
export function heldUp(workers: Workers, call: Waiting): Held {
  const serving = workers.workersOf(mailboxOf(call.to as Address));
  const running = serving.flatMap((instance) => instance.running);
  const own = running.find(({ envelope }) => envelope.id === call.id);
  // Its answer may be on its way.
  if (own?.answered || own?.settling) return { by: "anything", runs: none };
  if (own) return { by: "handler", runs: [own] };
  // A task that does not run may have ended: its result is being read.
  if (call.verb === "task" || serving.some(({ meets, stopped }) => meets || stopped))
    return { by: "anything", runs: none };
  const alike = serving.flatMap((instance) => alikeIn(instance, call));
  if (alike.length > 0) return { by: "apart", runs: alike };
  const isFull = serving.every(({ definition, ordinary }) => ordinary >= definition.work.concurrency);
  return isFull && running.length > 0 ? { by: "places", runs: running } : { by: "room", runs: none };
}

/** Those of its instance or conversation, where these are handled one after the other. */
function alikeIn({ address, definition: { work }, running }: Instance, call: Waiting): readonly Running[] {
  if (work.apart === "none") return [];
  const key = cellKey(address, work, call);
  return running.filter(({ envelope }) => cellKey(address, work, envelope) === key);
}
