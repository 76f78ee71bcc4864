/** Ends: who stands at the ends of traffic, as people call them, and how what went between two of them is found. Pure. */
import type { Edge, End } from "../../api/types.ts";
import { countText, rateText } from "../../parts/text.ts";

export const idOf = ({ kind, name }: End): string => `${kind} ${name}`;

export const labelOf = ({ kind, name }: End): string => (kind === "system" ? "system" : name);

/** The filter of the messages that went there. */
export function whereOf({ from, to }: Pick<Edge, "from" | "to">): string {
  if (to.kind === "topic") return `${termOf("from", from)} ${termOf("topic", to)}`;
  // Whoever listens gets a copy of one message: it has no recipient of its own.
  if (from.kind === "topic") return termOf("topic", from);
  return `${termOf("from", from)} ${termOf("to", to)}`;
}

function termOf(field: string, { kind, name, keyed }: End): string {
  if (kind === "system") return `${field}:~* -${field}:~people/*`;
  if (kind === "person") return `${field}:${JSON.stringify(`~people/${name}`)}`;
  return keyed ? `${field}:${name}#*` : `${field}:${JSON.stringify(name)}`;
}

/** How many messages went: from a topic none is sent, but each who listens handles one. */
export const amountOf = ({ sent, done, failed }: Pick<Edge, "sent" | "done" | "failed">): number =>
  Math.max(sent, done + failed);

export type Tint = "plain" | "warn" | "bad";

/** A share of failures that needs somebody. */
const MANY = 0.5;

export function tintOf({ done, failed }: Pick<Edge, "done" | "failed">): Tint {
  if (failed === 0) return "plain";
  return failed >= MANY * (done + failed) ? "bad" : "warn";
}

export function lineText(
  { amount, failed }: { readonly amount: number; readonly failed: number },
  seconds: number,
): string {
  return `${rateText(amount / seconds)} a second, ${countText(amount)} in all, ${countText(failed)} failed`;
}
