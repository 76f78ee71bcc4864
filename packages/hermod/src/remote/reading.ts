/** Reading: the arguments of a request, each checked as it is read: whatever cannot be stored or asked is refused before the store sees it. */
import { toAddress, type Address } from "../core/address.ts";
import type { Amounts } from "../core/budget.ts";
import { parseFilter, toFilter, type Filter } from "../core/filter.ts";
import { aFlag, aList, aNumber, aRecord, aText, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { Copier, defaultLimits } from "../core/codec.ts";
import { deadReasons, type DeadReason, type Settlement } from "../core/settlement.ts";
import {
  defaultMailboxRule,
  historyOrders,
  overflowRules,
  type MailboxRule,
  type Operation,
  type Query,
  type StateChange,
} from "../core/store.ts";
import { show } from "../core/duration.ts";
import { HermodError, type ErrorRecord } from "../core/errors.ts";
import type { Frame } from "./protocol.ts";

const DAY = 86_400_000;
/** Most messages that are handed out at once. */
const MOST = 1000;
/** Kinds of amounts that are spent in one step. */
const MOST_AMOUNTS = 32;
/** Characters of a state, which is more than an agent may have; of a cursor. */
const MOST_STATE = 1_048_576;
const MOST_CURSOR = 4096;

export const addressIn = (frame: Frame, name: string): Address => toAddress(frame[name], name);
export const textIn = (frame: Frame, name: string): string => aText(name, frame[name]);
export const flagIn = (frame: Frame, name: string): boolean =>
  frame[name] === undefined ? false : aFlag(name, frame[name]);
/** Milliseconds, which may be parts of them. */
export const leaseIn = (frame: Frame): number => timeIn("lease", frame["lease"], DAY);
export const countIn = (frame: Frame, name: string, least = 0, most = MOST): number =>
  wholeNumber(name, frame[name] as number, least, most);

function timeIn(name: string, value: unknown, most: number): number {
  if (typeof value === "number" && value >= 0 && value <= most) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be a number from 0 to ${most}, got ${show(value)}`,
  );
}

function boundedText(name: string, value: unknown, most: number): string {
  if (typeof value === "string" && value.length <= most) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be text of at most ${most} characters, got ${show(value)}`,
  );
}

/** A filter, as text or as its terms. */
export function whereIn(frame: Frame): Filter | undefined {
  const { where } = frame;
  if (where === undefined) return undefined;
  return typeof where === "string" ? parseFilter(where) : toFilter(where);
}

/** A rule whose endless limits were left out. */
export function ruleIn(frame: Frame): MailboxRule {
  const rule = aRecord("rule", frame["rule"] ?? {}) as Record<string, unknown>;
  checkOptions("rule", rule, Object.keys(defaultMailboxRule));
  const limit = (name: string): number =>
    rule[name] === undefined ? Infinity : wholeNumber(`rule.${name}`, rule[name] as number, 0);
  const { order, keyBy, overflow } = { ...defaultMailboxRule, ...rule } as MailboxRule;
  return Object.freeze({
    order: oneOf("rule.order", order, ["priority", "fifo", "strict"]),
    keyBy: oneOf("rule.keyBy", keyBy, ["none", "conversation", "recipient", "slot"]),
    slots: rule["slots"] === undefined ? defaultMailboxRule.slots : limit("slots"),
    count: limit("count"),
    bytes: limit("bytes"),
    overflow: oneOf("rule.overflow", overflow, overflowRules),
    total: limit("total"),
  });
}

/** The systems that serve a mailbox, where the client says so. */
export function serversIn(frame: Frame): readonly Address[] | undefined {
  if (frame["servers"] === undefined) return undefined;
  const servers = aList("servers", frame["servers"] as readonly unknown[]);
  wholeNumber("the length of servers", servers.length, 0, MOST);
  return servers.map((server) => toAddress(server, "servers"));
}

export function amountsIn(frame: Frame, name: string): Amounts {
  const amounts = aRecord(name, frame[name] ?? {}) as Record<string, unknown>;
  const given = Object.entries(amounts);
  wholeNumber(`the length of ${name}`, given.length, 0, MOST_AMOUNTS);
  return Object.fromEntries(given.map(([amount, value]) => [aText(name, amount), aNumber(name, value)]));
}

