/** Grid: rows of a list in columns, of which only those in sight are drawn, however many there are. What is chosen comes into sight. */
import { useEffect, useRef, type HTMLAttributes, type ReactNode } from "react";
import { reveal, useWindow } from "../window.ts";
import { HEAD, Heads, LINE, placeAt, ROW, useFitting, type HeadsProps } from "./cells.tsx";
import type { Head } from "./columns.ts";

export interface GridProps<T, C extends Head> extends Pick<HeadsProps<C>, "order" | "onSort"> {
  readonly label: string;
  readonly role?: "grid" | "treegrid";
  readonly columns: readonly C[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The key of what is chosen. */
  readonly chosen: string | undefined;
  /** What a row says of itself, and what it does when it is pressed. */
  readonly row: (item: T) => HTMLAttributes<HTMLDivElement>;
  /** What stands in a row below these columns. */
  readonly cells: (item: T, columns: readonly C[]) => ReactNode;
  /** The end comes near. */
  readonly onEnd?: () => void;
}

export function Grid<T, C extends Head>(props: GridProps<T, C>) {
  const { label, role = "grid", items, keyOf, chosen, row, cells, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, items.length, ROW);
  const { columns, template } = useFitting(props.columns, view.width);
  const place = chosen === undefined ? -1 : items.findIndex((item) => keyOf(item) === chosen);
  // Only when something else is chosen: a list that comes in another order stays where it is read.
  useEffect(() => reveal(scroller.current, place, ROW, HEAD), [chosen, place < 0]);
  const isNearEnd = (view.rows.at(-1) ?? 0) >= items.length - 1;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, items.length, onEnd]);
  return (
    <div
      ref={scroller}
      role={role}
      aria-label={label}
      aria-rowcount={items.length + 1}
      tabIndex={0}
      className="min-h-0 grow overflow-auto text-small outline-offset-[-2px]"
      onScroll={() => view.scrolled(() => undefined, false)}
    >
      <Heads {...props} {...{ columns, template }} />
      <div role="rowgroup" className="relative" style={{ height: items.length * ROW }}>
        {view.rows.map((at) => {
          const item = items[at] as T;
          return (
            <div
              key={keyOf(item)}
              role="row"
              aria-rowindex={at + 2}
              aria-selected={at === place}
              className={LINE}
              style={{ ...placeAt(at), gridTemplateColumns: template }}
              {...row(item)}
            >
              {cells(item, columns)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
