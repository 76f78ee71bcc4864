/** Trail: all that a history tells of one message in one mailbox. */
import type {
  Acked,
  Ended,
  Event,
  Extended,
  Freed,
  Graves,
  Handled,
  Phase,
  Returned,
  Send,
} from "./event.ts";

/** An event with its place in the history. */
export interface At<E> {
  readonly at: number;
  readonly event: E;
}

export type Step = Handled | Extended | Returned | Acked | Ended | Freed;

/** What is known of a send. */
export type Sent = "never" | "refused" | "unknown" | "confirmed";

export interface Trail {
  readonly id: string;
  readonly mailbox: string;
  readonly sends: At<Send>[];
  readonly steps: At<Step>[];
  /** When the store was last seen to list its dead letters, and whether this one was among them. */
  grave?: { readonly at: number; readonly isThere: boolean };
}

/** The name of a message in a mailbox. */
export function nameOf(id: string, mailbox: string): string {
  return `${id} in ${mailbox}`;
}

/** The trails of a history, in the order in which they begin. */
export function toTrails(history: readonly Event[]): ReadonlyMap<string, Trail> {
  const trails = new Map<string, Trail>();
  const trail = (id: string, mailbox: string): Trail => {
    const name = nameOf(id, mailbox);
    const known = trails.get(name) ?? { id, mailbox, sends: [], steps: [] };
    trails.set(name, known);
    return known;
  };
  for (const [at, event] of history.entries()) {
    if (event.kind === "send") for (const to of event.to) trail(event.id, to).sends.push({ at, event });
    else if ("mailbox" in event && event.kind !== "idle")
      trail(event.id, event.mailbox).steps.push({ at, event });
  }
  for (const [at, event] of history.entries()) if (event.kind === "graves") markGraves(trails, at, event);
  return trails;
}

function markGraves(trails: ReadonlyMap<string, Trail>, at: number, { letters }: Graves): void {
  const names = new Set(letters.map(({ id, mailbox }) => nameOf(id, mailbox)));
  for (const [name, trail] of trails) trail.grave = { at, isThere: names.has(name) };
}

/** A send that was tried several times under one id is confirmed when one of them was; without an answer nobody knows. */
export function sentOf({ sends }: Trail): Sent {
  const count = (phase: Phase): number => sends.filter(({ event }) => event.phase === phase).length;
  if (sends.length === 0) return "never";
  if (count("ok") > 0) return "confirmed";
  return count("invoke") > count("fail") || count("info") > 0 ? "unknown" : "refused";
}

/** True when the message came back for a reason: after that its place in its lane is its own. */
export function wasRetried({ steps }: Trail): boolean {
  return steps.some(
    ({ event }) => event.kind === "returned" || event.kind === "lease-expired" || isUndone(event),
  );
}

/** An ack that the store did not carry out. */
export function isUndone(event: Step): event is Acked {
  return event.kind === "acked" && event.phase === "fail";
}
