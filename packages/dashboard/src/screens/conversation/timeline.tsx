/** Timeline: a lane for each agent, bars for what it handled and, hatched, for what waited; where nothing happened for long the line is folded. */
import { useCallback, useMemo, useRef, useState } from "react";
import { counted, plain, spanText } from "../../parts/text.ts";
import { busyIn, barsOf, tickStep, timeLanes, type Placed, type TimeLane } from "./bars.ts";
import { isOpen } from "./drawn.ts";
import { foldGaps, type Folding } from "./folding.ts";
import { useRoom } from "./room.ts";
import type { Scene } from "./scene.ts";
import { sinceText } from "./shapes.ts";
import { chosenOf, saidIn } from "./shownrecords.ts";
import { useSteps } from "./steps.ts";
import { useNow } from "../../parts/now.ts";

const NAMES = 168;
const TRACK = 18;
const PAD = 6;
const HEAD = 30;
/** Pixels between two marks of the time. */
const TICK = 110;
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
    whole,
    chosen,
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
          <LaneLine
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
        <Legend room={room} />
      </div>
    </div>
  );
}

interface Seen {
  readonly x: number;
  readonly width: number;
}

function Axis({
  folding,
  scale,
  width,
  start,
  isSeen,
}: {
  readonly folding: Folding;
  readonly scale: number;
  readonly width: number;
  readonly start: number;
  readonly isSeen: (place: Seen) => boolean;
}) {
  const step = tickStep(TICK / scale);
  const ticks = folding.pieces.flatMap(({ from, to, isGap, at }) => {
    if (isGap) return [];
    const own: { readonly time: number; readonly x: number }[] = [];
    for (
      let time = start + Math.ceil((from - start) / step) * step;
      time <= to && own.length < 2000;
      time += step
    )
      own.push({ time, x: (at + time - from) * scale });
    return own;
  });
  const apart = ticks.filter(({ x }, at) => at === 0 || x - (ticks[at - 1]?.x ?? 0) > TICK * 0.6);
  return (
    <div
      className="sticky top-0 z-5 border-b border-line bg-panel"
      style={{ height: HEAD, width: NAMES + width }}
    >
      <div
        className="sticky left-0 z-5 h-full border-r border-line bg-panel px-3 pt-1.5 text-tiny text-soft"
        style={{ width: NAMES }}
      >
        since the beginning
      </div>
      {apart
        .filter(({ x }) => isSeen({ x, width: TICK }))
        .map(({ time, x }) => (
          <span
            key={time}
            className="absolute top-1.5 border-l border-strong pl-1 font-mono text-tiny whitespace-nowrap text-soft"
            style={{ left: NAMES + x }}
          >
            {sinceText(time - start)}
          </span>
        ))}
    </div>
  );
}

function LaneLine({
  lane: { name, tracks, bars },
  width,
  isSeen,
  head,
  chosen,
  pick,
}: {
  readonly lane: TimeLane;
  readonly width: number;
  readonly isSeen: (place: Seen) => boolean;
  readonly head: number | undefined;
  readonly chosen: string | undefined;
  readonly pick: (id: string) => void;
}) {
  const height = tracks * TRACK + PAD * 2;
  return (
    <div className="flex border-b border-line/60" style={{ height }}>
      <div
        className="sticky left-0 z-4 shrink-0 truncate border-r border-line bg-panel px-3 py-1 text-small font-medium"
        style={{ width: NAMES }}
        title={plain(name)}
      >
        {plain(name)}
      </div>
      <svg aria-hidden width={width} height={height} className="shrink-0">
        <defs>
          <pattern
            id="waits"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <path d="M0 0V6" strokeWidth={2.5} className="stroke-soft" />
          </pattern>
        </defs>
        {bars.filter(isSeen).map((placed) => (
          <BarShape
            key={`${placed.bar.id} ${placed.bar.phase} ${placed.bar.attempt}`}
            placed={placed}
            most={head === undefined ? Infinity : head - placed.x}
            isChosen={placed.bar.id === chosen}
            pick={pick}
          />
        ))}
        {head !== undefined && (
          <path d={`M${head} 0V${height}`} strokeWidth={1.5} className="stroke-accent" />
        )}
      </svg>
    </div>
  );
}

const fills = { good: "fill-good", warn: "fill-warn", bad: "fill-bad", info: "fill-info" } as const;

function BarShape({
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

function Gaps({ folding: { pieces }, scale }: { readonly folding: Folding; readonly scale: number }) {
  return pieces
    .filter(({ isGap }) => isGap)
    .map(({ at, length, from, to }) => (
      <div
        key={from}
        title={`Nothing happened for ${spanText(to - from)}`}
        className="pointer-events-none absolute bottom-0 border-x border-dashed border-strong bg-hover/60"
        style={{ top: HEAD, left: NAMES + at * scale, width: Math.max(2, length * scale) }}
      >
        <span className="absolute top-1/2 left-1/2 -translate-1/2 rounded-chip bg-raised px-1 text-tiny whitespace-nowrap text-soft [writing-mode:vertical-rl]">
          ⋯ {spanText(to - from)}
        </span>
      </div>
    ));
}

function Legend({ room }: { readonly room: number }) {
  return (
    <p
      className="sticky left-0 flex w-fit flex-wrap gap-x-4 px-3 py-2 text-tiny text-soft"
      style={{ maxWidth: room }}
    >
      <span>▨ waited</span>
      <span>■ handled</span>
      <span>✖ failed</span>
      <span>⋯ nothing happened: folded</span>
    </p>
  );
}
