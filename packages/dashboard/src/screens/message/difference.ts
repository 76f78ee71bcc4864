/** Difference: what two attempts at one message have apart: how they ended, how long they took, and the lines of their errors. Pure. */
import type { Attempt } from "../../api/types.ts";
import { spanText } from "../../parts/text.ts";

/** Something that is told of both. */
export interface Told {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** A line of an error: in both, gone since the earlier attempt, or new in the later one. */
export interface ErrorLine {
  readonly sign: "same" | "gone" | "new";
  readonly text: string;
}

/** How they ended, why, and how long that took; nothing is "none". */
export function toldOf(before: Attempt, after: Attempt): readonly Told[] {
  const ways: Readonly<Record<string, (attempt: Attempt) => string | undefined>> = {
    outcome: ({ outcome }) => outcome,
    took: (attempt) => spanText(tookOf(attempt)),
    code: ({ error }) => error?.code,
    message: ({ error }) => error?.message,
  };
  return Object.entries(ways).map(([name, way]) => ({
    name,
    before: way(before) ?? "none",
    after: way(after) ?? "none",
  }));
}

const tookOf = ({ startedAt, endedAt }: Attempt): number =>
  Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));

/** Lines that are compared of each, at most: the work grows with their product. */
const MOST = 400;

/** The lines of both errors in order: as many as can be are told as the same. */
export function linesOf(before: Attempt, after: Attempt): readonly ErrorLine[] {
  const [a, b] = [errorLines(before), errorLines(after)];
  const longest = commonFrom(a, b);
  const lines: ErrorLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const isLeft = i < a.length && (j >= b.length || longest(i + 1, j) >= longest(i, j + 1));
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: "same", text: a[i] as string });
      i++;
      j++;
    } else if (isLeft) lines.push({ sign: "gone", text: a[i++] as string });
    else lines.push({ sign: "new", text: b[j++] as string });
  }
  return lines;
}

function errorLines({ error }: Attempt): readonly string[] {
  if (error === undefined) return [];
  const { stack } = error;
  const text = typeof stack === "string" ? stack : JSON.stringify(error, null, 2);
  return text.split("\n", MOST);
}

/** How many lines two lists have in common, in order, from a place in each on. */
function commonFrom(a: readonly string[], b: readonly string[]): (i: number, j: number) => number {
  const wide = b.length + 1;
  const counts = new Uint16Array((a.length + 1) * wide);
  const at = (i: number, j: number): number => counts[i * wide + j] as number;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      counts[i * wide + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}
