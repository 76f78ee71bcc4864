/** Table: a list whose rows can be sorted by a column and walked with j and k; drawn in full, so for hundreds of rows. */
import { useMemo, useState, type ReactNode } from "react";
import { useKeys } from "../app/keys.ts";
import { SortHead } from "./sorthead.tsx";

export interface Column<T> {
  readonly name: string;
  readonly cell: (item: T) => ReactNode;
  /** What it is sorted by; without it, it cannot be. */
  readonly by?: (item: T) => number | string;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
  /** It takes the room that the others leave, and is cut where that is little. */
  readonly isWide?: boolean;
  /** Where the table is narrower than so many rem, this column is left out. */
  readonly from?: keyof typeof widths;
}

/** Written out, so that the style sheet is made with them. */
const widths = {
  36: "@max-[36rem]:hidden",
  44: "@max-[44rem]:hidden",
  52: "@max-[52rem]:hidden",
  60: "@max-[60rem]:hidden",
} as const;

/** What follows a column of figures keeps away from them. */
function lookOf<T>({ isFigure = false, isWide = false, from }: Column<T>): string {
  const side = isFigure ? "text-right" : "[.text-right+&]:pl-5";
  return `px-2 first:pl-3 last:pr-3 ${side} ${isWide ? "w-full max-w-0 truncate" : ""} ${from === undefined ? "" : widths[from]}`;
}

export interface TableProps<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string;
  /** What is chosen, and what becomes of a choice. */
  readonly chosen?: string | undefined;
  readonly onChoose?: (key: string) => void;
  readonly onOpen?: (key: string) => void;
}

export function Table<T>({ label, items, columns, keyOf, chosen, onChoose, onOpen }: TableProps<T>) {
  const [{ by, down }, setOrder] = useState({ by: -1, down: true });
  const sorted = useMemo(() => {
    const value = columns[by]?.by;
    return value === undefined
      ? items
      : items.toSorted((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (down ? -1 : 1));
  }, [items, columns, by, down]);
  useKeys(
    useMemo(() => {
      const step = (to: number): void => {
        const at = sorted.findIndex((item) => keyOf(item) === chosen);
        const next = sorted[Math.max(0, Math.min(sorted.length - 1, at + to))];
        if (next !== undefined) onChoose?.(keyOf(next));
      };
      if (!onChoose) return [];
      return [
        { keys: "j", does: "Next row", run: () => step(1) },
        { keys: "k", does: "Row before", run: () => step(-1) },
        ...(onOpen
          ? [{ keys: "Enter", does: "Open the row", run: () => chosen !== undefined && onOpen(chosen) }]
          : []),
      ];
    }, [sorted, chosen, keyOf, onChoose, onOpen]),
  );
  return (
    <div className="@container">
      <table
        aria-label={label}
        className="w-full border-separate border-spacing-0 text-small whitespace-nowrap [&_.inline-flex]:align-middle"
      >
        <thead className="sticky top-0 z-1 bg-panel">
          <tr className="text-left text-tiny text-soft">
            {columns.map((column, at) => (
              <th
                key={column.name}
                scope="col"
                aria-sort={by === at ? (down ? "descending" : "ascending") : undefined}
                className={`${lookOf(column)} border-b border-line py-1 font-normal`}
              >
                {column.by ? (
                  <SortHead
                    name={column.name}
                    down={by === at ? down : undefined}
                    onSort={() => setOrder({ by: at, down: by === at ? !down : true })}
                  />
                ) : (
                  column.name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((item) => {
            const key = keyOf(item);
            return (
              <tr
                key={key}
                aria-selected={key === chosen}
                className="hover:bg-hover aria-selected:bg-chosen"
                onClick={() => onChoose?.(key)}
                onDoubleClick={() => onOpen?.(key)}
              >
                {columns.map((column) => (
                  <td key={column.name} className={`${lookOf(column)} h-7 border-b border-line/60`}>
                    {column.cell(item)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
