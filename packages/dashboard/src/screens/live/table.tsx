/** Live table: the rows on the screen, the pinned ones above them. */
import { useMemo, type ReactNode, type RefObject } from "react";
import type { Log, Message } from "../../live/log.ts";
import { Heads, ROW, useFitting } from "../../parts/grid/cells.tsx";
import type { Window } from "../../parts/window.ts";
import { columnsFor } from "./columns.tsx";
import { LiveRow } from "./row.tsx";

const UP = new Set(["PageUp", "ArrowUp", "Home"]);

export interface LiveTableProps {
  readonly log: Log;
  readonly first: number;
  readonly last: number;
  readonly view: Window;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly pins: readonly Message[];
  readonly chosen: string | undefined;
  readonly isColoured: boolean;
  readonly onUp: () => void;
  readonly onScroll: () => void;
  readonly onChoose: (id: string) => void;
  readonly onOpen: (message: Message) => void;
  readonly onPin: (message: Message) => void;
  readonly empty: ReactNode;
}

export function LiveTable(props: LiveTableProps) {
  const { log, first, last, view, scroller, pins, chosen, isColoured, onUp, onScroll, empty } = props;
  const { onChoose, onOpen, onPin } = props;
  // The pins are another list each time; who is among them is not.
  const pinned = pins.map(({ id }) => id).join(" ");
  const columns = useMemo(() => columnsFor(new Set(pinned.split(" ")), onPin), [pinned, onPin]);
  const shown = useFitting(columns, view.width);
  const same = { shown, isColoured, onChoose, onOpen };
  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="grid"
      aria-label="Messages"
      aria-rowcount={-1}
      className="min-h-0 grow overflow-auto text-small outline-none"
      aria-activedescendant={chosen === undefined ? undefined : "chosen-row"}
      onWheel={(event) => event.deltaY < 0 && onUp()}
      onTouchMove={onUp}
      onKeyDown={({ key }) => UP.has(key) && onUp()}
      // Whoever presses beside the rows holds the scroll bar.
      onPointerDown={({ target, currentTarget }) => target === currentTarget && onUp()}
      onScroll={onScroll}
    >
      <Heads {...shown} className="border-l-3 border-l-transparent" />
      {pins.length > 0 && (
        <div
          role="rowgroup"
          aria-label="Pinned"
          className="sticky top-[25px] z-10 border-b border-strong bg-raised"
        >
          {pins.map((pin) => (
            <LiveRow key={pin.id} entry={pin} row={undefined} isChosen={pin.id === chosen} {...same} />
          ))}
        </div>
      )}
      {last === first && empty}
      <div role="rowgroup" className="relative" style={{ height: (last - first) * ROW }}>
        {view.rows.map((row) => {
          const entry = log.at(first + row);
          const id = entry?.kind === "message" ? entry.id : undefined;
          return (
            entry && (
              <LiveRow
                key={(first + row) % view.slots}
                entry={entry}
                row={row}
                isChosen={id !== undefined && id === chosen}
                {...same}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
