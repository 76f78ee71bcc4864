/** Waterfall: a line for each message, what follows from it below it; only those on the screen are drawn. */
import { unfolded, type Spans } from "@hermod/hub/drawing";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "@tanstack/react-router";
import { useKeys } from "../../app/keys.ts";
import { Button } from "../../parts/button.tsx";
import { Legend } from "../../parts/legend.tsx";
import { countText, counted } from "../../parts/text.ts";
import { useWindow } from "../../parts/window.ts";
import { useRoom } from "../conversation/room.ts";
import { Axis, Gaps } from "./axis.tsx";
import { Links } from "./joints.tsx";
import type { Scale } from "./parts.ts";
import { lineId, Row } from "./row.tsx";
import { ROW, type Scene } from "./scene.ts";

export interface WaterfallProps {
  readonly scene: Scene;
  readonly chosen: string | undefined;
  readonly choose: (id: string | undefined) => void;
}

/** Right of the bars, and the least room for them. */
const TAIL = 84;
const LEAST = 40;
const HEAD = 28;

export function Waterfall({ scene, chosen, choose }: WaterfallProps) {
  const { spans, folding, path, extent, now } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const room = useRoom(scroller);
  const names = namesIn(room);
  const scale = useMemo<Scale>(
    () => ({ folding, now, scale: Math.max(LEAST, room - names - TAIL - 16) / folding.length }),
    [folding, now, room, names],
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [onlyPath, setOnlyPath] = useState(false);
  const shown = useMemo(() => {
    const marks = new Uint8Array(spans.count);
    if (folded.size > 0)
      for (let at = 0; at < spans.count; at++) if (folded.has(keyOf(spans, at))) marks[at] = 1;
    const rows = unfolded(spans, marks);
    return onlyPath ? rows.filter((at) => (path.share[at] as number) > 0) : rows;
  }, [spans, folded, onlyPath, path]);
  const window = useWindow(scroller, shown.length, ROW);
  const { rows } = window;
  const toggle = useCallback(
    (at: number) =>
      setFolded((before) => {
        const next = new Set(before);
        if (!next.delete(keyOf(spans, at))) next.add(keyOf(spans, at));
        return next;
      }),
    [spans],
  );
  const place = useMemo(
    () => (chosen === undefined ? -1 : shown.findIndex((at) => spans.ids[at] === chosen)),
    [shown, spans, chosen],
  );
  useWalk({ spans, shown, place, folded, toggle, choose });
  useEffect(() => {
    const element = scroller.current;
    if (!element || place < 0) return;
    const top = place * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW + HEAD > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW + HEAD - element.clientHeight;
  }, [place]);
  const parents = useMemo(() => withParts(spans), [spans]);
  const foldAll = (): void =>
    setFolded(folded.size > 0 ? new Set() : new Set(parents.map((at) => keyOf(spans, at))));
  return (
    <div className="flex min-w-0 grow flex-col">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-tiny text-soft">
        <Button kind="quiet" disabled={parents.length === 0} onClick={foldAll}>
          {folded.size > 0 ? "Unfold all" : "Fold all"}
        </Button>
        <label className="flex items-center gap-1.5 text-small">
          <input type="checkbox" checked={onlyPath} onChange={({ target }) => setOnlyPath(target.checked)} />
          only the critical path
        </label>
        <span>
          {shown.length === spans.count
            ? counted(spans.count, "line")
            : `${countText(shown.length)} of ${counted(spans.count, "line")}`}
        </span>
        <span className="grow" />
        <Legend hasPath />
      </div>
      <div
        ref={scroller}
        role="treegrid"
        aria-label="The messages of the trace, what follows from each below it"
        aria-rowcount={shown.length}
        aria-colcount={3}
        aria-activedescendant={rows.includes(place) ? lineId(place) : undefined}
        tabIndex={0}
        className="relative min-h-0 grow overflow-auto"
        onScroll={() => window.scrolled(() => undefined, false)}
      >
        <Axis scale={scale} start={extent.from} names={names} height={HEAD} />
        <div className="relative" style={{ height: shown.length * ROW }}>
          <Gaps scale={scale} names={names} />
          <Links {...{ scene, scale, shown, rows, names, chosen: place }} />
          {rows.map((row) => {
            const at = shown[row] as number;
            return (
              <Row
                key={keyOf(spans, at)}
                {...{ scene, scale, at, row, names, choose, toggle }}
                isChosen={row === place}
                isFolded={folded.has(keyOf(spans, at))}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The width of the names: a third of the room, and where that is little as much as leaves some for the bars. */
const namesIn = (room: number): number =>
  Math.round(Math.min(420, Math.max(room * 0.36, Math.min(220, room - TAIL - 2 * LEAST - 16))));

/** A message may stand there more than once: for each who got a copy. */
const keyOf = ({ ids, receivers }: Spans, at: number): string => `${ids[at]} ${receivers[at]}`;

function withParts({ count, last }: Spans): readonly number[] {
  const own: number[] = [];
  for (let at = 0; at < count; at++) if ((last[at] as number) > at + 1) own.push(at);
  return own;
}

interface Walk {
  readonly spans: Spans;
  readonly shown: Int32Array;
  readonly place: number;
  readonly folded: ReadonlySet<string>;
  readonly toggle: (at: number) => void;
  readonly choose: (id: string | undefined) => void;
}

function useWalk({ spans, shown, place, folded, toggle, choose }: Walk): void {
  const navigate = useNavigate();
  useKeys(
    useMemo(() => {
      const at = shown[place];
      const go = (row: number): void =>
        choose(spans.ids[shown[Math.max(0, Math.min(shown.length - 1, row))] as number]);
      const fold = (wanted: boolean): void => {
        if (at === undefined) return;
        const hasParts = (spans.last[at] as number) > at + 1;
        if (hasParts && folded.has(keyOf(spans, at)) !== wanted) return toggle(at);
        const parent = spans.parent[at] as number;
        if (wanted && parent >= 0) go(shown.indexOf(parent));
      };
      return [
        { keys: "j", does: "Next message", run: () => go(place + 1) },
        { keys: "k", does: "Message before", run: () => go(place - 1) },
        { keys: "ArrowDown", does: "Next message", run: () => go(place + 1) },
        { keys: "ArrowUp", does: "Message before", run: () => go(place - 1) },
        { keys: "ArrowRight", does: "Show what follows from it", run: () => fold(false) },
        {
          keys: "ArrowLeft",
          does: "Fold what follows from it, or go to what it follows from",
          run: () => fold(true),
        },
        {
          keys: "Enter",
          does: "Open the message",
          run: () =>
            at !== undefined &&
            void navigate({ to: "/messages/$id", params: { id: spans.ids[at] as string } }),
        },
        { keys: "Escape", does: "Look at no message", run: () => choose(undefined) },
      ];
    }, [spans, shown, place, folded, toggle, choose, navigate]),
  );
}
