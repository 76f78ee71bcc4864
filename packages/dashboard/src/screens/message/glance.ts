/** Glance: what a row knows of its message, shown at once while the rest of it is asked for. */
import { live } from "../../live/live.ts";
import type { Line } from "../messages/line.ts";

export type Glance = Pick<
  Line,
  "id" | "verb" | "type" | "operation" | "from" | "sentAt" | "state" | "size" | "preview" | "conversation"
> & {
  readonly to?: string | undefined;
  readonly topic?: string | undefined;
  readonly error?: string | undefined;
  readonly ms: number | undefined;
};

const MOST = 100;
const remembered = new Map<string, Glance>();

/** Keeps what is known of a message for the screen that is to show it. */
export function remember(glance: Glance): void {
  remembered.delete(glance.id);
  remembered.set(glance.id, glance);
  if (remembered.size > MOST) remembered.delete(remembered.keys().next().value as string);
}

/** What some row knew of a message. */
export function glanceOf(id: string): Glance | undefined {
  const known = remembered.get(id);
  if (known) return known;
  const number = live.log.numberOf(id);
  const entry = number === undefined ? undefined : live.log.at(number);
  if (entry?.kind !== "message") return undefined;
  const { error, ...rest } = entry;
  return { ...rest, error: rest.state === "done" ? undefined : error };
}
