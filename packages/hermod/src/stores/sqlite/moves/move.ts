/** Move: what an operator does with a whole file. Here is what all moves share: who follows them, and how they are stopped. */
import { systemClock } from "../../../core/clock.ts";
import { CancelledError } from "../../../core/errors.ts";
import { aFunction, aSignal, checkOptions } from "../../../core/options.ts";

/** How far a move has come. */
export interface MoveProgress {
  /** What it is about: "check", "copy", "vacuum" … */
  readonly step: string;
  /** Pages where a file is copied, else 0 or 1. */
  readonly done: number;
  readonly total: number;
}

export interface MoveOptions {
  /** Hears of each step when it begins and ends, and of pages copied. */
  readonly onProgress?: (progress: MoveProgress) => void;
  /** Stops the move between two steps or two pieces of a copy; the file is then as it was. */
  readonly signal?: AbortSignal;
}

/** A move under way. */
export interface Course {
  /** Runs one step, unless the move was stopped; timers and I/O have their turn before it. */
  step<T>(name: string, run: () => T | Promise<T>): Promise<T>;
  /** Tells how far a step has come; throws when the move was stopped. */
  tell(step: string, done: number, total: number): void;
  /** The time of day: UTC milliseconds. */
  now(): number;
}

/**
 * Checks the options and begins.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function begin(name: string, options: MoveOptions, more: readonly string[] = []): Course {
  checkOptions(name, options, ["onProgress", "signal", ...more]);
  const { onProgress, signal } = options;
  if (onProgress !== undefined) aFunction("onProgress", onProgress);
  if (signal !== undefined) aSignal("signal", signal);
  const tell = (step: string, done: number, total: number): void => {
    if (signal?.aborted) throw stopped(name, signal);
    onProgress?.({ step, done, total });
  };
  return { tell, now: () => systemClock.now(), step: (step, run) => stepped(tell, step, run) };
}

async function stepped<T>(tell: Course["tell"], step: string, run: () => T | Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => systemClock.pause(resolve));
  tell(step, 0, 1);
  const result = await run();
  tell(step, 1, 1);
  return result;
}

function stopped(name: string, signal: AbortSignal): CancelledError {
  return new CancelledError(`${name} was stopped`, { cause: signal.reason });
}
