/** Time lane: what one agent handled and, hatched, what waited for it. */
import { plain } from "../../parts/text.ts";
import type { TimeLane } from "./bars.ts";
import { NAMES, type Seen } from "./timeaxis.tsx";
import { BarShape, PAD, TRACK } from "./timebar.tsx";

export function TimeLaneLine({
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
