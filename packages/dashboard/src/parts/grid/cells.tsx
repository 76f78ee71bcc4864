/** Cells: what every grid looks like: the height of a row, its line of heads, and a cell for each column that there is room for. */
import { useMemo } from "react";
import { SortHead } from "../sorthead.tsx";
import { fitting, templateOf, type Column, type Fit, type Head } from "./columns.ts";

/** Height of a row, and of the line of heads with its edge, in pixels. */
export const ROW = 28;
export const HEAD = 25;

/** What follows a column of figures keeps away from them. */
const APART = "[&>.text-right+:not(.text-right)]:pl-3";
const heads = `sticky top-0 z-10 grid items-center gap-x-3 border-b border-line bg-panel px-3 py-1 text-tiny text-soft ${APART}`;
/** A row that stands where it is put; one that is narrower than its text cuts it. */
export const LINE = `absolute top-0 right-0 left-0 grid items-center gap-x-3 border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen [&>*]:truncate [&_.inline-flex]:align-middle ${APART}`;

export const placeAt = (row: number) => ({ height: ROW, transform: `translateY(${row * ROW}px)` });

export interface Fitting<C> {
  readonly columns: readonly C[];
  readonly template: string;
}

/** The columns that a grid so many pixels wide has room for. */
export function useFitting<C extends Fit>(all: readonly C[], width: number): Fitting<C> {
  return useMemo(() => {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const columns = fitting(all, width / rem);
    return { columns, template: templateOf(columns) };
  }, [all, width]);
}

export interface HeadsProps<C> extends Fitting<C> {
  readonly className?: string;
  readonly order?: { readonly by: C | undefined; readonly down: boolean };
  readonly onSort?: (column: C) => void;
}

export function Heads<C extends Head>({ columns, template, className = "", order, onSort }: HeadsProps<C>) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={`${heads} ${className}`}
      style={{ gridTemplateColumns: template }}
    >
      {columns.map((column) => {
        const sorted = order?.by === column ? order : undefined;
        return (
          <span
            role="columnheader"
            key={column.name}
            aria-sort={sorted && (sorted.down ? "descending" : "ascending")}
            className={`truncate ${column.isFigure ? "text-right" : ""}`}
          >
            {onSort ? (
              <SortHead name={column.name} down={sorted?.down} onSort={() => onSort(column)} />
            ) : (
              (column.head ?? column.name)
            )}
          </span>
        );
      })}
    </div>
  );
}

export function Cells<T>({ columns, item }: { readonly columns: readonly Column<T>[]; readonly item: T }) {
  return columns.map(({ name, cell, look = "", isFigure }) => (
    <span role="gridcell" key={name} className={isFigure ? `text-right ${look}` : look}>
      {cell(item)}
    </span>
  ));
}
