/** Budget: what a conversation may spend, all its messages together. Pure; the store counts. */
import { toMs, show, type Duration } from "./duration.ts";
import { HermodError } from "./errors.ts";
import { checkOptions, wholeNumber } from "./options.ts";

/** Beyond it sums are not exact. */
const MOST = Number.MAX_SAFE_INTEGER;

/** What may be counted by amount. */
export const amountNames = ["messages", "tokens", "cost"] as const;
export type AmountName = (typeof amountNames)[number];

/** Amounts by name. */
export type Amounts = Readonly<Record<string, number>>;

/** What a conversation may spend, as its messages carry it. */
export interface Budget {
  /** Calls, casts, tasks and publishes, the first one included. */
  readonly messages?: number;
  readonly tokens?: number;
  /** In whatever unit its users count. */
  readonly cost?: number;
  /** When it ends, UTC milliseconds. */
  readonly until?: number;
}

/** What a conversation may spend, as its first sender says it. */
export interface BudgetOptions {
  /** Most calls, casts, tasks and publishes, the first one included; replies are free. */
  readonly messages?: number;
  readonly tokens?: number;
  /** In whatever unit you count. */
  readonly cost?: number;
  /** How long it may take; nothing of it begins later, and what runs is aborted. */
  readonly time?: Duration;
}

/** The budget that begins now. @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toBudget(options: BudgetOptions, now: number): Budget {
  checkOptions("budget", options, [...amountNames, "time"]);
  const { messages, tokens, cost, time } = options;
  return Object.freeze({
    ...(messages !== undefined && { messages: wholeNumber("budget.messages", messages, 1) }),
    ...(tokens !== undefined && { tokens: wholeNumber("budget.tokens", tokens, 0) }),
    ...(cost !== undefined && { cost: toAmount("budget.cost", cost) }),
    ...(time !== undefined && { until: now + toMs(time, "budget.time") }),
  });
}

/** The lesser of both in every respect: who works within a budget cannot widen it. */
export function narrower(outer: Budget | undefined, inner: Budget | undefined): Budget | undefined {
  if (outer === undefined || inner === undefined) return inner ?? outer;
  const names = ["messages", "tokens", "cost", "until"] as const;
  const least = names.flatMap((name) => {
    const limit = Math.min(outer[name] ?? Infinity, inner[name] ?? Infinity);
    return limit === Infinity ? [] : [[name, limit] as const];
  });
  return Object.freeze(Object.fromEntries(least));
}

/** The limits of what is set aside; messages are counted as they are sent, and time ends by itself. */
export function reservable(budget: Budget | undefined): Amounts {
  const { messages: _, until: __, ...limits } = budget ?? {};
  return limits;
}

/** The name under which what was allowed on top of a budget stands among what is spent. */
export function allowedName(name: string): string {
  return `allowed.${name}`;
}

/** The limits with what was allowed on top of them. */
export function widened(limits: Amounts, spent: Amounts): Amounts {
  const names = Object.entries(limits);
  return Object.fromEntries(
    names.map(([name, limit]) => [name, sumOf(limit, spent[allowedName(name)] ?? 0)]),
  );
}

/** Whether the share `from` of some limit is spent, or what is wanted would not fit. */
export function isTight(limits: Amounts, spent: Amounts, wanted: Amounts, from: number): boolean {
  return Object.entries(widened(limits, spent)).some(([name, limit]) => {
    const by = spent[name] ?? 0;
    return by >= from * limit || sumOf(by, wanted[name] ?? 0) > limit;
  });
}

/** The sum of two amounts as decimals have it: three times 0.1 is 0.3. */
export function sumOf(a: number, b: number): number {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : Number(sum.toPrecision(15));
}

/** An amount of anything. @throws HermodError HERMOD_BAD_OPTION for less than nothing, for what cannot be counted exactly and for what is no number. */
export function toAmount(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= MOST) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be a number from 0 to ${MOST}, got ${show(value)}`,
    {
      details: { option: name, received: show(value) },
    },
  );
}
