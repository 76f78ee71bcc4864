/** Options: checked once at the entrance, unknown names refused with the nearest known one. */
import { isList, show, toMs } from "./duration.ts";
import { HermodError, describe } from "./errors.ts";
import { suggestion } from "./nearest.ts";

/**
 * Refuses anything but an object whose keys are all known.
 * @throws HermodError HERMOD_BAD_OPTION naming the option.
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  if (!isObject(options)) throw noObject(what, options);
  const name = strangeName(what, options, known);
  if (name !== undefined) unknown(what, name, known);
}

/**
 * The names of an object's own fields.
 * @throws HermodError HERMOD_BAD_OPTION for anything but an object whose names can be read.
 */
export function namesOf(what: string, options: unknown): readonly string[] {
  if (!isObject(options)) throw noObject(what, options);
  try {
    return Object.keys(options);
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function strangeName(what: string, options: object, known: readonly string[]): string | undefined {
  try {
    for (const name in options) if (!known.includes(name)) return name;
    return undefined;
  } catch (cause) {
    throw unreadable(what, cause);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isList(value);
}

function noObject(what: string, options: unknown): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${what} options must be an object, got ${show(options)}`);
}

function unreadable(what: string, cause: unknown): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${what} options cannot be read: ${describe(cause)}`, {
    cause,
  });
}

function unknown(what: string, name: string, known: readonly string[]): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${what} has no option ${show(name)}.${suggestion(name, known)}`,
    {
      details: { option: name, known },
      hint: `Known options of ${what}: ${known.join(", ")}.`,
    },
  );
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
export function wholeNumber(
  name: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be a whole number from ${least} to ${most}, got ${show(value)}`,
    {
      details: { option: name, received: show(value) },
    },
  );
}

/**
 * The duration in milliseconds, when it is at least that long.
 * @throws HermodError HERMOD_BAD_OPTION for anything that is no duration or too short a one.
 */
export function aDuration(name: string, value: unknown, least: number): number {
  const ms = toMs(value, name);
  if (ms >= least) return ms;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be at least ${least} ms, got ${show(value)}`, {
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

/**
 * The value, when it is true or false.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be true or false, got ${show(value)}`, {
    details: { option: name, received: show(value) },
  });
}

const CONTROL = /[\u0000-\u001f\u007f]/;

/** True for text of 1 to 512 characters without control characters. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 512 && !CONTROL.test(value);
}

/**
 * The value, when it is text of 1 to 512 characters without control characters.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aText(name: string, value: unknown): string {
  if (isText(value)) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be text of 1 to 512 characters, got ${show(value)}`,
    {
      details: { option: name, received: show(value) },
    },
  );
}

/**
 * The value, when it is an object and no list or bytes.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aRecord<T>(name: string, value: T): T {
  if (isObject(value) && !ArrayBuffer.isView(value)) return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be an object, got ${show(value)}`);
}

/**
 * The value, when it is an AbortSignal.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aSignal(name: string, value: AbortSignal): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be an AbortSignal, got ${show(value)}`);
}

/**
 * The value, when it is a list.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aList<T>(name: string, value: readonly T[]): readonly T[] {
  if (isList(value)) return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a list, got ${show(value)}`);
}

/**
 * The value, when it has all these methods.
 * @throws HermodError HERMOD_BAD_OPTION naming those that it lacks.
 */
export function withMethods<T>(name: string, value: T, methods: readonly string[]): T {
  const given = value as Record<string, unknown> | null | undefined;
  if (typeof given !== "object" || given === null) {
    throw new HermodError("HERMOD_BAD_OPTION", `${name} must be an object, got ${show(value)}`);
  }
  const lacking = methods.filter((method) => typeof given[method] !== "function");
  if (lacking.length === 0) return value;
  const noun = lacking.length === 1 ? "method" : "methods";
  throw new HermodError("HERMOD_BAD_OPTION", `${name} lacks the ${noun} ${lacking.join(", ")}`, {
    details: { option: name, lacking },
  });
}

/**
 * The value, when it is a finite number, at most `most` in size.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aNumber(name: string, value: unknown, most = Number.MAX_VALUE): number {
  if (typeof value === "number" && Math.abs(value) <= most) return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a number, got ${show(value)}`, {
    details: { option: name, received: show(value) },
  });
}

/** A share, from 0 to 1. @throws HermodError HERMOD_BAD_OPTION. */
export function aShare(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a number from 0 to 1, got ${show(value)}`, {
    details: { option: name, received: show(value) },
  });
}
