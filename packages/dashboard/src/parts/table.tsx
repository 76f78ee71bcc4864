/** Table: a list whose rows can be sorted by a column and walked with j and k; drawn in full, so for hundreds of rows. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { useKeys } from "../app/keys.ts";

export interface Column<T> {
  readonly name: string;
  readonly cell: (item: T) => ReactNode;
  /** What it is sorted by; without it, it cannot be. */
  readonly by?: (item: T) => number | string;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
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
    <table aria-label={label} className="w-full border-collapse text-small">
      <thead>
        <tr className="border-b border-line text-left text-tiny text-soft">
          {columns.map((column, at) => (
            <th
              key={column.name}
              scope="col"
              aria-sort={by === at ? (down ? "descending" : "ascending") : undefined}
              className={`px-2 py-1 font-normal ${column.isFigure ? "text-right" : ""}`}
            >
              {column.by ? (
                <button
                  type="button"
                  className="inline-flex items-center gap-1 hover:text-ink"
                  onClick={() => setOrder({ by: at, down: by === at ? !down : true })}
                >
                  {column.name}
                  {by === at &&
                    (down ? <ArrowDown size={11} aria-hidden /> : <ArrowUp size={11} aria-hidden />)}
                </button>
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
              className="border-b border-line/60 hover:bg-hover aria-selected:bg-chosen"
              onClick={() => onChoose?.(key)}
              onDoubleClick={() => onOpen?.(key)}
            >
              {columns.map((column) => (
                <td
                  key={column.name}
                  className={`px-2 py-1 align-top ${column.isFigure ? "text-right" : ""}`}
                >
                  {column.cell(item)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
