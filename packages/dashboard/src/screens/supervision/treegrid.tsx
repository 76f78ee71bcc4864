/** Tree grid: the lines of all systems. Arrows walk it: up and down, right opens, left closes or leads to what is above. */
import { useMemo } from "react";
import type { Child } from "../../api/types.ts";
import { useKeys } from "../../app/keys.ts";
import { Cells } from "../../parts/grid/cells.tsx";
import { Grid } from "../../parts/grid/grid.tsx";
import { columnsFor, type OnFold } from "./columns.tsx";
import type { Line } from "./places.ts";
import { walk } from "./walk.ts";

export interface TreeGridProps {
  readonly lines: readonly Line[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
  readonly onFold: OnFold;
  readonly onOpen: (place: Child | undefined) => void;
}

const arrows = {
  ArrowDown: "Next line",
  ArrowUp: "Line before",
  ArrowRight: "Open the branch",
  ArrowLeft: "Close the branch, or go up",
  Home: "First line",
  End: "Last line",
  j: "Next line",
  k: "Line before",
} as const;

const keyOf = ({ id }: Line): string => id;

export function TreeGrid({ lines, chosen, onChoose, onFold, onOpen }: TreeGridProps) {
  useKeys(
    useMemo(() => {
      const press = (key: string): void => {
        const step = walk(lines, chosen, key);
        if (step?.fold) onFold(step.fold.id, step.fold.isOpen);
        if (step?.choose !== undefined) onChoose(step.choose);
      };
      return [
        ...Object.entries(arrows).map(([key, does]) => ({ keys: key, does, run: () => press(key) })),
        {
          keys: "Enter",
          does: "Open the agent",
          run: () => onOpen(lines.find(({ id }) => id === chosen)?.place),
        },
        { keys: "Escape", does: "Choose nothing", run: () => onChoose(undefined) },
      ];
    }, [lines, chosen, onChoose, onFold, onOpen]),
  );
  const columns = useMemo(() => columnsFor(onFold), [onFold]);
  return (
    <Grid
      role="treegrid"
      label="What runs"
      items={lines}
      {...{ columns, keyOf, chosen }}
      cells={(line, shown) => <Cells columns={shown} item={line} />}
      row={(line) => ({
        "aria-level": line.level,
        "aria-posinset": line.position,
        "aria-setsize": line.siblings,
        "aria-expanded": line.hasChildren ? line.isOpen : undefined,
        onClick: () => onChoose(line.id),
        onDoubleClick: () => line.hasChildren && onFold(line.id, !line.isOpen),
      })}
    />
  );
}
