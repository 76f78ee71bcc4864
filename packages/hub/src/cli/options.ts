/** Options: what was typed, as values. What does not fit is told by the option's name. */
import { Usage } from "./problem.ts";

/** What was typed, by its name; an option without a value is true. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** The text of an option. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether a flag was given. */
export function isSet(options: Options, name: string): boolean {
  return options[name] === true;
}

/** A whole number within bounds. @throws Usage. */
export function numberOf(options: Options, name: string, least: number, most: number): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/u.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new Usage(`--${name} must be a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration, in milliseconds: "500ms", "30s", "5m", "2h", "7d". @throws Usage. */
export function durationOf(options: Options, name: string): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const [, number, unit] = /^(\d{1,9}(?:\.\d+)?)(ms|s|m|h|d)$/u.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return Number(number) * (UNITS[unit] ?? NaN);
  throw new Usage(
    `--${name} must be a duration such as 500ms, 30s, 5m, 2h or 7d, got ${JSON.stringify(text)}`,
  );
}

/** One of several words. @throws Usage. */
export function choiceOf<T extends string>(
  options: Options,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textOf(options, name);
  if (text === undefined || choices.includes(text as T)) return text as T | undefined;
  throw new Usage(`--${name} must be one of ${choices.join(", ")}, got ${JSON.stringify(text)}`);
}

/** Fields, those that may be undefined as those that may be absent. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that have a value. */
export function given<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
