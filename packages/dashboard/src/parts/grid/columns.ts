/** Columns of a grid: where it is narrow those that matter least go, so that the others can be read. Widths are in rem. */
import type { ReactNode } from "react";

export interface Fit {
  /** The room that it needs. */
  readonly least: number;
  /** What it may grow to, as a template says it: "14rem", "1fr"; without it, it does not. */
  readonly most?: string;
  /** The lowest goes first; without it, it stays however narrow the grid is. */
  readonly worth?: number;
}

export interface Head extends Fit {
  readonly name: string;
  /** What stands above it in the place of its name. */
  readonly head?: ReactNode;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
}

export interface Column<T> extends Head {
  /** Classes of its cells. */
  readonly look?: string;
  readonly cell: (item: T) => ReactNode;
}

/** Between two columns, and at both edges together. */
const GAP = 0.75;
const EDGES = 1.75;

const needed = (columns: readonly Fit[]): number =>
  columns.reduce((sum, { least }) => sum + least + GAP, EDGES - GAP);

/** Those that there is room for. */
export function fitting<C extends Fit>(columns: readonly C[], room: number): readonly C[] {
  if (needed(columns) <= room) return columns;
  const [first] = columns
    .filter(({ worth }) => worth !== undefined)
    .toSorted((a, b) => (a.worth ?? 0) - (b.worth ?? 0));
  return first === undefined
    ? columns
    : fitting(
        columns.filter((each) => each !== first),
        room,
      );
}

/** The template of these columns. */
export const templateOf = (columns: readonly Fit[]): string =>
  columns
    .map(({ least, most }) => (most === undefined ? `${least}rem` : `minmax(${least}rem, ${most})`))
    .join(" ");
