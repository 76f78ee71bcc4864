/** Traffic: how many messages come, are done and fail, and how long they take, over time; drawing over a part leads to its messages. */
import { Link } from "@tanstack/react-router";
import { Suspense, useMemo, type ReactNode } from "react";
import type { Series } from "../../api/types.ts";
import type { ChartProps, Line, Tone } from "../../parts/chart.tsx";
import { lazily } from "../../parts/lazily.ts";
import { Box } from "../../parts/screen.tsx";
import { rateText, spanText, timesOf } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { ratesOf, secondsOf } from "./rates.ts";

/** The figures come first; what draws the lines is large, and comes when the page has nothing else to do. */
const Chart = lazily(async () => {
  await new Promise<void>((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: 1000 });
    else setTimeout(resolve, 200);
  });
  return (await import("../../parts/chart.tsx")).Chart;
});
const HEIGHT = 168;

export interface TrafficProps {
  readonly series: Series;
  readonly onBrush: (from: number, to: number) => void;
}

export function Traffic({ series, onBrush }: TrafficProps) {
  const { step, from, total, range } = series;
  const times = useMemo(() => timesOf(from, step, series.stored.length), [from, step, series.stored.length]);
  const lines = useMemo(() => {
    const rate = (values: Series["stored"]) => ratesOf(series, values);
    return {
      messages: [
        { name: "in", tone: "accent", isFilled: true, values: rate(series.stored) },
        { name: "done", tone: "good", dash: [6, 3], values: rate(series.done) },
        { name: "failed", tone: "bad", dash: [2, 2], values: rate(series.failed) },
      ] satisfies Line[],
      handling: [
        { name: "p95", tone: "warn", dash: [6, 3], values: series.p95 },
        { name: "p50", tone: "accent", values: series.p50 },
      ] satisfies Line[],
    };
  }, [series]);
  const known = secondsOf(series);
  const rate = (count: number): string => rateText(count / known);
  const shared = { times, height: HEIGHT, onBrush };
  return (
    <div className="grid grid-cols-2 gap-3 max-[1000px]:grid-cols-1">
      <Box title="Messages a second" tools={<Begun series={series} />}>
        <p className="mb-1 flex flex-wrap items-end gap-x-8 gap-y-1">
          <Figure tone="accent" name="in" text={rate(total.stored)} where={`age:<${range}`} />
          <Figure
            tone="good"
            dash="6 3"
            name="done"
            text={rate(total.done)}
            where={`state:done age:<${range}`}
          />
          <Figure
            {...{ tone: "bad", dash: "2 2", name: "failed", text: rate(total.failed) }}
            where={`state:failed age:<${range}`}
            isQuiet={total.failed === 0}
          />
        </p>
        <Drawn
          {...{ ...shared, lines: lines.messages, toText: rateText }}
          label={`Messages a second in the last ${range}: ${rate(total.stored)} in, ${rate(total.done)} done, ${rate(total.failed)} failed`}
        />
      </Box>
      <Box title="Handling time">
        <p className="mb-1 flex flex-wrap items-end gap-x-8 gap-y-1">
          <Figure tone="accent" name="half take less (p50)" text={time(total.p50)} />
          <Figure tone="warn" dash="6 3" name="one in twenty takes longer (p95)" text={time(total.p95)} />
        </p>
        <Drawn
          {...{ ...shared, lines: lines.handling, toText: spanText }}
          label={`Handling time in the last ${range}: p50 ${time(total.p50)}, p95 ${time(total.p95)}`}
        />
      </Box>
    </div>
  );
}

/** Why the beginning of the charts is empty, where it is. */
function Begun({ series: { since, from } }: { readonly series: Series }) {
  if (Date.parse(since) <= Date.parse(from)) return null;
  return (
    <span className="text-tiny text-soft">
      counted since the hub began, <Time at={since} ago />
    </span>
  );
}

const time = (ms: number | null): string => (ms === null ? "–" : spanText(ms));

function Drawn(props: ChartProps): ReactNode {
  return (
    <Suspense fallback={<div style={{ height: HEIGHT }} />}>
      <Chart {...props} />
    </Suspense>
  );
}

const tones: Readonly<Partial<Record<Tone, string>>> = {
  accent: "text-accent",
  good: "text-good",
  bad: "text-bad",
  warn: "text-warn",
};

/** A figure with the look of its line: the chart's legend. */
function Figure({
  tone,
  name,
  text,
  dash,
  where,
  isQuiet = false,
}: {
  readonly tone: Tone;
  readonly name: string;
  readonly text: string;
  readonly dash?: string;
  readonly where?: string;
  readonly isQuiet?: boolean;
}) {
  const inside = (
    <>
      <span className={`block text-title font-semibold ${isQuiet ? "text-soft" : ""}`}>{text}</span>
      <span className="flex items-center gap-1.5 text-tiny text-soft">
        <svg width="18" height="4" aria-hidden className={tones[tone]}>
          <line x1="0" x2="18" y1="2" y2="2" stroke="currentColor" strokeWidth="2" strokeDasharray={dash} />
        </svg>
        {name}
      </span>
    </>
  );
  return where === undefined ? (
    <span className="block">{inside}</span>
  ) : (
    <Link to="/messages" search={{ where }} className="block rounded-chip hover:bg-hover">
      {inside}
    </Link>
  );
}
