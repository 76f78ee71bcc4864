/** Range picker: how far back the charts reach. */
import type { Range } from "../../api/types.ts";
import { ranges } from "./ranges.ts";

export function RangePicker({
  range,
  onRange,
}: {
  readonly range: Range;
  readonly onRange: (range: Range) => void;
}) {
  return (
    <div
      role="group"
      aria-label="How far back"
      className="ml-auto flex overflow-hidden rounded-chip border border-strong"
    >
      {ranges.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === range}
          className="border-r border-line px-2.5 py-1 text-small last:border-r-0 hover:bg-hover aria-pressed:bg-chosen aria-pressed:font-medium"
          onClick={() => onRange(each)}
        >
          {each}
        </button>
      ))}
    </div>
  );
}
