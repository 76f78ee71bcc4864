/** Asking: questions to the store beside the road of messages. What the store throws reaches the user with a code. */
import { HermodError, describe } from "../core/errors.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";

/** As `ask`, without a promise where the store has its answer ready. @throws as `ask`, at once or by the promise. */
export function askNow<T>(step: string, question: () => Maybe<T>): Maybe<T> {
  try {
    const answer = question();
    if (!isPromise(answer)) return answer;
    return (answer as Promise<T>).catch((cause: unknown) => Promise.reject(storeError(step, cause)));
  } catch (cause) {
    throw storeError(step, cause);
  }
}

/** What the store answers. @throws HermodError HERMOD_STORE, or what the store says with a code of its own. */
export async function ask<T>(step: string, question: () => Maybe<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    throw storeError(step, cause);
  }
}

/** A store's error with a code. */
export function storeError(step: string, cause: unknown): HermodError {
  if (cause instanceof HermodError) return cause;
  return new HermodError("HERMOD_STORE", `the store failed at ${step}: ${describe(cause)}`, { cause });
}
