/** Row: one entry of the live table. */
import { memo, type CSSProperties } from "react";
import type { Entry, Message } from "../../live/log.ts";
import { Cells, COLUMNS, ROW } from "./cells.tsx";
import { stripeOf } from "./stripe.ts";

export interface LiveRowProps {
  readonly entry: Entry;
  /** Where it stands in the list; undefined for a pinned one, which stands above it. */
  readonly row: number | undefined;
  readonly isChosen: boolean;
  readonly isPinned: boolean;
  readonly isColoured: boolean;
  readonly onChoose: (id: string) => void;
  readonly onOpen: (message: Message) => void;
  readonly onPin: (message: Message) => void;
}

export const LiveRow = memo(function LiveRow(props: LiveRowProps) {
  const { entry, row, isChosen, isPinned, isColoured, onChoose, onOpen, onPin } = props;
  const message = entry.kind === "message" ? entry : undefined;
  const stripe = isColoured && message ? stripeOf(message.conversation) : "border-l-transparent";
  const place: CSSProperties =
    row === undefined ? {} : { position: "absolute", transform: `translateY(${row * ROW}px)` };
  return (
    <div
      role="row"
      id={isChosen && row !== undefined ? "chosen-row" : undefined}
      aria-rowindex={row === undefined ? undefined : row + 2}
      aria-selected={isChosen}
      className={`${COLUMNS} group top-0 right-0 left-0 [contain:strict] border-b border-l-3 border-line/60 ${stripe} hover:bg-hover aria-selected:bg-chosen [&>*]:truncate [&_.inline-flex]:align-middle`}
      style={{ height: ROW, ...place }}
      onClick={() => message && onChoose(message.id)}
      onDoubleClick={() => message && onOpen(message)}
    >
      <Cells entry={entry} isPinned={isPinned} onPin={onPin} />
    </div>
  );
});
