/** Sort head: the name of a column that is a button, with an arrow where it is what is sorted by. */
import { ArrowDown, ArrowUp } from "lucide-react";

export interface SortHeadProps {
  readonly name: string;
  /** Whether the most stands first; undefined where it is not what is sorted by. */
  readonly down: boolean | undefined;
  readonly onSort: () => void;
}

export function SortHead({ name, down, onSort }: SortHeadProps) {
  const Arrow = down ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      className="inline-flex items-center gap-1 align-top hover:text-ink"
      onClick={onSort}
    >
      {name}
      {down !== undefined && <Arrow size={11} aria-hidden />}
    </button>
  );
}
