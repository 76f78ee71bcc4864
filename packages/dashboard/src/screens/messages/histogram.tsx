/** Histogram: when the messages that are there were sent; pressing a bar shows its messages. */
import { memo, useMemo } from "react";
import { clockText, counted, dateText } from "../../parts/text.ts";
import { binsOf, type Bin } from "./bins.ts";
import type { Rows } from "./rows.ts";

const MOST = 120;
const HEIGHT = 36;

export const Histogram = memo(function Histogram({
  rows,
  onTime,
}: {
  readonly rows: Rows;
  readonly onTime: (time: number) => void;
}) {
  const bins = useMemo(() => binsOf(rows.sheets, MOST), [rows]);
  const [first, last] = [bins[0], bins.at(-1)];
  if (first === undefined || last === undefined) return null;
  const highest = bins.reduce((most, { count }) => Math.max(most, count), 1);
  return (
    <figure className="border-b border-line bg-panel px-3 pt-1.5 pb-1" aria-label="Messages over time">
      <div className="flex items-end gap-px" style={{ height: HEIGHT }}>
        {bins.map((bin) => (
          <button
            key={bin.from}
            type="button"
            tabIndex={-1}
            title={textOf(bin)}
            aria-label={textOf(bin)}
            className="flex h-full min-w-px grow flex-col justify-end hover:bg-hover"
            onClick={() => onTime(bin.to - 1)}
          >
            <span className="w-full bg-bad" style={{ height: heightOf(bin.failed, highest) }} />
            <span
              className="w-full bg-accent/70"
              style={{ height: heightOf(bin.count - bin.failed, highest) }}
            />
          </button>
        ))}
      </div>
      <figcaption className="flex justify-between font-mono text-tiny text-soft">
        <span>{edgeText(first.from, last.to)}</span>
        <span>{edgeText(last.to, first.from)}</span>
      </figcaption>
    </figure>
  );
});

/** What is there is seen, however little it is. */
function heightOf(count: number, highest: number): number {
  return count === 0 ? 0 : Math.max(1, Math.round((count / highest) * HEIGHT));
}

function textOf({ from, to, count, failed }: Bin): string {
  const often = `${counted(count, "message")}${failed > 0 ? `, ${failed} of them failed` : ""}`;
  return `${clockText(from)} to ${clockText(to)}: ${often}`;
}

function edgeText(at: number, other: number): string {
  return dateText(at).slice(0, 10) === dateText(other).slice(0, 10)
    ? clockText(at).slice(0, 8)
    : dateText(at);
}
