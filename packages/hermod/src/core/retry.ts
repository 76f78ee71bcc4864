/** When a failed delivery is tried again: pure, with randomness handed in. Nothing ever sleeps in the sender. */
import { show, toMs, type Duration } from "./duration.ts";
import { HermodError, describe } from "./errors.ts";
import type { Random } from "./id.ts";
import { aFunction, aRecord, checkOptions, wholeNumber } from "./options.ts";

/** How often and how soon a failed delivery is tried again. */
export interface RetryOptions {
  /** Tries after the first; default 3. */
  readonly retries?: number;
  /** Wait before the first retry; default "1s". */
  readonly base?: Duration;
  /** What each further wait is multiplied by; default 2. */
  readonly factor?: number;
  /** Longest wait; default "5m", or `base` where that is longer. */
  readonly cap?: Duration;
  /** "full" (default) draws each wait from 0 to its length, so that many failures do not come back together; "none" keeps it. */
  readonly jitter?: "full" | "none";
}

/** Retry options, checked and complete. */
export interface RetryPolicy {
  readonly retries: number;
  readonly base: number;
  readonly factor: number;
  readonly cap: number;
  readonly jitter: "full" | "none";
}

export const defaultRetry: RetryPolicy = Object.freeze({
  retries: 3,
  base: 1000,
  factor: 2,
  cap: 300_000,
  jitter: "full",
});

/**
 * The options as a complete policy.
 * @throws HermodError HERMOD_BAD_OPTION for an unknown name or a value out of range.
 */
export function toRetryPolicy(
  options: RetryOptions | undefined,
  fallback: RetryPolicy = defaultRetry,
): RetryPolicy {
  if (options === undefined) return fallback;
  checkOptions("retry", options, ["retries", "base", "factor", "cap", "jitter"]);
  const { retries = fallback.retries, factor = fallback.factor, jitter = fallback.jitter } = options;
  if (!Number.isInteger(retries) || retries < 0 || retries > 1000)
    bad("retries", retries, "a whole number from 0 to 1000");
  if (!Number.isFinite(factor) || factor < 1) bad("factor", factor, "a number from 1 up");
  if (jitter !== "full" && jitter !== "none") bad("jitter", jitter, '"full" or "none"');
  const base = options.base === undefined ? fallback.base : toMs(options.base, "retry.base");
  const cap = options.cap === undefined ? Math.max(base, fallback.cap) : toMs(options.cap, "retry.cap");
  // JSON knows no negative zero.
  return Object.freeze({ retries: retries + 0, base, factor, cap, jitter });
}

function bad(name: string, value: unknown, rule: string): never {
  throw new HermodError("HERMOD_BAD_OPTION", `retry.${name} must be ${rule}, got ${show(value)}`);
}

/**
 * Milliseconds to wait after attempt `attempt` (from 1) has failed: base × factor^(attempt-1), capped, with jitter.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: Random): number {
  aRecord("retry policy", policy);
  wholeNumber("attempt", attempt, 1);
  aFunction("random", random);
  // A factor can outgrow all numbers, and Infinity times a base of 0 is none.
  const length = policy.base === 0 ? 0 : Math.min(policy.cap, policy.base * policy.factor ** (attempt - 1));
  return policy.jitter === "none" ? length : Math.floor(length * random());
}

/** Thrown by a handler: try again, but not before the given time. Made by `retryAfter`. */
export class RetryAfter extends Error {
  readonly delay: number;
  constructor(delay: number, cause?: unknown) {
    super(cause === undefined ? `retry after ${delay} ms` : describe(cause), { cause });
    this.name = "RetryAfter";
    this.delay = delay;
  }
}

/** As its policy has it, and not before the given time: what others say of when to come back does not make it come sooner. Made by `notBefore`. */
export class NotBefore extends RetryAfter {}

/** Thrown by a handler: do not try again. Made by `terminal`. */
export class Terminal extends Error {
  constructor(cause: unknown) {
    super(describe(cause), { cause });
    this.name = "Terminal";
  }
}

/** Thrown by a handler: the agent itself is broken. Made by `crash`. */
export class Crash extends Error {
  constructor(cause: unknown) {
    super(describe(cause), { cause });
    this.name = "Crash";
  }
}

/** Thrown by a handler: the agent has done its work and ends. Made by `exit`. */
export class Exit extends Error {
  readonly value: unknown;
  constructor(value: unknown) {
    super("the agent ends");
    this.name = "Exit";
    this.value = value;
  }
}

/**
 * Throw it in a handler to say that the agent itself is broken: its supervisor restarts it with its mailbox and its last
 * committed state. The message has failed with `cause`. Of a keyed agent only the instance begins anew.
 */
export function crash(cause: unknown): Crash {
  return new Crash(cause);
}

/**
 * Throw it in a handler to end the agent: the message is done, and `value` answers its asker. A permanent child of a
 * supervisor is started again; any other agent is gone, and what waits for it becomes dead letters "stopped".
 */
export function exit(value?: unknown): Exit {
  return new Exit(value);
}

/**
 * Throw it in a handler to have the message tried again after `delay` (for example a provider's Retry-After).
 * It uses one attempt; `cause` is kept with the attempt.
 */
export function retryAfter(delay: Duration, cause?: unknown): RetryAfter {
  return new RetryAfter(toMs(delay, "retryAfter"), cause);
}

/** For links: `retryAfter`, where the policy's own wait is not longer. */
export function notBefore(delay: number, cause: unknown): NotBefore {
  return new NotBefore(delay, cause);
}

/** Throw it in a handler to say that trying again cannot help: the message goes to the dead letters at once. */
export function terminal(cause: unknown): Terminal {
  return new Terminal(cause);
}
