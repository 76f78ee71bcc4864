/** Arrow: one line of the sequence diagram: a message on its way, or what became of it. */
import type { Tone } from "@hermod/hub/drawing";
import { memo } from "react";
import { plain } from "../../parts/text.ts";
import type { Row } from "./lanes.ts";
import { shapeOf, sinceText, type Label, type Shape, type Sizes } from "./shapes.ts";

export interface ArrowProps {
  readonly row: Row;
  readonly at: number;
  readonly start: number;
  readonly sizes: Sizes;
  readonly isChosen: boolean;
  readonly choose: (id: string) => void;
}

const strokes: Readonly<Record<Tone, string>> = {
  good: "stroke-soft",
  quiet: "stroke-soft",
  strong: "stroke-ink",
  warn: "stroke-warn",
  bad: "stroke-bad",
};
const fills: Readonly<Record<Tone, string>> = {
  good: "fill-soft",
  quiet: "fill-soft",
  strong: "fill-ink",
  warn: "fill-warn",
  bad: "fill-bad",
};

export const ArrowLine = memo(function ArrowLine({ row, at, start, sizes, isChosen, choose }: ArrowProps) {
  const shape = shapeOf(row, sizes);
  const { event } = row;
  return (
    <g
      transform={`translate(0 ${at * sizes.row})`}
      className="group cursor-pointer"
      onClick={() => choose(event.id)}
    >
      <title>{titleOf(row)}</title>
      <rect
        width={sizes.width}
        height={sizes.row}
        className={isChosen ? "fill-chosen" : "fill-transparent group-hover:fill-hover"}
        fillOpacity={isChosen ? 0.85 : 0.6}
      />
      <text x={10} y={sizes.row * 0.62} fontSize={sizes.font * 0.88} className="fill-soft font-mono">
        {sinceText(event.at - start)}
      </text>
      <Line shape={shape} sizes={sizes} />
      <Words
        label={shape.label}
        tone={shape.tone}
        isMark={shape.form === "mark"}
        isChosen={isChosen}
        sizes={sizes}
      />
    </g>
  );
});

function titleOf({ event }: Row): string {
  if (event.type === "became") return plain(event.text);
  return plain(`${event.from} → ${event.to}: ${event.operation}, ${event.outcome}`);
}

function Words({
  label: { x, isLeft, text, outcome, isCrossed },
  tone,
  isMark,
  isChosen,
  sizes: { row, font },
}: {
  readonly label: Label;
  readonly tone: Tone;
  readonly isMark: boolean;
  readonly isChosen: boolean;
  readonly sizes: Sizes;
}) {
  return (
    <text
      x={x}
      y={row * (isMark ? 0.64 : 0.5)}
      fontSize={font}
      textAnchor={isLeft ? "start" : "end"}
      // Whatever stands behind the letters does not show through.
      paintOrder={isCrossed ? "stroke" : undefined}
      strokeWidth={isCrossed ? 4 : undefined}
      className={`${!isCrossed ? "" : isChosen ? "stroke-chosen" : "stroke-paper"} ${isMark ? (tone === "good" ? "fill-good" : fills[tone]) : "fill-ink"}`}
    >
      {text}
      {outcome !== "" && <tspan className={fills[tone]}>{` · ${outcome}`}</tspan>}
    </text>
  );
}

function Line({
  shape: { x1, x2, form, isDashed, tone, icon },
  sizes,
}: {
  readonly shape: Shape;
  readonly sizes: Sizes;
}) {
  if (form === "mark") return null;
  const y = sizes.row * 0.76;
  const line = { fill: "none", strokeWidth: 1.25, strokeDasharray: isDashed ? "4 3" : undefined };
  if (form === "loop") {
    const out = x1 + 26 * sizes.zoom;
    return (
      <>
        <path d={`M${x1} ${y - 8}H${out}V${y + 2}H${x1 + 5}`} {...line} className={strokes[tone]} />
        <Head x={x1} y={y + 2} isRight={false} tone={tone} icon={icon} />
      </>
    );
  }
  const isRight = x2 > x1;
  return (
    <>
      <path d={`M${x1} ${y}H${x2 + (isRight ? -5 : 5)}`} {...line} className={strokes[tone]} />
      <circle cx={x1} cy={y} r={2.5} className={fills[tone]} />
      <Head x={x2} y={y} isRight={isRight} tone={tone} icon={icon} />
    </>
  );
}

function Head({
  x,
  y,
  isRight,
  tone,
  icon,
}: Pick<Shape, "tone" | "icon"> & { readonly x: number; readonly y: number; readonly isRight: boolean }) {
  if (icon === "cross")
    return (
      <>
        <circle cx={x} cy={y} r={6} className="fill-bad" />
        <path d={`M${x - 2.5} ${y - 2.5}l5 5m0-5l-5 5`} strokeWidth={1.5} className="stroke-paper" />
      </>
    );
  const back = isRight ? -7 : 7;
  return (
    <>
      <path d={`M${x} ${y}l${back} -4v8z`} className={fills[tone]} />
      {icon === "ring" && (
        <circle cx={x + back * 2} cy={y} r={3.5} strokeWidth={1.5} className="fill-paper stroke-warn" />
      )}
    </>
  );
}
