/** Turns: what a process does about a partition as others come and go: a pure decision. */
import type { Seat } from "./roll.ts";

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
