/** Insisting: a call that is made again where an answer may come later, and what stands for the answer where none comes. */
import type { CallOptions } from "../agent/target.ts";
import type { Clock } from "../core/clock.ts";
import { CancelledError, HermodError } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import { wholeNumber } from "../core/options.ts";
import { retryDelay, toRetryPolicy } from "../core/retry.ts";
import type { Origin } from "./send.ts";
import type { Timers } from "./timers.ts";

/** What insisting needs. */
export interface InsistParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
}

/** Asks again where that may help, and takes what stands for a reply where there is none. */
export async function insist(
  parts: InsistParts,
  ask: () => Promise<unknown>,
  options: CallOptions,
  origin: Origin,
): Promise<unknown> {
  const retries = toRetries(options);
  // Nothing that is asked after the origin's own deadline could be answered in time.
  const isOver = (): boolean => origin.bound !== undefined && parts.clock.now() >= origin.bound;
  for (let tried = 0; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      if (tried < retries && mayAnswerLater(error) && !isOver())
        await pause(parts, error, tried + 1, options, origin);
      else if (hasNoAnswer(error) && options.fallback !== undefined) return fallback(options, error);
      else throw error;
    }
  }
}

/** Whoever is overloaded is not asked again at once. @throws CancelledError when nobody wants the answer any longer. */
async function pause(
  { timers, random }: InsistParts,
  error: HermodError,
  attempt: number,
  { signal }: CallOptions,
  origin: Origin,
): Promise<void> {
  if (error.code === "HERMOD_TIMEOUT") return;
  const stop = new AbortController();
  const leave = origin.adopt?.({ isTask: false, cancel: (reason) => stop.abort(reason) });
  const ended = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  await timers.pause(retryDelay(shortly, attempt, random), ended).finally(() => leave?.());
  if (ended.aborted)
    throw new CancelledError("the call was cancelled before it was tried again", { cause: ended.reason });
}

/** Between two requests to somebody who is overloaded. */
const shortly = toRetryPolicy({ retries: 100, base: 100, cap: "5s" });

/** @throws HermodError HERMOD_BAD_OPTION. */
function toRetries({ retries = 0, key }: CallOptions): number {
  if (key !== undefined && retries > 0)
    throw new HermodError("HERMOD_BAD_OPTION", "a call has `key` or `retries`, not both", {
      hint: "A repeated call with a key waits for the first one's answer: it asks nothing new.",
    });
  return wholeNumber("retries", retries, 0, 100);
}

const overloads: readonly string[] = ["HERMOD_TIMEOUT", "HERMOD_OVERLOADED", "HERMOD_CIRCUIT_OPEN"];

function mayAnswerLater(error: unknown): error is HermodError {
  return error instanceof HermodError && overloads.includes(error.code);
}

/** False for what the asker itself did wrong or ended. */
function hasNoAnswer(error: unknown): error is HermodError {
  if (!(error instanceof HermodError)) return false;
  return error.category !== "usage" && error.code !== "HERMOD_CANCELLED" && error.code !== "HERMOD_CLOSED";
}

function fallback({ fallback: given }: CallOptions, error: HermodError): unknown {
  return typeof given === "function" ? (given as (error: HermodError) => unknown)(error) : given;
}
