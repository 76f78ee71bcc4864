/** Options: checked once at the entrance, unknown names refused with the nearest known one. */
import { show } from "./duration.ts";
import { HermodError } from "./errors.ts";
import { suggestion } from "./nearest.ts";

/**
 * Refuses anything but an object whose keys are all known.
 * @throws HermodError HERMOD_BAD_OPTION naming the option.
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new HermodError("HERMOD_BAD_OPTION", `${what} options must be an object, got ${show(options)}`);
  }
  for (const name in options) if (!known.includes(name)) unknown(what, name, known);
}

function unknown(what: string, name: string, known: readonly string[]): never {
  throw new HermodError("HERMOD_BAD_OPTION", `${what} has no option ${show(name)}.${suggestion(name, known)}`, {
    details: { option: name, known },
    hint: `Known options of ${what}: ${known.join(", ")}.`,
  });
}

/**
 * The value, when it is one of the choices.
 * @throws HermodError HERMOD_BAD_OPTION naming the choices.
 */
export function oneOf<const T>(name: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  const text = choices.map((choice) => show(choice)).join(", ");
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be one of ${text}, got ${show(value)}`, {
    details: { option: name, received: show(value) },
  });
}

/**
 * The value, when it is a whole number in the range.
 * @throws HermodError HERMOD_BAD_OPTION naming the range.
 */
export function wholeNumber(name: string, value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a whole number from ${least} to ${most}, got ${show(value)}`, {
    details: { option: name, received: show(value) },
  });
}

/**
 * The value, when it is a function.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aFunction<T>(name: string, value: T): T {
  if (typeof value === "function") return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a function, got ${show(value)}`);
}
