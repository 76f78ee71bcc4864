/** Remote error: an error that came as data, made an error again. */
import { fromRecord, toRecord, type ErrorRecord, type HermodError } from "../core/errors.ts";

/** The error that an error reply carries; what the handler threw becomes its cause, and so on inwards. */
export function remoteError(payload: unknown): HermodError {
  const record = toErrorRecord(payload);
  const inner = record.details?.["error"];
  return fromRecord(record, inner === undefined ? undefined : rebuilt(toErrorRecord(inner)));
}

/** A user's own error comes back as a plain one with its name, ours as what they were. */
function rebuilt(record: ErrorRecord): Error {
  if (record.code !== "HERMOD_FAILED" || record.name === "FailedError") return remoteError(record);
  const error = new Error(record.message);
  error.name = record.name;
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

/** Who answers by hand may send anything as an error. */
export function toErrorRecord(payload: unknown): ErrorRecord {
  const { code, message } = Object(payload) as Partial<ErrorRecord>;
  return typeof code === "string" && typeof message === "string"
    ? (payload as ErrorRecord)
    : toRecord(payload);
}
