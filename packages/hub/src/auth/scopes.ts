/** Scopes: what a token allows: for each right the subjects, written out or, with `*` at the end, by how they begin. Nothing is allowed that none names. */
import { HermodError } from "hermod";
import { rights, type Right } from "./principal.ts";

/** The subjects of each right. */
export type Scopes = Readonly<Partial<Record<Right, readonly string[]>>>;

/** Everything. */
export const allScopes: Scopes = Object.freeze(
  Object.fromEntries(rights.map((right) => [right, Object.freeze(["*"])])),
);

const MOST = 200;
/** Text without blanks and control characters; `*` stands at its end or nowhere. */
const SUBJECT = /^(?=.{1,200}$)[\p{L}\p{N}_~.:/@#+>-]*\*?$/u;

/**
 * Scopes as they are written: `send:writer`, `read:team.*`.
 * @throws HermodError HERMOD_BAD_OPTION for a right that there is not, and a subject that is none.
 */
export function parseScopes(written: readonly string[]): Scopes {
  const scopes: Partial<Record<Right, string[]>> = {};
  for (const text of written) {
    const at = text.indexOf(":");
    const right = text.slice(0, at) as Right;
    if (at < 0 || !rights.includes(right)) throw noScope(text);
    (scopes[right] ??= []).push(text.slice(at + 1));
  }
  return toScopes(scopes);
}

/** Scopes from plain data. @throws HermodError HERMOD_BAD_OPTION. */
export function toScopes(given: unknown): Scopes {
  if (typeof given !== "object" || given === null) throw noScope(given);
  const read = Object.entries(given).map(([right, subjects]) => {
    const isFit = rights.includes(right as Right) && Array.isArray(subjects) && subjects.length <= MOST;
    if (!isFit || !subjects.every((each) => typeof each === "string" && SUBJECT.test(each)))
      throw noScope(right);
    return [right, Object.freeze([...(subjects as string[])])] as const;
  });
  return Object.freeze(Object.fromEntries(read));
}

/** True where one of the subjects names this one. */
export function allows(scopes: Scopes, right: Right, subject: string): boolean {
  const subjects = Object.hasOwn(scopes, right) ? (scopes[right] ?? []) : [];
  return subjects.some((each) =>
    each.endsWith("*") ? subject.startsWith(each.slice(0, -1)) : each === subject,
  );
}

function noScope(given: unknown): HermodError {
  return new HermodError(
    "HERMOD_BAD_OPTION",
    `a scope is a right and a subject, such as send:writer or read:team.*, got ${String(given).slice(0, 100)}`,
    { hint: `Rights: ${rights.join(", ")}. A subject may end with * for all that begin so.` },
  );
}
