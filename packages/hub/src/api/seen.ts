/** Seen: what of the messages somebody may read, by its rights. */
import type { Envelope, Paged } from "hermod";
import { PEOPLE, SCHEDULES, seenPage } from "hermod/remote";
import type { Principal } from "../auth/principal.ts";
import type { Plain } from "../shown.ts";

/** A page, without what its reader may not see: it may be shorter than it was asked for, and still not the last. */
export function showPage<T>(
  { items, next }: Paged<T>,
  may: (item: T) => boolean,
  show: (item: T) => unknown,
): Plain {
  return { items: items.filter(may).map(show), ...(next !== undefined && { next }) };
}

/**
 * A page of messages, without those that the principal may not read; whether there is more is said of those that it may. `isFound` leaves out
 * what was found by something that is hidden.
 */
export async function showSeen<T extends { readonly envelope: Envelope }>(
  read: (from: { readonly after?: string; readonly limit?: number }) => Promise<Paged<T>>,
  principal: Principal,
  show: (item: T) => unknown,
  isFound: (item: T) => boolean = () => true,
): Promise<Plain> {
  if (principal.may("read", EVERYTHING)) return showPage(await read({}), isFound, show);
  const page = await seenPage(read, ({ envelope }) => maySee(principal, envelope));
  return showPage(page, isFound, show);
}

/** Stands for everything where a right is asked for. */
export const EVERYTHING = "*";

/** Whom a right is about: the agent of an instance, or of the replies to one; a person, who is no agent; all schedules. */
export function subjectOf(address: string): string {
  if (address.startsWith(`${PEOPLE}/`)) return address;
  if (address.startsWith(`${SCHEDULES}#`)) return SCHEDULES;
  const agent = address.startsWith("~") ? address.slice(address.indexOf("/") + 1) : address;
  return agent.startsWith(PEOPLE) ? agent : (agent.split("#", 1)[0] as string);
}

/** Whether somebody may see a message: who may read its sender, its recipient or its topic. Asked of each message that passes. */
export function maySee(principal: Principal, { from, to, topic }: Envelope): boolean {
  if (principal.may("read", subjectOf(from))) return true;
  if (to !== undefined && principal.may("read", subjectOf(to))) return true;
  return topic !== undefined && principal.may("read", topic);
}