/** What becomes of a claim. */
export function settlementIn(frame: Frame): Settlement {
  const given = aRecord("settlement", frame["settlement"]) as Settlement & Record<string, unknown>;
  oneOf("settlement.type", given.type, ["ack", "fail", "retry", "release", "dead"]);
  if (given.type === "release" && given.at !== undefined)
    timeIn("settlement.at", given.at, Number.MAX_SAFE_INTEGER);
  if (given.type === "retry") timeIn("settlement.at", given.at, Number.MAX_SAFE_INTEGER);
  if (given.type === "dead") oneOf("settlement.reason", given.reason, deadReasons);
  const { type, at, keepsKey } = given as { type: Settlement["type"]; at?: number; keepsKey?: boolean };
  const fate = {
    ...{ type, ...(at !== undefined && (type === "release" || type === "retry") && { at }) },
    ...(keepsKey !== undefined && type === "release" && { keepsKey: aFlag("settlement.keepsKey", keepsKey) }),
  };
  if (given.type === "ack" || given.type === "release") return fate as Settlement;
  const error = recordIn("settlement.error", given.error);
  return { ...fate, error, ...(given.type === "dead" && { reason: given.reason }) } as Settlement;
}

/** Errors that travel are as bounded as payloads. */
const errors = new Copier(defaultLimits, "error");

/** What an error says. Details that are too much to keep are left out: what happened must not be lost for them. */
function recordIn(name: string, value: unknown): ErrorRecord {
  const given = aRecord(name, value) as Partial<ErrorRecord>;
  if (typeof given.code !== "string" || typeof given.message !== "string")
    throw new HermodError("HERMOD_BAD_OPTION", `${name} must have a code and a message, both text`);
  try {
    return errors.copy(given) as ErrorRecord;
  } catch {
    const { code, message, category, retryable } = given;
    const left = { code: code.slice(0, 100), message: message.slice(0, 4096), category, retryable };
    return errors.copy({ ...left, name: String(given.name).slice(0, 100), hint: "" }) as ErrorRecord;
  }
}

export function stateIn(frame: Frame): StateChange | undefined {
  if (frame["state"] === undefined) return undefined;
  const state = aRecord("state", frame["state"]) as Record<string, unknown>;
  const json = state["json"];
  return {
    key: aText("state.key", state["key"]),
    base: wholeNumber("state.base", state["base"] as number, 0),
    ...(json !== undefined && { json: boundedText("state.json", json, MOST_STATE) }),
  };
}

export function reasonIn(frame: Frame): DeadReason {
  return oneOf("reason", frame["reason"], deadReasons);
}

export function errorIn(frame: Frame): ErrorRecord | undefined {
  return frame["error"] === undefined ? undefined : recordIn("error", frame["error"]);
}

/** A question; what it does not say has the store's defaults. */
export function queryIn(frame: Frame): Query {
  const query = aRecord("query", frame["query"]) as Record<string, unknown>;
  const kinds = ["history", "waiting", "delayed", "dead", "deaths", "bindings", "counts"] as const;
  checkOptions("query", query, [
    "type",
    "conversation",
    "agent",
    "mailbox",
    "topic",
    "where",
    "after",
    "limit",
    "order",
    "places",
  ]);
  const text = (name: string) => (query[name] === undefined ? {} : { [name]: aText(name, query[name]) });
  const address = (name: string) =>
    query[name] === undefined ? {} : { [name]: toAddress(query[name], name) };
  const where = whereIn(query);
  return {
    type: oneOf("query.type", query["type"], kinds),
    ...{ ...text("conversation"), ...text("topic"), ...address("agent"), ...address("mailbox") },
    ...(where && { where }),
    ...(query["order"] !== undefined && { order: oneOf("query.order", query["order"], historyOrders) }),
    ...(query["after"] !== undefined && { after: boundedText("query.after", query["after"], MOST_CURSOR) }),
    ...(query["limit"] !== undefined && { limit: countIn(query, "limit", 1) }),
    ...(flagIn(query as Frame, "places") && { places: true }),
  } as Query;
}

export function operationIn(frame: Frame): Operation {
  const given = aRecord("operation", frame["operation"]) as Record<string, unknown>;
  const types = ["redrive", "discard", "hasten", "cancel", "remove", "compact"] as const;
  const type = oneOf("operation.type", given["type"], types);
  if (type === "compact") return { type };
  if (type === "remove")
    return { type, mailbox: toAddress(given["mailbox"], "mailbox"), unserved: flagIn(given, "unserved") };
  const id = aText("operation.id", given["id"]);
  if (type === "discard") return { type, id };
  if (type === "hasten" || type === "cancel")
    return { type, mailbox: toAddress(given["mailbox"], "mailbox"), id };
  return { type, id, force: flagIn(given, "force"), dryRun: flagIn(given, "dryRun") };
}
