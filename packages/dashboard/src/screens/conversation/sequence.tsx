/** Sequence: the conversation as a diagram: a lane for each agent, an arrow for each message, and what became of it where it happened. Only the rows in sight are drawn. */
import { useCallback, useEffect, useMemo, useRef, type RefObject } from "react";
import { useWindow } from "../../parts/window.ts";
import { ArrowLine } from "./arrow.tsx";
import { endsOf } from "./drawn.ts";
import { useFollow } from "./follow.ts";
import { diagramOf, rowAt, rowOf, stepFrom } from "./lanes.ts";
import { LaneHeads } from "./laneheads.tsx";
import { NewBar } from "./newbar.tsx";
import { useRoom } from "./room.ts";
import type { Scene } from "./scene.ts";
import { laneAt, sizesFor } from "./shapes.ts";
import { useSteps } from "./steps.ts";

/** Height of the names above. */
const HEAD = 38;
/** Rows beyond the edges: each is a drawing of its own. */
const BEYOND = 3;

export function Sequence({ scene }: { readonly scene: Scene }) {
  const { records, events, choice, zoom, start, chosen, choose, until, begins, isOpen } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);
  const diagram = useMemo(() => diagramOf(events, choice), [events, choice]);
  const { lanes } = diagram;
  const rows = useMemo(
    () => (until === undefined ? diagram.rows : diagram.rows.filter(({ event }) => event.at <= until)),
    [diagram, until],
  );
  const ends = useMemo(() => endsOf(records), [records]);
  const sizes = useMemo(() => sizesFor(lanes.length, room, zoom), [lanes.length, room, zoom]);
  const view = useWindow(scroller, rows.length, sizes.row, BEYOND);
  const following = useFollow(scroller, rows.length, begins, until !== undefined, rows.length * sizes.row);
  const { pause } = following;
  const pick = useCallback(
    (id: string | undefined) => {
      pause();
      choose(id);
    },
    [pause, choose],
  );
  const beside = useCallback((by: 1 | -1) => stepFrom(rows, chosen, by), [rows, chosen]);
  useSteps(beside, pick, following, isOpen);
  const chosenRow = rowOf(rows, chosen);
  const arrow = rows[chosenRow];
  const [low, high] =
    arrow?.kind === "arrow" ? [Math.min(arrow.from, arrow.to), Math.max(arrow.from, arrow.to)] : [0, 0];
  useChosenInSight(scroller, chosenRow, sizes.row, laneAt(sizes, low), laneAt(sizes, high));
  const [first = 0] = view.rows;
  return (
    <div className="relative h-full">
      <div
        ref={scroller}
        data-scroller
        tabIndex={0}
        role="group"
        aria-label="Sequence diagram. Brackets go from message to message; the list view says the same in a table."
        className="h-full overflow-auto bg-paper"
        onScroll={() => {
          view.scrolled(() => undefined, false);
          following.scrolled();
        }}
      >
        <div
          className="relative min-h-full"
          style={{ width: sizes.width, height: HEAD + rows.length * sizes.row + 12 }}
        >
          <LaneHeads lanes={lanes} sizes={sizes} height={HEAD} scene={scene} />
          {lanes.map(({ key, isFolded }, lane) => (
            <div
              key={key}
              aria-hidden
              className={`absolute bottom-0 -translate-x-1/2 bg-strong ${isFolded ? "w-1" : "w-px"}`}
              style={{ left: laneAt(sizes, lane), top: HEAD }}
            />
          ))}
          <svg
            aria-hidden
            className="absolute left-0 select-none [contain:strict]"
            style={{ top: HEAD, transform: `translateY(${first * sizes.row}px)` }}
            width={sizes.width}
            height={view.rows.length * sizes.row}
          >
            {view.rows.map((number) => {
              const row = rows[number];
              return (
                row && (
                  <ArrowLine
                    // Rows that scroll out are used again for those that scroll in.
                    key={number % view.slots}
                    row={until === undefined ? row : rowAt(row, until, ends)}
                    at={number - first}
                    start={start}
                    sizes={sizes}
                    isChosen={row.event.id === chosen}
                    choose={pick}
                  />
                )
              );
            })}
          </svg>
        </div>
      </div>
      <NewBar following={following} />
    </div>
  );
}

/** What is chosen comes into sight when it is chosen: its row, and both of its lanes where there is room. */
function useChosenInSight(
  scroller: RefObject<HTMLElement | null>,
  row: number,
  height: number,
  left: number,
  right: number,
): void {
  useEffect(() => {
    const at = scroller.current;
    if (!at || row < 0) return;
    const top = row * height;
    const isSeen = top >= at.scrollTop && top + height <= at.scrollTop + at.clientHeight - HEAD;
    if (!isSeen) at.scrollTo({ top: top - at.clientHeight / 3 });
    const fits = right - left < at.clientWidth - 80;
    const isBeside = left < at.scrollLeft || (fits && right > at.scrollLeft + at.clientWidth);
    if (isBeside) at.scrollTo({ left: left - Math.min(120, at.clientWidth / 4) });
  }, [scroller, row, height, left, right]);
}
