/** Asked: a question about the past, and what its filter tells of where to look. */
import type { Filter } from "../../core/filter.ts";
import type { HistoryOrder, MessageRecord } from "../../core/store.ts";
import { wordsOf } from "../../core/words.ts";

/** A question for messages or dead letters, as it comes from the main thread. */
export interface Asked {
  readonly conversation?: string | undefined;
  /** Only what this agent, or an instance of it, sent or got. */
  readonly agent?: string | undefined;
  readonly where?: Filter | undefined;
  /** Default "oldest" first. */
  readonly order?: HistoryOrder | undefined;
  /** Cursor of an earlier page. */
  readonly after?: string | undefined;
  /** Most items; default 100, at most 1,000. */
  readonly limit?: number | undefined;
  /** UTC milliseconds, for `age:`. */
  readonly now: number;
  /** States that the main thread knows better than the file: of what runs, and of what never waits on disk. */
  readonly live?: ReadonlyMap<number, MessageRecord["state"]> | undefined;
}

/** The longest words that must stand in a message, as `wordsOf` cuts them; undefined where the filter asks for none. */
export function demandedWords(where: Filter | undefined): string | undefined {
  const texts = (where ?? []).filter(({ field, negated }) => field === "" && !negated);
  const words = texts.map(({ value }) => wordsOf(String(value))).filter((each) => each !== "");
  return words.sort((a, b) => b.length - a.length)[0];
}

/** Between which times a message must have been sent. */
export function demandedTimes(where: Filter | undefined, now: number): { from: number; to: number } {
  let [from, to] = [-Infinity, Infinity];
  for (const { field, operator, value, negated } of where ?? []) {
    if (negated) continue;
    if (field === "at" && operator === "more") from = Math.max(from, Number(value));
    if (field === "at" && operator === "less") to = Math.min(to, Number(value));
    if (field === "age" && operator === "less") from = Math.max(from, now - Number(value));
    if (field === "age" && operator === "more") to = Math.min(to, now - Number(value));
  }
  return { from, to };
}
