/** Links of the waterfall: from the line of who sent a message down to the line of who got it, at the time of its sending. */
import { xOf, type Scale } from "./parts.ts";
import { ROW, type Scene } from "./scene.ts";

export interface LinksProps {
  readonly scene: Scene;
  readonly scale: Scale;
  readonly shown: Int32Array;
  /** The lines on the screen. */
  readonly rows: readonly number[];
  readonly names: number;
  /** The line that is looked at; -1 for none. */
  readonly chosen: number;
}

/** Middle of the bar in a line. */
const MIDDLE = 12;

export function Links({ scene: { spans, path }, scale, shown, rows, names, chosen }: LinksProps) {
  const first = rows[0] ?? 0;
  return (
    <svg
      aria-hidden
      className="pointer-events-none absolute left-0 w-full overflow-visible"
      style={{ top: first * ROW, height: rows.length * ROW }}
    >
      {rows.map((row) => {
        const at = shown[row] as number;
        const parent = spans.parent[at] as number;
        if (parent < 0) return null;
        const above = lineOf(shown, parent, row);
        const x = names + xOf(scale, spans.sent[at] as number);
        const isNear = row === chosen || above === chosen;
        const onPath = (path.share[at] as number) > 0 && (path.share[parent] as number) > 0;
        const top = (Math.max(above, first - 1) - first) * ROW + MIDDLE + 6;
        return (
          <path
            key={row}
            d={`M${x} ${top}V${(row - first) * ROW + MIDDLE}h-4`}
            fill="none"
            strokeWidth={isNear ? 1.75 : 1}
            className={isNear ? "stroke-ink" : onPath ? "stroke-accent" : "stroke-strong"}
          />
        );
      })}
    </svg>
  );
}

/** The line of a place that stands before another one; the lines are in order. */
function lineOf(shown: Int32Array, at: number, before: number): number {
  let [low, high] = [0, before];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shown[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return shown[low] === at ? low : -1;
}
