/** Time bar: one attempt, or one wait; what failed has a cross, and what goes on a broken edge. */
import { counted, plain, spanText } from "../../parts/text.ts";
import type { Placed } from "./bars.ts";

/** Height of a line of bars, and the room above and below them, in pixels. */
export const TRACK = 18;
export const PAD = 6;

const fills = { good: "fill-good", warn: "fill-warn", bad: "fill-bad", info: "fill-info" } as const;

export function BarShape({
  placed: { bar, x, width, track, count },
  most,
  isChosen,
  pick,
}: {
  readonly placed: Placed;
  readonly most: number;
  readonly isChosen: boolean;
  readonly pick: (id: string) => void;
}) {
  const y = PAD + track * TRACK;
  const long = Math.max(1, Math.min(width, most));
  const waits = bar.phase === "wait";
  return (
    <g className="cursor-pointer" onClick={() => pick(bar.id)}>
      <title>{titleOf(bar, count)}</title>
      <rect
        x={x}
        y={y + 1}
        width={long}
        height={TRACK - 4}
        rx={2}
        fill={waits ? "url(#waits)" : undefined}
        fillOpacity={waits ? 0.7 : 0.85}
        strokeWidth={isChosen ? 2 : 1}
        strokeDasharray={bar.isOpen ? "3 2" : undefined}
        className={`${waits ? "" : fills[bar.tone]} ${isChosen ? "stroke-ink" : waits ? "stroke-strong" : "stroke-transparent"}`}
      />
      {bar.reason !== undefined && long > 12 && (
        <path d={`M${x + long - 10} ${y + 5}l5 5m0-5l-5 5`} strokeWidth={1.5} className="stroke-paper" />
      )}
      {!waits && long > 46 && (
        <text x={x + 5} y={y + 12} fontSize={11} className="fill-paper">
          {(count > 1 ? counted(count, "message") : plain(bar.label)).slice(0, Math.floor((long - 18) / 6))}
        </text>
      )}
    </g>
  );
}

function titleOf(
  { label, phase, attempt, from, to, reason, isOpen: goesOn }: Placed["bar"],
  count: number,
): string {
  const what = phase === "wait" ? "waited" : `attempt ${attempt}`;
  const more = count > 1 ? ` and ${count - 1} more` : "";
  const why = reason === undefined ? "" : ` ✖ ${plain(reason)}`;
  return `${plain(label)}: ${what} ${spanText(to - from)}${goesOn ? " so far" : ""}${why}${more}`;
}
