/** Control: what systems say to one another, and nobody else is part of. */
import type { Envelope } from "hermod";

/** The address of a system itself; nobody but systems writes to it. */
const SYSTEM = /^~[0-9a-f]{8}-[^/]*$/u;

/** True for what systems say to one another: how they are, and what an operator wants done. */
export function isControl({ envelope: { from, to } }: { readonly envelope: Envelope }): boolean {
  return SYSTEM.test(from) && to !== undefined && SYSTEM.test(to);
}
