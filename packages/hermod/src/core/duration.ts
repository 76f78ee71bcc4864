/** Durations: milliseconds as a number, or text such as "250ms", "5s", "10m", "2h", "1d". */
import { HermodError } from "./errors.ts";

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds, or a number with a unit: "250ms", "5s", "10m", "2h", "1d". */
export type Duration = number | `${number}${keyof typeof units}`;

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Durations are written in code, so there are few, and each is met again with every message. */
const known = new Map<string, number>();
const MOST_KNOWN = 256;

function read(text: string): number | undefined {
  const match = text.length <= 32 ? PATTERN.exec(text) : null;
  if (match === null) return undefined;
  const ms = Number(match[1]) * units[match[2] as keyof typeof units];
  if (known.size < MOST_KNOWN) known.set(text, ms);
  return ms;
}

/**
 * The duration in milliseconds.
 * @throws HermodError HERMOD_BAD_OPTION for anything but a finite number from 0 up or a number with a unit.
 */
export function toMs(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value + 0;
  const ms = typeof value === "string" ? (known.get(value) ?? read(value)) : undefined;
  if (ms !== undefined) return ms;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a duration of 0 or more, got ${show(value)}`, {
    details: { option: name, received: show(value) },
    hint: 'Give milliseconds, or text such as "250ms", "5s", "10m", "2h", "1d".',
  });
}

/** A received value as short, printable text for an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "object" && value !== null) return isList(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}

/** True for an array; false for a proxy that cannot be asked any more. */
export function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
