/** Parts: what a line of the waterfall shows of a span, in pixels; and which share whom of the critical path. Pure. */
import { endOf, type CriticalPath, type Folding, type Spans } from "@hermod/hub/drawing";
import { tones } from "../conversation/bars.ts";

export interface Part {
  readonly kind: "wait" | "work" | "path";
  readonly tone: "good" | "warn" | "bad" | "info";
  readonly x: number;
  readonly width: number;
  readonly title: string;
}

/** The least width that can be seen. */
const THIN = 2;

/** Where times stand: `folding` short, `scale` pixels for each of its milliseconds. */
export interface Scale {
  readonly folding: Folding;
  readonly scale: number;
  readonly now: number;
}

export const xOf = ({ folding, scale }: Scale, time: number): number => folding.place(time) * scale;

/** What waited, each attempt, and below them what of it is on the critical path. */
export function partsOf(spans: Spans, at: number, ways: Ways, scale: Scale): readonly Part[] {
  const { sent, tries, tryFrom, tryTo, tryOutcomes, tryErrors, states } = spans;
  const parts: Part[] = [];
  const put = (kind: Part["kind"], tone: Part["tone"], from: number, to: number, title: string): void => {
    const x = xOf(scale, from);
    parts.push({ kind, tone, x, width: Math.max(THIN, xOf(scale, Math.max(from, to)) - x), title });
  };
  const end = endOf(spans, at, scale.now);
  let since = sent[at] as number;
  for (let each = tries[at] as number; each < (tries[at + 1] as number); each++) {
    const from = Math.max(since, tryFrom[each] as number);
    const to = Math.max(from, tryTo[each] as number);
    if (from > since) put("wait", "info", since, from, `waited ${msText(from - since)}`);
    const number = each - (tries[at] as number) + 1;
    const why = tryErrors[each] === undefined ? "" : `: ${tryErrors[each]}`;
    put(
      "work",
      tones[tryOutcomes[each] ?? "acked"],
      from,
      to,
      `attempt ${number}, ${tryOutcomes[each]}, ${msText(to - from)}${why}`,
    );
    since = to;
  }
  const state = states[at];
  if (state === "waiting") put("wait", "info", since, end, `waits for ${msText(end - since)}`);
  else if (state === "running") put("work", "info", since, end, `runs for ${msText(end - since)}`);
  else if (parts.length === 0) put("work", state === "done" ? "good" : "bad", since, since, state ?? "");
  for (let each = ways.first[at] as number; each < (ways.first[at + 1] as number); each++) {
    const place = ways.order[each] as number;
    const [from, to] = [ways.path.from[place] as number, ways.path.to[place] as number];
    put("path", "info", from, to, `on the critical path for ${msText(to - from)}`);
  }
  return parts;
}

const msText = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** The critical path by the spans that it goes through: the stretches of one stand in `order` from `first` on. */
export interface Ways {
  readonly path: CriticalPath;
  readonly first: Int32Array;
  readonly order: Int32Array;
}

export function waysOf(path: CriticalPath, count: number): Ways {
  const first = new Int32Array(count + 1);
  for (let at = 0; at < path.count; at++) {
    const next = (path.row[at] as number) + 1;
    first[next] = (first[next] as number) + 1;
  }
  for (let at = 0; at < count; at++) first[at + 1] = (first[at + 1] as number) + (first[at] as number);
  const free = first.slice(0, count);
  const order = new Int32Array(path.count);
  for (let at = 0; at < path.count; at++) {
    const row = path.row[at] as number;
    order[free[row] as number] = at;
    free[row] = (free[row] as number) + 1;
  }
  return { path, first, order };
}

/** Whose time the critical path was: who handled, or let wait, so much of all of it; the most first. */
export function sharesOf(
  { receivers, count }: Spans,
  { share }: CriticalPath,
): readonly (readonly [string, number])[] {
  const own = new Map<string, number>();
  let all = 0;
  for (let at = 0; at < count; at++) {
    const ms = share[at] as number;
    if (ms === 0) continue;
    all += ms;
    const name = receivers[at] as string;
    own.set(name, (own.get(name) ?? 0) + ms);
  }
  return [...own].map(([name, ms]) => [name, ms / all] as const).toSorted((a, b) => b[1] - a[1]);
}

/** Marks on the line of time, apart from one another: places in pixels and their times. */
export function ticksOf(
  { folding, scale }: Scale,
  apart: number,
): readonly { readonly x: number; readonly time: number }[] {
  const width = folding.length * scale;
  const count = Math.max(1, Math.floor(width / apart));
  return Array.from({ length: count }, (_, at) => {
    const x = (at * width) / count;
    return { x, time: folding.time(x / scale) };
  });
}
