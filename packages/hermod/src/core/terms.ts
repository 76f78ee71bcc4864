/**
 * Terms: text such as `type:request -from:wri* "free text"`, cut at its blanks. Filters and route patterns are written so;
 * which keys and forms there are, and what they mean, each of the two says for itself.
 */

/** A term as it was written, its quotes and signs taken off. */
export interface WrittenTerm {
  /** The whole of it, for errors. */
  readonly whole: string;
  /** True behind a `-`. */
  readonly negated: boolean;
  /** What stands before the colon; "" where there is none. */
  readonly key: string;
  /** What stands before the value, where something follows it. */
  readonly sign: "" | "<" | ">";
  readonly value: string;
  /** True for a value in quotes, whose characters all mean themselves. */
  readonly quoted: boolean;
}

/** Refuses a text: which rule it breaks, and where. */
export type Refuse = (rule: string, part: unknown) => never;

const TERM = /\s*(-?)(?:([A-Za-z][\w.-]*):)?([<>]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/y;

/** A key with its colon and nothing behind it, as left by a blank after the colon. */
const NO_VALUE = /^-?[A-Za-z][\w.-]*:$/;

/** Terms of a text, in order; reads each character once. Whatever is no such text is refused. */
export function readTerms(text: unknown, refuse: Refuse): WrittenTerm[] {
  if (typeof text !== "string" || text.length > 4096)
    return refuse("must be text of at most 4,096 characters", text);
  const terms: WrittenTerm[] = [];
  const end = text.trimEnd().length;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < end) {
    const from = TERM.lastIndex;
    const match = TERM.exec(text);
    if (match === null) return refuse("cannot be read here", text.slice(from, from + 40).trim());
    terms.push(toTerm(match, refuse));
  }
  return terms;
}

function toTerm([all, minus, key = "", sign, inside, bare]: RegExpExecArray, refuse: Refuse): WrittenTerm {
  const whole = all.trim();
  if (key === "" && sign) return refuse("compares nothing", whole);
  if (NO_VALUE.test(whole)) return refuse("has no value", whole);
  const quoted = inside !== undefined;
  const value = quoted ? inside.replace(/\\(.)/g, "$1") : (bare as string);
  return { whole, negated: minus === "-", key, sign: sign as WrittenTerm["sign"], value, quoted };
}

/** What stands at a path inside plain data, by own properties only; undefined where the path ends early. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Text, a number, true or false as text; undefined for anything that no text describes. */
export function scalarText(value: unknown): string | undefined {
  const scalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return scalar ? String(value) : undefined;
}
