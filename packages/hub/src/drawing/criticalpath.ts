/**
 * Critical path: what a trace waited for, from its last end back to its beginning: were one of these stretches shorter, it would have ended earlier.
 * Whoever asks waits until the answer; whoever casts does not. One way for each message that begins by itself. Pure.
 */
import { endOf, type Spans } from "./spans.ts";

/** Stretches of time as lists side by side, each the part of one message; the latest first within a way. */
export interface CriticalPath {
  readonly count: number;
  /** Whose time it was, by its place among the spans. */
  readonly row: Int32Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** How long it went through each of the spans. */
  readonly share: Float64Array;
}

export function criticalPath(spans: Spans, now: number): CriticalPath {
  const { count, parent, sent } = spans;
  const answers = new Answers(spans, now);
  const [row, from, to]: [number[], number[], number[]] = [[], [], []];
  const share = new Float64Array(count);
  const put = (at: number, begin: number, end: number): void => {
    if (end <= begin) return;
    row.push(at);
    from.push(begin);
    to.push(end);
    share[at] = (share[at] as number) + end - begin;
  };
  for (let root = 0; root < count; root = spans.last[root] as number) {
    let at = latestIn(spans, root, now);
    let time = endOf(spans, at, now);
    while (at >= 0) {
      const asked = answers.before(at, time);
      if (asked >= 0) {
        const answered = answers.at(asked);
        put(at, answered, time);
        [at, time] = [asked, answered];
      } else {
        const begin = sent[at] as number;
        put(at, begin, time);
        [at, time] = [parent[at] as number, Math.min(begin, time)];
      }
    }
  }
  return {
    ...{ count: row.length, row: Int32Array.from(row), share },
    ...{ from: Float64Array.from(from), to: Float64Array.from(to) },
  };
}

/** What ended last of all that follows from a message, itself included. */
function latestIn(spans: Spans, root: number, now: number): number {
  let latest = root;
  for (let at = root; at < (spans.last[root] as number); at++)
    if (endOf(spans, at, now) > endOf(spans, latest, now)) latest = at;
  return latest;
}

/** Whom each asked, by when the answer came, the latest first. Time only goes back, so each is looked at once. */
class Answers {
  readonly #spans: Spans;
  readonly #at: Float64Array;
  readonly #asked = new Map<number, number[]>();

  constructor(spans: Spans, now: number) {
    const { count, verbs, parent, answered, ended } = spans;
    this.#spans = spans;
    this.#at = Float64Array.from(answered, (time, at) =>
      Number.isNaN(time) && Number.isNaN(ended[at]) ? now : time,
    );
    for (let at = 0; at < count; at++) {
      const above = parent[at] as number;
      const isAsked = verbs[at] === "call" || verbs[at] === "task";
      if (above < 0 || !isAsked || Number.isNaN(this.#at[at])) continue;
      const known = this.#asked.get(above);
      if (known) known.push(at);
      else this.#asked.set(above, [at]);
    }
    // The latest stands at the end, where it is taken from.
    for (const each of this.#asked.values()) each.sort((a, b) => this.at(a) - this.at(b));
  }

  at(row: number): number {
    return this.#at[row] as number;
  }

  /** The one whose answer came last until a time; -1 where none did. */
  before(row: number, time: number): number {
    const asked = this.#asked.get(row);
    const sent = this.#spans.sent;
    while (asked !== undefined && asked.length > 0) {
      const latest = asked.pop() as number;
      const isWithin =
        (sent[latest] as number) >= (sent[row] as number) && (sent[latest] as number) <= this.at(latest);
      if (this.at(latest) <= time && isWithin) return latest;
    }
    return -1;
  }
}
