/** Work: how many messages an agent handles side by side, what keeps them apart, and what becomes of those that come meanwhile. */
import { toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import type { MailboxRule } from "../core/store.ts";

export const busyRules = ["queue", "reject", "interrupt", "steer"] as const;
/**
 * What becomes of a message that comes while the handler works for its like: it waits ("queue"), is refused with Overloaded
 * ("reject"), tells the handler by its signal to stop and runs next ("interrupt"), or is handed to the handler ("steer").
 */
export type BusyRule = (typeof busyRules)[number];

/** Many instances of one agent, each with its own key. */
export interface KeyedOptions {
  /** How long an instance may be idle before it is put away; default "10m". Its mailbox and state stay in the store. */
  readonly idle?: Duration;
}

/** Conversations that run side by side. */
export interface ConversationConcurrency {
  readonly by: "conversation";
  /** Most at the same time; default 100. */
  readonly max?: number;
}

/** How an agent works. */
export interface WorkOptions {
  /**
   * Messages handled at the same time; default 1, for a keyed agent 100. With `{ by: "conversation" }` those of one
   * conversation are handled one after the other. A plain number above 1 and a state exclude each other.
   */
  readonly concurrency?: number | ConversationConcurrency;
  /**
   * What becomes of a message that comes while the handler works; default "queue". "interrupt" and "steer" need one handler at a
   * time, for the agent, its conversation or its key.
   */
  readonly busy?: BusyRule;
  /** Makes the agent one of many: `Contract.at("user-42")` addresses an instance, which is activated by its first message. */
  readonly keyed?: true | KeyedOptions;
}

/** How an agent works, checked and complete. */
export interface Work {
  readonly concurrency: number;
  /** By what messages are kept apart, so that one is handled at a time and has a state of its own. */
  readonly apart: "none" | "conversation" | "key";
  readonly busy: BusyRule;
  /** Milliseconds after which an unused state is put away; Infinity for an agent with a single one. */
  readonly idle: number;
}

export const workOptions = ["concurrency", "busy", "keyed"] as const;

const IDLE = 600_000;
const MANY = 100;

/** The way of most agents, shared by them. */
const alone: Work = Object.freeze({ concurrency: 1, apart: "none", busy: "queue", idle: Infinity });

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toWork(address: string, options: WorkOptions): Work {
  const { concurrency: given, keyed, busy = "queue" } = options;
  if (given === undefined && keyed === undefined && busy === "queue") return alone;
  oneOf(`agent ${address} busy`, busy, busyRules);
  const apart =
    keyed !== undefined ? "key" : typeof given === "object" && given !== null ? "conversation" : "none";
  const concurrency = toConcurrency(address, given, apart);
  if ((busy === "interrupt" || busy === "steer") && apart === "none" && concurrency > 1)
    tooMany(address, busy);
  return { concurrency, apart, busy, idle: apart === "none" ? Infinity : toIdle(address, keyed) };
}

function toConcurrency(address: string, given: WorkOptions["concurrency"], apart: Work["apart"]): number {
  const name = `agent ${address} concurrency`;
  if (typeof given === "object" && given !== null) {
    checkOptions(name, given, ["by", "max"]);
    oneOf(`${name}.by`, given.by, ["conversation"]);
    if (apart === "key") keyedAlready(address);
    return wholeNumber(`${name}.max`, given.max === undefined ? MANY : given.max, 1, 100_000);
  }
  return wholeNumber(name, given === undefined ? (apart === "none" ? 1 : MANY) : given, 1, 100_000);
}

function toIdle(address: string, keyed: WorkOptions["keyed"]): number {
  if (keyed === undefined || keyed === true) return IDLE;
  checkOptions(`agent ${address} keyed`, keyed, ["idle"]);
  return keyed.idle === undefined ? IDLE : toMs(keyed.idle, `agent ${address} keyed.idle`);
}

/** The mailbox's rule for this way of working. */
export function toWorkRule(rule: MailboxRule, { apart, busy, concurrency }: Work): MailboxRule {
  const total = busy === "reject" && apart === "none" ? concurrency : Infinity;
  if (apart === "none" && total === Infinity) return rule;
  const keyBy = { none: "none", conversation: "conversation", key: "recipient" } as const;
  return Object.freeze({ ...rule, keyBy: keyBy[apart], total });
}

function tooMany(address: string, busy: BusyRule): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `agent ${address} has busy "${busy}" and several handlers at a time`,
    {
      hint: 'Leave concurrency at 1, or keep messages apart: concurrency { by: "conversation" }, or keyed.',
    },
  );
}

function keyedAlready(address: string): never {
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} is keyed and by conversation: choose one`, {
    hint: "A keyed agent handles one message of each key at a time; concurrency is a number there.",
  });
}
