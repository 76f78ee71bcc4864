/** Line: the traffic from one to another: as wide as it is much, tinted by what fails, with a point of light where something goes now. */
import { EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import { CircleX } from "lucide-react";
import { memo } from "react";
import { countText, rateText } from "../../parts/text.ts";
import { lineText, tintOf } from "./ends.ts";
import { SIZE, type Place } from "./layout.ts";
import { widthOf, type Line } from "./picture.ts";

export type LineEdge = Edge<
  {
    readonly line: Line;
    /** What it is called: "writer → critic". */
    readonly name: string;
    /** Seconds that its figures are of. */
    readonly seconds: number;
    readonly isFaint: boolean;
    readonly isTold: boolean;
    readonly isMoving: boolean;
    readonly open: (line: Line) => void;
  },
  "line"
>;

const strokes = { plain: "stroke-strong", warn: "stroke-warn", bad: "stroke-bad" } as const;
const fills = { plain: "fill-strong", warn: "fill-warn", bad: "fill-bad" } as const;

export const LinePath = memo(function LinePath(props: EdgeProps<LineEdge>) {
  const { sourceX, sourceY, targetX, targetY, data } = props;
  if (!data) return null;
  const { line, name, seconds, isFaint, isTold, isMoving, open } = data;
  const { path, sign, head } = curve(
    { x: sourceX - SIZE.width / 2, y: sourceY },
    { x: targetX + SIZE.width / 2, y: targetY },
  );
  const [tint, width] = [tintOf(line), widthOf(line)];
  const faint = isFaint ? "opacity-15" : "";
  return (
    <>
      <g className={faint}>
        <title>{`${name}: ${lineText(line, seconds)}`}</title>
        <path d={path} fill="none" strokeWidth={width} className={strokes[tint]} />
        <path d={head} className={`${fills[tint]} group-data-far/flow:hidden`} />
        <path
          d={path}
          fill="none"
          strokeWidth={Math.max(18, width)}
          className="react-flow__edge-interaction"
        />
        {isMoving && (
          <path
            d={path}
            fill="none"
            strokeWidth={Math.max(1.5, width * 0.5)}
            strokeLinecap="round"
            strokeDasharray="1 19"
            className="pointer-events-none stroke-accent"
            style={{ animation: "dashdraw 1s linear infinite" }}
          />
        )}
      </g>
      {isTold && !isFaint && (
        <EdgeLabelRenderer>
          <button
            type="button"
            tabIndex={-1}
            className="nodrag nopan pointer-events-auto absolute rounded-chip border border-line bg-panel px-1 text-tiny whitespace-nowrap text-soft hover:text-ink"
            style={{ transform: `translate(-50%, -50%) translate(${sign.x}px, ${sign.y}px)` }}
            onClick={() => open(line)}
          >
            {rateText(line.amount / seconds)}/s
            {line.failed > 0 && (
              <span className={tint === "bad" ? "text-bad" : "text-warn"}>
                {" "}
                <CircleX size={10} aria-hidden className="inline align-[-1px]" /> {countText(line.failed)}{" "}
                failed
              </span>
            )}
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** From edge to edge of two boxes around these points, bent to the right of its way, so that there and back are two lines. */
function curve(a: Place, b: Place): { readonly path: string; readonly sign: Place; readonly head: string } {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const far = Math.hypot(dx, dy) || 1;
  const bend = Math.min(46, far * 0.14);
  const by = { x: (a.x + b.x) / 2 - (dy / far) * bend, y: (a.y + b.y) / 2 + (dx / far) * bend };
  const [start, end] = [border(a, by), border(b, by)];
  const angle = Math.atan2(end.y - by.y, end.x - by.x);
  const corner = (turn: number): string =>
    `${(end.x - 11 * Math.cos(angle + turn)).toFixed(1)} ${(end.y - 11 * Math.sin(angle + turn)).toFixed(1)}`;
  const tip = { x: end.x - 6 * Math.cos(angle), y: end.y - 6 * Math.sin(angle) };
  return {
    path: `M${start.x.toFixed(1)} ${start.y.toFixed(1)}Q${by.x.toFixed(1)} ${by.y.toFixed(1)} ${tip.x.toFixed(1)} ${tip.y.toFixed(1)}`,
    sign: signAt(start, by, end),
    head: `M${end.x.toFixed(1)} ${end.y.toFixed(1)}L${corner(0.45)}L${corner(-0.45)}Z`,
  };
}

/** How far before its end a line says its figures: between two columns, where no box lies over it and lines of one beginning are apart. */
const BEFORE_END = 44;

function signAt(start: Place, by: Place, end: Place): Place {
  const part = 1 - Math.min(0.5, BEFORE_END / Math.max(1, Math.hypot(end.x - start.x, end.y - start.y)));
  const on = (a: number, b: number, c: number): number =>
    (1 - part) ** 2 * a + 2 * part * (1 - part) * b + part ** 2 * c;
  return { x: on(start.x, by.x, end.x), y: on(start.y, by.y, end.y) };
}

/** Where the way from the centre of a box to a point leaves it. */
function border(at: Place, to: Place): Place {
  const [dx, dy] = [to.x - at.x, to.y - at.y];
  const part = Math.min(
    1,
    SIZE.width / 2 / Math.max(1e-6, Math.abs(dx)),
    SIZE.height / 2 / Math.max(1e-6, Math.abs(dy)),
  );
  return { x: at.x + dx * part, y: at.y + dy * part };
}
