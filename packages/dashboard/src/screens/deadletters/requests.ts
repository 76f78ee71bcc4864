/** Requests: what acting on dead letters asks of the hub. */
import { ask, HubError } from "../../api/client.ts";
import type { DeadLetter } from "../../api/types.ts";
import {
  afterDrop,
  afterRedrive,
  none,
  reachOf,
  sum,
  type Act,
  type Progress,
  type Redriven,
  type Terms,
} from "./acting.ts";

/** What is acted on: letters that were chosen one by one, or all of a filter, or of a cause within it. */
export type Target =
  | { readonly letters: readonly DeadLetter[] }
  | { readonly where: string; readonly cause?: string; readonly agent?: string };

/** What became of one letter of a selection. */
export interface Fate {
  readonly letter: DeadLetter;
  /** "done", why it stays, or what went wrong. */
  readonly outcome: string;
}

export interface Acting extends Progress {
  /** Of a selection, one by one. */
  readonly fates: readonly Fate[];
}

export interface Wish extends Terms {
  readonly act: Act;
  readonly target: Target;
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** Only counts what a redrive would do. */
export async function dryRun(target: Target, force: boolean, signal: AbortSignal): Promise<Redriven> {
  if (!("letters" in target)) return redrive({ ...target, dryRun: true, force, limit: 10_000 }, signal);
  let all: Redriven = { matched: 0, redriven: 0, skipped: {} };
  for (const { id } of target.letters) {
    const one = await redrive({ id, dryRun: true, force }, signal).catch(missing);
    all = {
      matched: all.matched + 1,
      redriven: all.redriven + one.redriven,
      skipped: added(all.skipped, one.skipped),
    };
  }
  return all;
}

const redrive = (body: object, signal: AbortSignal): Promise<Redriven> =>
  ask<Redriven>("post /v1/dead-letters/redrive", { body, signal });

function missing(error: unknown): Redriven {
  if (error instanceof HubError && error.code === "HERMOD_NOT_FOUND")
    return { matched: 0, redriven: 0, skipped: { missing: 1 } };
  throw error;
}

function added(a: Redriven["skipped"], b: Redriven["skipped"]): Redriven["skipped"] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Does it, and tells after each step how far it is. Who stops reading has stopped it. */
export async function* acting(wish: Wish): AsyncGenerator<Acting> {
  yield* "letters" in wish.target ? oneByOne(wish, wish.target.letters) : inSteps(wish, wish.target);
}

async function* inSteps(
  wish: Wish,
  which: Extract<Target, { readonly where: string }>,
): AsyncGenerator<Acting> {
  const { act, force, signal, rate } = wish;
  for (let progress: Progress = none; !progress.isOver;) {
    const began = performance.now();
    const limit = reachOf(progress, wish);
    progress =
      act === "redrive"
        ? afterRedrive(progress, await redrive({ ...which, force, limit, rate }, signal), limit, wish)
        : afterDrop(progress, await drop({ ...which, limit }, signal), limit, wish);
    yield { ...progress, fates: [] };
    if (!progress.isOver) await until(began + 1000, signal);
  }
}

async function drop(body: object, signal: AbortSignal): Promise<number> {
  const said = await ask<{ readonly discarded: number }>("post /v1/dead-letters/discard", { body, signal });
  return said.discarded;
}

async function* oneByOne(
  { act, force, signal, rate }: Wish,
  letters: readonly DeadLetter[],
): AsyncGenerator<Acting> {
  const fates: Fate[] = [];
  for (const letter of letters) {
    const began = performance.now();
    const outcome = await fateOf(act, letter.id, force, signal);
    fates.push({ letter, outcome });
    const stay = fates.filter((each) => each.outcome !== "done");
    const skipped = stay.reduce((all, each) => added(all, { [each.outcome]: 1 }), {} as Redriven["skipped"]);
    const done = fates.length - sum(skipped);
    const isOver = fates.length === letters.length;
    yield { done, skipped, isOver, fates: [...fates] };
    if (!isOver) await until(began + 1000 / rate, signal);
  }
}

async function fateOf(act: Act, id: string, force: boolean, signal: AbortSignal): Promise<string> {
  try {
    if (act === "drop") return (await drop({ id }, signal)) > 0 ? "done" : "missing";
    const { skipped } = await redrive({ id, force }, signal);
    return Object.keys(skipped)[0] ?? "done";
  } catch (error) {
    if (signal.aborted || !(error instanceof HubError)) throw error;
    return error.code === "HERMOD_NOT_FOUND" ? "missing" : error.message;
  }
}

/** Waits until a time, by `performance.now()`. @throws the signal's reason. */
async function until(time: number, signal: AbortSignal): Promise<void> {
  const ms = time - performance.now();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  signal.throwIfAborted();
}
