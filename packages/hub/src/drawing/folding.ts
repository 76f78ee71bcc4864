/** Folding: a line of time on which nothing-happens is short: long gaps between what happens take the same small room each. Pure. */

/** From when to when, in milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A piece of the line: something happens, or nothing for long. */
export interface Piece extends Stretch {
  /** Where it begins on the folded line, and how much of it it takes, in folded milliseconds. */
  readonly at: number;
  readonly length: number;
  readonly isGap: boolean;
}

export interface Folding {
  readonly pieces: readonly Piece[];
  /** Of the folded line. */
  readonly length: number;
  /** The place of a time on the folded line. */
  readonly place: (time: number) => number;
  /** The time of a place. */
  readonly time: (place: number) => number;
}

/** Gaps shorter than this stay as they are, in milliseconds. */
const LEAST = 1000;
/** How much of all that happens a gap may be before it is folded, and how much it takes then. */
const LONG = 0.15;
const SHORT = 0.03;

export function foldGaps(spans: readonly Stretch[], least = LEAST): Folding {
  const busy = joined(spans);
  const total = busy.reduce((sum, { from, to }) => sum + to - from, 0);
  const long = Math.max(least, total * LONG);
  const short = Math.max(1, Math.min(long, Math.max(total * SHORT, least / 20)));
  const pieces: Piece[] = [];
  let at = 0;
  const put = (from: number, to: number, isGap: boolean): void => {
    const length = isGap ? short : to - from;
    pieces.push({ from, to, at, length, isGap });
    at += length;
  };
  for (const [index, { from, to }] of busy.entries()) {
    const before = busy[index - 1]?.to ?? from;
    if (from - before > long) put(before, from, true);
    else if (from > before) put(before, from, false);
    put(from, to, false);
  }
  return {
    pieces,
    length: Math.max(1, at),
    place: (time) => placeOf(pieces, time),
    time: (place) => timeOf(pieces, place),
  };
}

/** Overlapping spans as one, in order. */
export function joined(spans: readonly Stretch[]): readonly Stretch[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to: Math.max(from, to) });
  }
  return all;
}

/** The last piece that begins at or before what is looked for. */
function pieceAt(pieces: readonly Piece[], wanted: number, begin: (piece: Piece) => number) {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (begin(pieces[middle] as Piece) <= wanted) low = middle;
    else high = middle - 1;
  }
  return pieces[low];
}

function placeOf(pieces: readonly Piece[], time: number): number {
  const piece = pieceAt(pieces, time, ({ from }) => from);
  if (!piece) return 0;
  const part = piece.to > piece.from ? (time - piece.from) / (piece.to - piece.from) : 0;
  return piece.at + Math.max(0, Math.min(1, part)) * piece.length;
}

function timeOf(pieces: readonly Piece[], place: number): number {
  const piece = pieceAt(pieces, place, ({ at }) => at);
  if (!piece) return 0;
  const part = piece.length > 0 ? (place - piece.at) / piece.length : 0;
  return piece.from + Math.max(0, Math.min(1, part)) * (piece.to - piece.from);
}
