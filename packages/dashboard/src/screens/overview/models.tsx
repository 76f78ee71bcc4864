/** Models: how often language models are called, and with how many tokens, over time. Nothing where none is. */
import { Suspense, useMemo } from "react";
import type { Series } from "../../api/types.ts";
import type { Line } from "../../parts/chart.tsx";
import { lazily } from "../../parts/lazily.ts";
import { Box } from "../../parts/screen.tsx";
import { countText, rateText, timesOf } from "../../parts/text.ts";
import { ratesOf } from "./rates.ts";

const Chart = lazily(async () => (await import("../../parts/chart.tsx")).Chart);
const HEIGHT = 120;

export interface ModelsProps {
  readonly series: Series;
  readonly onBrush: (from: number, to: number) => void;
}

export function Models({ series, onBrush }: ModelsProps) {
  const { from, step, total, range } = series;
  const times = useMemo(() => timesOf(from, step, series.calls.length), [from, step, series.calls.length]);
  const lines = useMemo(
    (): Line[] => [
      { name: "tokens in", tone: "accent", isFilled: true, values: ratesOf(series, series.inputTokens) },
      { name: "tokens out", tone: "info", dash: [6, 3], values: ratesOf(series, series.outputTokens) },
    ],
    [series],
  );
  if (total.calls === 0) return null;
  const figures = [
    ["calls", total.calls],
    ["tokens in", total.inputTokens],
    ["tokens out", total.outputTokens],
  ] as const;
  const label = `Tokens a second in the last ${range}: ${countText(total.inputTokens)} in and ${countText(total.outputTokens)} out, by ${countText(total.calls)} calls`;
  return (
    <Box title="Language models">
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-6 max-[560px]:grid-cols-1">
        <dl className="grid gap-2">
          {figures.map(([name, count]) => (
            <div key={name} className="flex flex-col-reverse">
              <dt className="text-tiny text-soft">{name}</dt>
              <dd className="text-title font-semibold">{countText(count)}</dd>
            </div>
          ))}
        </dl>
        <Suspense fallback={<div style={{ height: HEIGHT }} />}>
          <Chart {...{ times, lines, label, onBrush, height: HEIGHT, toText: rateText }} />
        </Suspense>
      </div>
    </Box>
  );
}
