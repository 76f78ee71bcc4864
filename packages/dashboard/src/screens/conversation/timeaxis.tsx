/** Time axis: the marks above the lanes, and the gaps through all of them. */
import { spanText } from "../../parts/text.ts";
import { tickStep } from "./bars.ts";
import type { Folding } from "./folding.ts";
import { sinceText } from "./shapes.ts";

/** Width of the names left of the lanes, and height of the marks above them, in pixels. */
export const NAMES = 168;
export const HEAD = 30;
/** Pixels between two marks, and of them the least. */
const TICK = 110;
const NEAR = 0.6;
/** Most marks of a piece. */
const MOST = 2000;

/** A stretch of the line, in pixels. */
export interface Seen {
  readonly x: number;
  readonly width: number;
}

export function Axis({
  folding,
  scale,
  width,
  start,
  isSeen,
}: {
  readonly folding: Folding;
  readonly scale: number;
  readonly width: number;
  readonly start: number;
  readonly isSeen: (place: Seen) => boolean;
}) {
  return (
    <div
      className="sticky top-0 z-5 border-b border-line bg-panel"
      style={{ height: HEAD, width: NAMES + width }}
    >
      <div
        className="sticky left-0 z-5 h-full border-r border-line bg-panel px-3 pt-1.5 text-tiny text-soft"
        style={{ width: NAMES }}
      >
        since the beginning
      </div>
      {marksOf(folding, scale, start)
        .filter(({ x }) => isSeen({ x, width: TICK }))
        .map(({ time, x }) => (
          <span
            key={time}
            className="absolute top-1.5 border-l border-strong pl-1 font-mono text-tiny whitespace-nowrap text-soft"
            style={{ left: NAMES + x }}
          >
            {sinceText(time - start)}
          </span>
        ))}
    </div>
  );
}

interface Mark {
  readonly time: number;
  readonly x: number;
}

/** A mark every so many milliseconds where something happens, apart from one another. */
function marksOf({ pieces }: Folding, scale: number, start: number): readonly Mark[] {
  const step = tickStep(TICK / scale);
  const marks = pieces.flatMap(({ from, to, isGap, at }) => {
    const first = start + Math.ceil((from - start) / step) * step;
    const count = isGap ? 0 : Math.min(MOST, Math.max(0, Math.floor((to - first) / step) + 1));
    return Array.from({ length: count }, (_, n) => first + n * step).map((time) => ({
      time,
      x: (at + time - from) * scale,
    }));
  });
  return marks.filter(({ x }, at) => at === 0 || x - (marks[at - 1]?.x ?? 0) > TICK * NEAR);
}

export function Gaps({ folding: { pieces }, scale }: { readonly folding: Folding; readonly scale: number }) {
  return pieces
    .filter(({ isGap }) => isGap)
    .map(({ at, length, from, to }) => (
      <div
        key={from}
        title={`Nothing happened for ${spanText(to - from)}`}
        className="pointer-events-none absolute bottom-0 border-x border-dashed border-strong bg-hover/60"
        style={{ top: HEAD, left: NAMES + at * scale, width: Math.max(2, length * scale) }}
      >
        <span className="absolute top-1/2 left-1/2 -translate-1/2 rounded-chip bg-raised px-1 text-tiny whitespace-nowrap text-soft [writing-mode:vertical-rl]">
          ⋯ {spanText(to - from)}
        </span>
      </div>
    ));
}
