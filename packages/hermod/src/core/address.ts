/** Address: the plain, serialisable name of an agent, pool or topic. */
import { show } from "./duration.ts";
import { HermodError } from "./errors.ts";

declare const brand: unique symbol;

/** A checked name; any string that passed `toAddress`. */
export type Address = string & { readonly [brand]: "address" };

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]{0,199}$/u;

/** Addresses that begin so belong to systems themselves: users cannot declare or spell them. */
const SYSTEM_MARK = "~";

/**
 * The text as an address.
 * @throws HermodError HERMOD_BAD_ADDRESS unless it is 1 to 200 letters, digits, `_ . : / -`, the first a letter, digit or `_`.
 */
export function toAddress(name: unknown, what = "address"): Address {
  if (typeof name === "string" && (NAME.test(name) || isSystemAddress(name))) return name as Address;
  throw new HermodError("HERMOD_BAD_ADDRESS", `${what} ${show(name)} is not a valid name`, {
    details: { received: show(name) },
  });
}

/**
 * The text as an address that a user may declare.
 * @throws HermodError HERMOD_BAD_ADDRESS as `toAddress`, and for the addresses of systems.
 */
export function toAgentName(name: unknown, what = "agent name"): Address {
  if (typeof name === "string" && NAME.test(name)) return name as Address;
  throw new HermodError("HERMOD_BAD_ADDRESS", `${what} ${show(name)} is not a valid name`, {
    details: { received: show(name) },
  });
}

/** The address of a system itself: what it sends has this sender, replies to it arrive here. */
export function systemAddress(id: string): Address {
  return `${SYSTEM_MARK}${id}` as Address;
}

/** True for the address of a system, or of an agent's replies there. */
export function isSystemAddress(address: string): boolean {
  if (!address.startsWith(SYSTEM_MARK)) return false;
  const end = address.indexOf("/");
  return end < 0
    ? NAME.test(address.slice(1))
    : NAME.test(address.slice(1, end)) && NAME.test(address.slice(end + 1));
}

/** Where the replies to an agent's calls go: into the mailbox of its system, and under the agent's name into the history. */
export function replyAddress(system: Address, agent: Address): Address {
  return `${system}/${agent}` as Address;
}

/** The mailbox that messages for this address wait in. */
export function mailboxOf(address: Address): Address {
  if (!address.startsWith(SYSTEM_MARK)) return address;
  const end = address.indexOf("/");
  return end < 0 ? address : (address.slice(0, end) as Address);
}

/** Who is meant by an address: the agent, also where it stands for the agent's replies. */
export function agentOf(address: Address): Address {
  if (!address.startsWith(SYSTEM_MARK)) return address;
  const end = address.indexOf("/");
  return end < 0 ? address : (address.slice(end + 1) as Address);
}

/** An address for people: systems are called by what they are. */
export function showAddress(address: Address | undefined): string {
  if (address === undefined) return "nobody";
  const agent = agentOf(address);
  return isSystemAddress(agent) ? "system" : agent;
}
