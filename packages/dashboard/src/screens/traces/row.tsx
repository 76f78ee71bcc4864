/** Row: one message of the waterfall: who, to whom, what, and when it waited and was handled. */
import { endOf } from "@hermod/hub/drawing";
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import { WAITS } from "../../parts/legend.tsx";
import { plain, spanText } from "../../parts/text.ts";
import { partsOf, type Part, type Scale } from "./parts.ts";
import { ROW, type Scene } from "./scene.ts";

export const lineId = (row: number): string => `span-${row}`;
const INDENT = 14;
/** Deeper ones stand below one another. */
const DEEPEST = 10;

export interface RowProps {
  readonly scene: Scene;
  readonly scale: Scale;
  /** Its place among the spans, and among those that are shown. */
  readonly at: number;
  readonly row: number;
  readonly names: number;
  readonly isChosen: boolean;
  readonly isFolded: boolean;
  readonly choose: (id: string | undefined) => void;
  readonly toggle: (at: number) => void;
}

export const Row = memo(function Row(props: RowProps) {
  const { scene, scale, at, row, names, isChosen, isFolded, choose, toggle } = props;
  const { spans, ways, path, now } = scene;
  const hasParts = (spans.last[at] as number) > at + 1;
  const depth = spans.depth[at] as number;
  const state = spans.states[at] as string;
  const isBad = state === "failed" || state === "dead";
  const onPath = (path.share[at] as number) > 0;
  const took = endOf(spans, at, now) - (spans.sent[at] as number);
  const [from, to] = [plain(spans.senders[at] as string), plain(spans.receivers[at] as string)];
  const what = plain(spans.operations[at] as string);
  return (
    <div
      role="row"
      id={lineId(row)}
      aria-level={depth + 1}
      aria-rowindex={row + 1}
      aria-expanded={hasParts ? !isFolded : undefined}
      aria-selected={isChosen}
      className="group absolute right-0 left-0 flex cursor-pointer border-b border-line/50 hover:bg-hover/70 aria-selected:bg-chosen"
      style={{ top: row * ROW, height: ROW }}
      onClick={() => choose(spans.ids[at])}
    >
      <div
        role="gridcell"
        title={`${from} → ${to}  ${what}`}
        className="flex shrink-0 items-center gap-1 overflow-hidden pr-2 text-small whitespace-nowrap"
        style={{ width: names, paddingLeft: 8 + Math.min(DEEPEST, depth) * INDENT }}
      >
        {hasParts ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={isFolded ? "Unfold" : "Fold"}
            className="shrink-0 rounded-chip text-soft hover:text-ink"
            onClick={(event) => {
              event.stopPropagation();
              toggle(at);
            }}
          >
            {isFolded ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
          </button>
        ) : (
          <span className="w-3.5 shrink-0" />
        )}
        {depth > DEEPEST && <span className="text-tiny text-soft">+{depth - DEEPEST}</span>}
        <span className={`truncate ${onPath ? "font-medium" : ""}`}>
          {isBad && <span className="text-bad">✖ </span>}
          <span className="text-soft">{from} → </span>
          {to} <span className="text-soft">{what}</span>
          {hasParts && isFolded && <span className="text-soft"> +{(spans.last[at] as number) - at - 1}</span>}
        </span>
      </div>
      <div role="gridcell" className="relative min-w-0 grow">
        {partsOf(spans, at, ways, scale).map((part, place) => (
          <PartBox key={place} part={part} />
        ))}
      </div>
      <div
        role="gridcell"
        title={onPath ? `${spanText(path.share[at] as number)} of it on the critical path` : undefined}
        className={`flex w-21 shrink-0 items-center justify-end pr-3 text-tiny whitespace-nowrap ${isBad ? "text-bad" : "text-soft"}`}
      >
        {Number.isNaN(spans.ended[at]) && <span className="mr-1 text-info">{state}</span>}
        {spanText(took)}
        {onPath && <span className="sr-only">, on the critical path</span>}
      </div>
    </div>
  );
});

const fills = { good: "bg-good", warn: "bg-warn", bad: "bg-bad", info: "bg-info" } as const;

function PartBox({ part: { kind, tone, x, width, title } }: { readonly part: Part }) {
  if (kind === "path")
    return (
      <span title={title} className="absolute bottom-0.5 h-[3px] bg-accent" style={{ left: x, width }} />
    );
  const looks = kind === "work" ? `rounded-[2px] ${fills[tone]}` : "border border-strong";
  return (
    <span
      title={plain(title)}
      className={`absolute top-1.5 h-3 ${looks}`}
      style={{ left: x, width, ...(kind === "wait" && WAITS) }}
    />
  );
}
