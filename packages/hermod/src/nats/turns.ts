/** Turns: whose a partition is to be, and what a process does about it: pure decisions. */
import type { Seat } from "./owners.ts";

/** Which of these processes is to own a partition: rendezvous hashing, so that only what must move moves. */
export function turnOf(partition: number, members: readonly string[]): string | undefined {
  let [best, most]: [string | undefined, number] = [undefined, -1];
  for (const name of members) {
    const weight = hash(`${partition} ${name}`);
    if (weight > most || (weight === most && name < (best as string))) [best, most] = [name, weight];
  }
  return best;
}

/** FNV-1a with a last stir (murmur3's), 32 bits. */
export function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}

/** How a partition stands, as one process sees it. */
export interface Standing {
  readonly self: string;
  /** Who owns it, as the bucket says. */
  readonly seat: Seat | undefined;
  /** Whether that process is there. */
  readonly isThere: boolean;
  /** The name under which this process owns it; undefined where it does not. */
  readonly held: string | undefined;
  /** Whose turn it is among those that are there; undefined for nobody's. */
  readonly turn: string | undefined;
}

/** What to do: take it, give it up in order, let it go at once, since another one owns it, or take back that this process owns it. */
export type Doing = "take" | "leave" | "drop" | "clear";

export function whatToDo({ self, seat, isThere, held, turn }: Standing): Doing | undefined {
  if (held !== undefined && seat?.name !== held) return "drop";
  if (held !== undefined) return turn === self ? undefined : "leave";
  // It could not open what it took, or not say that it has given it up: as long as the bucket names it, nobody else takes it.
  const isSaid = seat?.process === self;
  if (turn !== self) return isSaid ? "clear" : undefined;
  return isSaid || seat === undefined || !isThere ? "take" : undefined;
}
