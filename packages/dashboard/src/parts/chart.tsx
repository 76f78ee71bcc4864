/** Chart: figures over time as lines; who draws over a part of it chooses that time. It comes lazily, since what draws it is large. */
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockText, dateText } from "./text.ts";

/** A colour of the page. */
export type Tone = "accent" | "good" | "bad" | "warn" | "info" | "soft";

export interface Line {
  readonly name: string;
  readonly tone: Tone;
  /** One that is told apart by more than its colour. */
  readonly dash?: readonly number[];
  readonly isFilled?: boolean;
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  /** What it shows, in words, for whoever does not see it. */
  readonly label: string;
  /** Milliseconds since 1970, one for each value. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly toText: (value: number) => string;
  readonly height?: number;
  readonly onBrush?: (from: number, to: number) => void;
}

export function Chart({ label, times, lines, toText, height = 150, onBrush }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [under, setUnder] = useState<number | null>(null);
  const look = useLook();
  const brush = useRef(onBrush);
  brush.current = onBrush;
  const names = lines.map(({ name }) => name).join(" ");
  useEffect(() => {
    const at = host.current;
    if (!at) return;
    const drawn = new uPlot(
      optionsOf({ host: at, lines, height, toText, brush: () => brush.current, setUnder }),
      dataOf(times, lines),
      at,
    );
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: at.clientWidth, height }));
    observer.observe(at);
    return () => (observer.disconnect(), drawn.destroy());
    // Other figures of the same lines are set below, without drawing all anew.
  }, [names, look, height]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);
  return (
    <div className="relative">
      <div ref={host} role="img" aria-label={label} />
      <p aria-hidden className="pointer-events-none absolute top-0 right-1 font-mono text-tiny text-soft">
        {under !== null && times[under] !== undefined && (
          <span className="bg-panel px-1">
            {dateText(times[under])}
            {lines.map(({ name, values }) => {
              const value = values[under];
              return ` · ${name} ${value === null || value === undefined ? "–" : toText(value)}`;
            })}
          </span>
        )}
      </p>
    </div>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [times.map((at) => at / 1000), ...lines.map(({ values }) => [...values])];
}

interface Terms extends Pick<ChartProps, "lines" | "toText"> {
  readonly host: HTMLElement;
  readonly height: number;
  readonly brush: () => ChartProps["onBrush"];
  readonly setUnder: (at: number | null) => void;
}

function optionsOf({ host, lines, height, toText, brush, setUnder }: Terms): uPlot.Options {
  const colour = (name: string): string => colourOf(host, name);
  const axis = {
    stroke: colour("soft"),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...{ width: host.clientWidth || 400, height, padding: [14, 8, 0, 0] },
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { x: true, y: false, setScale: false } },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        space: 76,
        values: (_, all, __, ___, step) => marks(all, step),
      },
      { ...axis, size: 52, values: (_, all) => all.map((each) => (each === 0 ? "0" : toText(each))) },
    ],
    series: [
      {},
      ...lines.map(({ tone, dash, isFilled }) => ({
        ...{ stroke: colour(tone), width: 1.5, spanGaps: false },
        points: { size: 4, filter: alone },
        ...(dash && { dash: [...dash] }),
        ...(isFilled && { fill: `color-mix(in srgb, ${colour(tone)} 12%, transparent)` }),
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => setUnder(cursor.idx ?? null)],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width < 3) return;
          const at = (x: number): number => self.posToVal(x, "x") * 1000;
          brush()?.(at(left), at(left + width));
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** A point with none beside it is no line, and is drawn as a point. */
const alone: uPlot.Series.Points.Filter = ({ data }, line) => {
  const values = data[line] ?? [];
  const isThere = (at: number): boolean => typeof values[at] === "number";
  return Array.from(values).flatMap((_, at) =>
    isThere(at) && !isThere(at - 1) && !isThere(at + 1) ? [at] : [],
  );
};

/** Times below the chart: seconds only where they differ, days where hours do not tell. */
function marks(all: readonly number[], step: number): string[] {
  return all.map((each) => {
    const clock = clockText(each * 1000);
    if (step >= 86_400) return dateText(each * 1000).slice(5, 10);
    return step >= 60 ? clock.slice(0, 5) : clock.slice(0, 8);
  });
}

/** A colour of the page as a canvas understands it. */
function colourOf(host: HTMLElement, name: string): string {
  const before = host.style.color;
  host.style.color = `var(--color-${name})`;
  const { color } = getComputedStyle(host);
  host.style.color = before;
  return color;
}

/** Changes when the page's colours do. */
function useLook(): number {
  const [look, setLook] = useState(0);
  useEffect(() => {
    const changed = (): void => setLook((before) => before + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", changed);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => (observer.disconnect(), system.removeEventListener("change", changed));
  }, []);
  return look;
}
