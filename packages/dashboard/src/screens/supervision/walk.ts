/** Walk: where an arrow key leads in a tree of lines. */
import type { Line } from "./places.ts";

export interface Step {
  readonly choose?: string;
  readonly fold?: { readonly id: string; readonly isOpen: boolean };
}

/** What a key does where this line is chosen; undefined where it does nothing. */
export function walk(lines: readonly Line[], chosen: string | undefined, key: string): Step | undefined {
  const at = lines.findIndex(({ id }) => id === chosen);
  const line = lines[at];
  if (key === "Home") return to(lines[0]);
  if (key === "End") return to(lines.at(-1));
  if (line === undefined) return to(lines[0]);
  if (key === "ArrowDown" || key === "j") return to(lines[at + 1]);
  if (key === "ArrowUp" || key === "k") return to(lines[at - 1]);
  if (key === "ArrowRight") return right(lines, at, line);
  if (key !== "ArrowLeft") return undefined;
  if (line.hasChildren && line.isOpen) return { fold: { id: line.id, isOpen: false } };
  return to(lines.slice(0, at).findLast(({ level }) => level < line.level));
}

function right(lines: readonly Line[], at: number, line: Line): Step | undefined {
  if (!line.hasChildren) return undefined;
  return line.isOpen ? to(lines[at + 1]) : { fold: { id: line.id, isOpen: true } };
}

const to = (line: Line | undefined): Step | undefined => (line ? { choose: line.id } : undefined);
