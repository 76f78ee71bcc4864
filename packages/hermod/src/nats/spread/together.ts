/** Together: several answers at once. */
import { isPromise, type Maybe } from "../../core/maybe.ts";

/** All answers, in their order: at once when all are ready. */
export function together<T>(answers: readonly Maybe<T>[]): Maybe<readonly T[]> {
  return answers.some(isPromise) ? Promise.all(answers) : (answers as readonly T[]);
}
