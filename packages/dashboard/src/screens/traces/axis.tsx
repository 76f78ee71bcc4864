/** Axis: the line of time above the waterfall, and the gaps in it. */
import { spanText } from "../../parts/text.ts";
import { sinceText } from "../conversation/shapes.ts";
import { ticksOf, type Scale } from "./parts.ts";

/** Pixels between two marks. */
const APART = 120;

export interface AxisProps {
  readonly scale: Scale;
  readonly start: number;
  readonly names: number;
  readonly height: number;
}

export function Axis({ scale, start, names, height }: AxisProps) {
  return (
    <div className="sticky top-0 z-5 border-b border-line bg-panel" style={{ height }}>
      <span className="block truncate px-3 py-1.5 text-tiny text-soft" style={{ width: names }}>
        since the beginning
      </span>
      {ticksOf(scale, APART).map(({ x, time }) => (
        <span
          key={x}
          className="absolute top-1.5 border-l border-strong pl-1 font-mono text-tiny whitespace-nowrap text-soft"
          style={{ left: names + x }}
        >
          {sinceText(Math.max(0, time - start))}
        </span>
      ))}
    </div>
  );
}

export function Gaps({
  scale: { folding, scale },
  names,
}: {
  readonly scale: Scale;
  readonly names: number;
}) {
  return folding.pieces
    .filter(({ isGap }) => isGap)
    .map(({ at, length, from, to }) => (
      <div
        key={from}
        title={`Nothing happened for ${spanText(to - from)}`}
        className="absolute inset-y-0 border-x border-dashed border-strong bg-hover/60"
        style={{ left: names + at * scale, width: Math.max(3, length * scale) }}
      >
        <span className="sticky top-10 block text-center text-tiny text-soft" aria-hidden>
          ⋯
        </span>
      </div>
    ));
}
