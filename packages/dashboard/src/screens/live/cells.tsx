/** Cells: what a row of the live table shows; the header stands over the same columns. */
import { Pin } from "lucide-react";
import type { Entry, Message } from "../../live/log.ts";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { clockText, countText, plain, sizeText, spanText } from "../../parts/text.ts";
import { Way } from "../messages/columns.tsx";

export const ROW = 26;
/** Narrow windows scroll sideways. */
export const COLUMNS =
  "grid min-w-[58rem] grid-cols-[6rem_4.5rem_minmax(10rem,14rem)_6.5rem_4.75rem_4rem_3.5rem_minmax(12rem,1fr)_1.25rem] items-center gap-x-3 px-3";

const names = ["time", "kind", "from → to", "operation", "state", "took", "size", "payload"] as const;
const figures: ReadonlySet<string> = new Set(["took", "size"]);

export function Header() {
  return (
    <div
      role="row"
      className={`${COLUMNS} sticky top-0 z-10 border-b border-l-3 border-line border-l-transparent bg-panel py-1 text-tiny text-soft`}
    >
      {names.map((name) => (
        <span role="columnheader" key={name} className={figures.has(name) ? "text-right" : ""}>
          {name}
        </span>
      ))}
      <span role="columnheader">
        <span className="sr-only">pin</span>
      </span>
    </div>
  );
}

export interface CellsProps {
  readonly entry: Entry;
  readonly isPinned: boolean;
  readonly onPin: (message: Message) => void;
}

export function Cells({ entry, isPinned, onPin }: CellsProps) {
  if (entry.kind === "gap") return <GapCell missed={entry.missed} />;
  const { sentAt, verb, type, operation, state, ms, size, preview, id } = entry;
  // What went wrong before it went well is told with its attempts.
  const error = state === "done" ? undefined : entry.error;
  return (
    <>
      <span role="gridcell" className="font-mono text-tiny text-soft">
        {clockText(sentAt)}
      </span>
      <span role="gridcell">
        <Kind verb={verb} type={type} />
      </span>
      <span role="gridcell">
        <Way line={entry} />
      </span>
      <span role="gridcell">{plain(operation)}</span>
      <span role="gridcell">
        <Status state={state} />
      </span>
      <span role="gridcell" className="text-right text-soft">
        {ms === undefined ? "" : spanText(ms)}
      </span>
      <span role="gridcell" className="text-right text-soft">
        {sizeText(size)}
      </span>
      <span
        role="gridcell"
        className={`font-mono text-tiny ${error === undefined ? "text-soft" : "text-bad"}`}
      >
        {plain(error ?? preview)}
      </span>
      <span role="gridcell">
        <button
          type="button"
          tabIndex={-1}
          aria-pressed={isPinned}
          aria-label={isPinned ? `Unpin ${plain(id)}` : `Pin ${plain(id)}`}
          title={isPinned ? "Unpin (p)" : "Keep in sight (p)"}
          className="text-soft opacity-0 group-hover:opacity-100 hover:text-ink aria-pressed:text-accent aria-pressed:opacity-100"
          onClick={(event) => (event.stopPropagation(), onPin(entry))}
        >
          <Pin size={13} aria-hidden />
        </button>
      </span>
    </>
  );
}

function GapCell({ missed }: { readonly missed: number | null }) {
  return (
    <span role="gridcell" aria-colspan={9} className="col-span-full text-warn">
      ⋯ {missed === null ? "some messages were" : `${countText(missed)} events were`} missed here: the page
      was too slow or cut off
    </span>
  );
}
