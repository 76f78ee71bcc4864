/** Turns: what a process does about a partition as others come and go: a pure decision. */
import type { Seat } from "./owners.ts";

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

/** What to do: take it, give it up in order, or let it go at once, since another one owns it. */
export function whatToDo({
  self,
  seat,
  isThere,
  held,
  turn,
}: Standing): "take" | "leave" | "drop" | undefined {
  if (held !== undefined && seat?.name !== held) return "drop";
  if (held !== undefined) return turn === self ? undefined : "leave";
  // This process took it and could not open it, or says so itself by mistake: it begins anew.
  const isFree = seat === undefined || !isThere || seat.process === self;
  return isFree && turn === self ? "take" : undefined;
}
