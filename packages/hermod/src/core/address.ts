/**
 * Address: the plain, serialisable name of an agent, pool or topic. `NAME#KEY` is an instance: one of the many of the agent
 * `NAME`, which all share its mailbox.
 */
import { show } from "./duration.ts";
import { HermodError } from "./errors.ts";

declare const brand: unique symbol;

/** A checked name; any string that passed `toAddress`. */
export type Address = string & { readonly [brand]: "address" };

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]{0,199}$/u;

/** A name, with the key of an instance or without one. */
const ADDRESS = /^(?=.{1,200}$)[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*(?:#[\p{L}\p{N}_.:/@+-]+)?$/u;

/** Stands between the name of an agent and the key of an instance. */
const KEY_MARK = "#";

/** Addresses that begin so belong to systems themselves: users cannot declare or spell them. */
const SYSTEM_MARK = "~";

const SCHEDULE_MARK = `${SYSTEM_MARK}schedules${KEY_MARK}`;

/** The agent of the system that keeps its schedules: each of them is an instance of it. */
export const SCHEDULES = `${SYSTEM_MARK}schedules` as Address;

/** The mailbox of the questions to people, which no agent can serve. */
export const PEOPLE = `${SYSTEM_MARK}people` as Address;

/**
 * The text as an address.
 * @throws HermodError HERMOD_BAD_ADDRESS unless it is 1 to 200 letters, digits, `_ . : / -`, the first a letter, digit or `_`;
 * an instance is such a name, `#` and its key, together at most 200 characters.
 */
export function toAddress(name: unknown, what = "address"): Address {
  if (typeof name === "string" && (ADDRESS.test(name) || isSystemAddress(name))) return name as Address;
  throw notAName(name, what);
}

/**
 * The text as an address that a user may declare.
 * @throws HermodError HERMOD_BAD_ADDRESS as `toAddress`, and for the addresses of systems and of instances.
 */
export function toAgentName(name: unknown, what = "agent name"): Address {
  if (typeof name === "string" && NAME.test(name)) return name as Address;
  throw notAName(name, what);
}

/**
 * The text as the address of an agent or of an instance of one.
 * @throws HermodError HERMOD_BAD_ADDRESS as `toAddress`, and for the addresses of systems.
 */
export function toAgentAddress(name: unknown, what: string): Address {
  if (typeof name === "string" && ADDRESS.test(name)) return name as Address;
  throw notAName(name, what);
}

function notAName(name: unknown, what: string): HermodError {
  return new HermodError("HERMOD_BAD_ADDRESS", `${what} ${show(name)} is not a valid name`, {
    details: { received: show(name) },
  });
}

/** The address of a system itself: what it sends has this sender, replies to it arrive here. */
export function systemAddress(id: string, tag?: string): Address {
  return `${SYSTEM_MARK}${id}${tag === undefined ? "" : `.${tag}`}` as Address;
}

/** The address of a person. @throws HermodError HERMOD_BAD_ADDRESS as for an agent's name. */
export function personAddress(name: unknown): Address {
  return `${PEOPLE}/${toAgentName(name, "person")}` as Address;
}

/** True for the address of a person, and for the mailbox of all of them. */
export function isOfPeople(address: string): boolean {
  return mailboxOf(address as Address) === PEOPLE;
}

/** @throws HermodError HERMOD_BAD_ADDRESS for an address of people: nobody sends there, nor in their name, but who asks them and who answers for them. */
export function refusePeople(address: Address, what: string): Address {
  if (!isOfPeople(address)) return address;
  throw new HermodError("HERMOD_BAD_ADDRESS", `${what} ${show(address)} is the address of a person`, {
    details: { received: address },
    hint: 'People are asked by ctx.ask("ana", question), and answered for by system.people.answer(id, answer).',
  });
}

/** The person of such an address. */
export function personOf(address: Address): string {
  return address.slice(PEOPLE.length + 1);
}

/** True for the address of a system, or of the replies there to an agent or a person. */
export function isSystemAddress(address: string): boolean {
  if (!address.startsWith(SYSTEM_MARK)) return false;
  if (isSchedule(address)) return ADDRESS.test(address.slice(SYSTEM_MARK.length));
  const end = address.indexOf("/");
  if (end < 0) return NAME.test(address.slice(1));
  const agent = address.slice(end + 1);
  return NAME.test(address.slice(1, end)) && (ADDRESS.test(agent) || isPerson(agent));
}

/** True for the address of a system itself, where no agent and no person is meant. */
export function isOwnAddress(address: Address): boolean {
  if (!address.startsWith(SYSTEM_MARK) || address.includes("/")) return false;
  return address !== PEOPLE && address !== SCHEDULES && !isSchedule(address);
}

/** True for the address of one person. */
function isPerson(address: string): boolean {
  return address.startsWith(`${PEOPLE}/`) && NAME.test(personOf(address as Address));
}

/** The address in whose name a system sends: an agent, an instance or a person. @throws HermodError HERMOD_BAD_ADDRESS for any other. */
export function toSender(name: unknown): Address {
  return typeof name === "string" && isPerson(name) ? (name as Address) : toAgentAddress(name, "sender");
}

/**
 * The address of the instance of an agent that has this key.
 * @throws HermodError HERMOD_BAD_ADDRESS naming the rule for keys.
 */
export function keyedAddress(agent: Address, key: unknown): Address {
  const address = typeof key === "string" ? `${agent}${KEY_MARK}${key}` : "";
  if (ADDRESS.test(address)) return address as Address;
  throw new HermodError("HERMOD_BAD_ADDRESS", `${show(key)} is not a valid key for an instance of ${agent}`, {
    details: { agent, received: show(key) },
    hint: "A key is text: 1 or more letters, digits and _ . : / @ + -, with the agent's name and # at most 200 characters.",
  });
}

/** The key of the instance that is meant by an address; undefined where it means no instance. */
export function instanceKey(address: Address): string | undefined {
  const agent = agentOf(address);
  const at = agent.indexOf(KEY_MARK);
  return at < 0 ? undefined : agent.slice(at + 1);
}

/** The address of the schedule that has this name. @throws HermodError HERMOD_BAD_OPTION naming the rule for names. */
export function scheduleAddress(name: unknown): Address {
  const address = typeof name === "string" ? `${SCHEDULES}${KEY_MARK}${name}` : "";
  if (isSystemAddress(address)) return address as Address;
  throw new HermodError("HERMOD_BAD_OPTION", `${show(name)} is not a valid name for a schedule`, {
    details: { option: "name", received: show(name) },
    hint: "A name is text: 1 to 180 letters, digits and _ . : / @ + -.",
  });
}

/** True for the address of a schedule. */
export function isSchedule(address: string): boolean {
  return address.startsWith(SCHEDULE_MARK);
}

/** Where the replies to an agent's calls go: into the mailbox of its system, and under the agent's name into the history. */
export function replyAddress(system: Address, agent: Address): Address {
  return `${system}/${agent}` as Address;
}

/** The mailbox that messages for this address wait in: that of the agent for all its instances. */
export function mailboxOf(address: Address): Address {
  if (isSchedule(address)) return SCHEDULES;
  const end = address.indexOf(address.startsWith(SYSTEM_MARK) ? "/" : KEY_MARK);
  return end < 0 ? address : (address.slice(0, end) as Address);
}

/** Who is meant by an address: the agent or its instance, also where it stands for the replies to it; a person, who is not the agent of that name. */
export function agentOf(address: Address): Address {
  if (!address.startsWith(SYSTEM_MARK) || isSchedule(address) || isPerson(address)) return address;
  const end = address.indexOf("/");
  return end < 0 ? address : (address.slice(end + 1) as Address);
}

/** An address for people: systems are called by what they are. */
export function showAddress(address: Address | undefined): string {
  if (address === undefined) return "nobody";
  const agent = agentOf(address);
  if (isPerson(agent)) return personOf(agent);
  return isSystemAddress(agent) ? "system" : agent;
}
