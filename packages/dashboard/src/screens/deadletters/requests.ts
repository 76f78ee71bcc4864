/** Requests: what acting on dead letters asks of the hub. */
import { ask } from "../../api/client.ts";
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

/** Letters that are named in one request. */
const NAMED = 50;

/** Only counts what a redrive would do. */
export async function dryRun(target: Target, force: boolean, signal: AbortSignal): Promise<Redriven> {
  if (!("letters" in target)) return redrive({ ...target, dryRun: true, force, limit: 10_000 }, signal);
  let all: Redriven = { matched: 0, redriven: 0, skipped: {} };
  for (const some of chunked(target.letters, 1000)) {
    const said = await redrive({ ids: idsOf(some), dryRun: true, force }, signal);
    const gone = some.length - said.matched;
    all = {
      matched: all.matched + some.length,
      redriven: all.redriven + said.redriven,
      skipped: added(all.skipped, { ...said.skipped, ...(gone > 0 && { missing: gone }) }),
    };
  }
  return all;
}

const idsOf = (letters: readonly DeadLetter[]): readonly string[] => letters.map(({ id }) => id);

function chunked<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

const redrive = (body: object, signal: AbortSignal): Promise<Redriven> =>
  ask<Redriven>("post /v1/dead-letters/redrive", { body, signal });

function added(a: Redriven["skipped"], b: Redriven["skipped"]): Redriven["skipped"] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Does it, and tells after each step how far it is. Who stops reading has stopped it. */
export async function* acting(wish: Wish): AsyncGenerator<Acting> {
  yield* "letters" in wish.target ? ofSelection(wish, wish.target.letters) : inSteps(wish, wish.target);
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

async function* ofSelection(wish: Wish, letters: readonly DeadLetter[]): AsyncGenerator<Acting> {
  const { rate, signal } = wish;
  const fates: Fate[] = [];
  for (const some of chunked(letters, Math.min(rate, NAMED))) {
    const began = performance.now();
    fates.push(...(await fatesOf(wish, some)));
    const stay = fates.filter((each) => each.outcome !== "done");
    const skipped = stay.reduce((all, each) => added(all, { [each.outcome]: 1 }), {} as Redriven["skipped"]);
    const isOver = fates.length === letters.length;
    yield { done: fates.length - sum(skipped), skipped, isOver, fates: [...fates] };
    if (!isOver) await until(began + (1000 * some.length) / rate, signal);
  }
}

/** What becomes of some. Where not all of them went well, each is asked for. */
async function fatesOf({ act, force, signal }: Wish, letters: readonly DeadLetter[]): Promise<Fate[]> {
  const ids = idsOf(letters);
  const done =
    act === "drop"
      ? await drop({ ids }, signal)
      : (await redrive({ ids, force, limit: ids.length }, signal)).redriven;
  if (done === letters.length) return letters.map((letter) => ({ letter, outcome: "done" }));
  const fates: Fate[] = [];
  for (const letter of letters)
    fates.push({ letter, outcome: await outcomeOf(act, letter.id, force, signal) });
  return fates;
}

/** Whether it is still there, and why. */
async function outcomeOf(act: Act, id: string, force: boolean, signal: AbortSignal): Promise<string> {
  const { matched, skipped } = await redrive({ ids: [id], force, dryRun: true }, signal);
  if (matched === 0) return "done";
  return act === "drop" ? "stays" : (Object.keys(skipped)[0] ?? "done");
}

/** Waits until a time, by `performance.now()`. @throws the signal's reason. */
async function until(time: number, signal: AbortSignal): Promise<void> {
  const ms = time - performance.now();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  signal.throwIfAborted();
}
