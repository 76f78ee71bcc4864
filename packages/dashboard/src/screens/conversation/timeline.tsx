/** Timeline: a lane for each agent, bars for what it handled and, hatched, for what waited; where nothing happened for long the line is folded. */
import { useCallback, useMemo, useRef, useState } from "react";
import { Legend } from "../../parts/legend.tsx";
import { busyIn, barsOf, timeLanes } from "./bars.ts";
import { isOpen } from "./drawn.ts";
import { foldGaps } from "./folding.ts";
import { useRoom } from "./room.ts";
import type { Scene } from "./scene.ts";
import { chosenOf, saidIn } from "./shownrecords.ts";
import { useSaidBeside, useSteps } from "./steps.ts";
import { Axis, Gaps, NAMES, type Seen } from "./timeaxis.tsx";
import { TimeLaneLine } from "./timelane.tsx";
import { useNow } from "../../parts/now.ts";

/** Of so many messages what goes on is drawn anew less often. */
const MANY = 2000;
/** How far beyond the edges it is drawn, in pixels. */
const BEYOND = 400;

export function Timeline({ scene }: { readonly scene: Scene }) {
  const { records, choice, until, zoom, chosen, choose, start } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);
  const [left, setLeft] = useState(0);
  const goesOn = useMemo(() => records.some(isOpen), [records]);
  const now = useNow(!goesOn ? 60_000 : records.length > MANY ? 2000 : 250);
  const all = useMemo(() => saidIn(records), [records]);
  // While it is replayed the line of time is that of the whole.
  const whole = useMemo(() => chosenOf(all, choice, undefined), [all, choice]);
  const end = goesOn ? now : 0;
  const bars = useMemo(() => barsOf(whole, end), [whole, end]);
  const folding = useMemo(() => foldGaps(busyIn(whole, bars)), [whole, bars]);
  const scale = ((room - NAMES - 48) * zoom * zoom) / folding.length;
  const lanes = useMemo(() => timeLanes(bars, folding, scale), [bars, folding, scale]);
  const width = Math.ceil(folding.length * scale) + 32;
  const head = until === undefined ? undefined : folding.place(until) * scale;
  const pick = useCallback((id: string) => choose(id), [choose]);
  const toEnd = useCallback(() => scroller.current?.scrollTo({ left: scroller.current.scrollWidth }), []);
  useSteps(
    useSaidBeside(whole, chosen),
    pick,
    useMemo(() => ({ follow: toEnd, pause: toEnd, isFollowing: false }), [toEnd]),
    false,
  );
  const isInSight = ({ x, width: long }: Seen): boolean =>
    x + long > left - BEYOND && x < left + room + BEYOND;
  const isSeen = (place: Seen): boolean => isInSight(place) && (head === undefined || place.x <= head);
  return (
    <div
      ref={scroller}
      data-scroller
      tabIndex={0}
      role="group"
      aria-label="Timeline of the conversation; the list view says the same in a table"
      className="h-full overflow-auto"
      onScroll={(event) => setLeft(event.currentTarget.scrollLeft)}
    >
      <div className="relative" style={{ width: NAMES + width }}>
        <Axis folding={folding} scale={scale} width={width} start={start} isSeen={isInSight} />
        {lanes.map((lane) => (
          <TimeLaneLine
            key={lane.name}
            lane={lane}
            width={width}
            isSeen={isSeen}
            head={head}
            chosen={chosen}
            pick={pick}
          />
        ))}
        <Gaps folding={folding} scale={scale} />
        <p className="sticky left-0 w-fit px-3 py-2" style={{ maxWidth: room }}>
          <Legend />
        </p>
      </div>
    </div>
  );
}
