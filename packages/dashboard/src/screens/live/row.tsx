/** Row: one entry of the live table. */
import { memo } from "react";
import type { Entry, Message } from "../../live/log.ts";
import { Cells, LINE, placeAt, ROW, type Fitting } from "../../parts/grid/cells.tsx";
import type { Column } from "../../parts/grid/columns.ts";
import { countText } from "../../parts/text.ts";
import { stripeOf } from "./stripe.ts";

export interface LiveRowProps {
  readonly entry: Entry;
  /** Where it stands in the list; undefined for a pinned one, which stands above it. */
  readonly row: number | undefined;
  readonly shown: Fitting<Column<Message>>;
  readonly isChosen: boolean;
  readonly isColoured: boolean;
  readonly onChoose: (id: string) => void;
  readonly onOpen: (message: Message) => void;
}

export const LiveRow = memo(function LiveRow(props: LiveRowProps) {
  const { entry, row, shown, isChosen, isColoured, onChoose, onOpen } = props;
  const message = entry.kind === "message" ? entry : undefined;
  const stripe = isColoured && message ? stripeOf(message.conversation) : "border-l-transparent";
  const place = row === undefined ? { height: ROW, position: "static" as const } : placeAt(row);
  return (
    <div
      role="row"
      id={isChosen && row !== undefined ? "chosen-row" : undefined}
      aria-rowindex={row === undefined ? undefined : row + 2}
      aria-selected={isChosen}
      className={`${LINE} group [contain:strict] border-l-3 ${stripe}`}
      style={{ ...place, gridTemplateColumns: shown.template }}
      onClick={() => message && onChoose(message.id)}
      onDoubleClick={() => message && onOpen(message)}
    >
      {message ? <Cells columns={shown.columns} item={message} /> : <GapCell entry={entry} />}
    </div>
  );
});

function GapCell({ entry }: { readonly entry: Entry }) {
  if (entry.kind !== "gap") return null;
  const { missed } = entry;
  return (
    <span role="gridcell" className="col-span-full text-warn">
      ⋯ {missed === null ? "some messages were" : `${countText(missed)} events were`} missed here: the page
      was too slow or cut off
    </span>
  );
}
