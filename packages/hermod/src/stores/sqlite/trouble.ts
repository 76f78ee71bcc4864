/** Trouble: what the file system and SQLite say, as errors of ours. */
import { HermodError, describe } from "../../core/errors.ts";

export function toTrouble(error: unknown, file: string): HermodError {
  if (error instanceof HermodError) return error;
  return new HermodError("HERMOD_STORE", `${file}: ${describe(error)}`, { cause: error });
}
