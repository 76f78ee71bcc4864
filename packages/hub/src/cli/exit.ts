/** Exit: the code that a command ends with. Scripts rely on them: a number never gets another meaning. */
import type { ErrorCategory } from "hermod";

export const exits = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  missing: 3,
  forbidden: 4,
  unreachable: 5,
  timeout: 6,
  failed: 7,
  refused: 8,
  partly: 9,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exits)[keyof typeof exits];

/** What each code means, for `--help` and the page. */
export const exitMeanings: ReadonlyMap<ExitCode, string> = new Map([
  [exits.ok, "done"],
  [exits.unexpected, "something unexpected"],
  [exits.usage, "wrong usage, or input that does not fit"],
  [exits.missing, "not found"],
  [exits.forbidden, "not allowed"],
  [exits.unreachable, "the hub cannot be reached"],
  [exits.timeout, "not in time"],
  [exits.failed, "the agent answered with an error"],
  [exits.refused, "refused for now: breaker open, mailbox full, port or store taken, conflict"],
  [exits.partly, "done in part"],
  [exits.interrupted, "interrupted"],
]);

/** Where the kind of an error does not say enough. */
const byCode: Readonly<Record<string, ExitCode>> = {
  HERMOD_NO_AGENT: exits.missing,
  HERMOD_NO_TASK: exits.missing,
  HERMOD_NO_OPERATION: exits.missing,
  HERMOD_FORBIDDEN: exits.forbidden,
  HERMOD_UNAUTHORIZED: exits.forbidden,
  HERMOD_UNREACHABLE: exits.unreachable,
  HERMOD_INTERNAL: exits.unexpected,
  HERMOD_LOOP: exits.failed,
  HERMOD_CANCELLED: exits.failed,
  HERMOD_INTERRUPTED: exits.failed,
  HERMOD_CONFLICT: exits.refused,
  HERMOD_DUPLICATE_AGENT: exits.refused,
  HERMOD_STORE_OWNED: exits.refused,
  HERMOD_STORE_FULL: exits.refused,
  HERMOD_CLOSED: exits.refused,
  EACCES: exits.forbidden,
  EPERM: exits.forbidden,
  ENOENT: exits.missing,
  EISDIR: exits.usage,
};

const byCategory: Readonly<Record<ErrorCategory, ExitCode>> = {
  usage: exits.usage,
  routing: exits.missing,
  timeout: exits.timeout,
  overload: exits.refused,
  failure: exits.failed,
  lifecycle: exits.refused,
  storage: exits.unexpected,
};

/** The exit code for an error of this code and kind. */
export function exitOf(code: string, category?: ErrorCategory): ExitCode {
  const known = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  return known ?? (category === undefined ? exits.unexpected : byCategory[category]);
}
