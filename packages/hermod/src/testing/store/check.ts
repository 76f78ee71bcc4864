/** Checks: the few ways in which a law says what must hold. Our own, so that any test runner can run the laws. */
import { HermodError, describe, type ErrorCode } from "../../core/errors.ts";

/** A law that a store does not keep. */
export class LawBroken extends Error {
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, actual: unknown, expected: unknown) {
    super(message);
    this.name = "LawBroken";
    this.actual = actual;
    this.expected = expected;
  }
}

/** Both say the same; keys without a value count as absent, and their order does not matter. */
export function same(actual: unknown, expected: unknown, what = "the answer"): void {
  const [got, wanted] = [shown(actual), shown(expected)];
  if (got !== wanted) throw new LawBroken(`${what} is ${got}, and should be ${wanted}`, actual, expected);
}

/** The value has these fields, whatever else it has. */
export function like(
  actual: unknown,
  expected: Readonly<Record<string, unknown>>,
  what = "the answer",
): void {
  const fields = Object.entries((actual ?? {}) as Record<string, unknown>);
  same(Object.fromEntries(fields.filter(([name]) => name in expected)), expected, what);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new LawBroken(what, false, true);
}

/** The value, which must be there. */
export function given<T>(value: T | undefined, what = "a value"): T {
  if (value === undefined) throw new LawBroken(`${what} is missing`, value, what);
  return value;
}

/** What `run` does is refused with this code, by throwing or by rejecting. */
export async function refused(code: ErrorCode, run: () => unknown): Promise<void> {
  const answer = await outcome(run);
  if (answer instanceof HermodError) return same(answer.code, code, "the code");
  throw new LawBroken(`${code} is not thrown, but ${describe(answer)}`, answer, code);
}

async function outcome(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    return error;
  }
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes [${value.join(" ")}]`;
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{ ${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${name}: ${shown(item)}`)
    .join(", ")} }`;
}
