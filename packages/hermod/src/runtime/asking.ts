/** Asking: questions to the store beside the road of messages. What the store throws reaches the user with a code. */
import { HermodError, describe } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";

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
