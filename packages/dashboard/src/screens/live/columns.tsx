/** Columns of the live table: what stands in a row, and which of it goes first where it is narrow. */
import { Pin } from "lucide-react";
import type { Message } from "../../live/log.ts";
import type { Column } from "../../parts/grid/columns.ts";
import { plain } from "../../parts/text.ts";
import { payload, Said, told } from "../messages/columns.tsx";

type OnPin = (message: Message) => void;

export function columnsFor(pinned: ReadonlySet<string>, onPin: OnPin): readonly Column<Message>[] {
  return [
    ...[told.time, told.kind, told.way, told.operation, told.state, told.took, told.size],
    {
      ...payload,
      // What went wrong before it went well is told with its attempts.
      cell: ({ state, error, preview }) => (
        <Said error={state === "done" ? undefined : error} preview={preview} />
      ),
    },
    {
      ...{ name: "pin", head: <span className="sr-only">pin</span>, least: 1.25 },
      cell: (message) => <PinButton message={message} isPinned={pinned.has(message.id)} onPin={onPin} />,
    },
  ];
}

function PinButton({
  message,
  isPinned,
  onPin,
}: {
  readonly message: Message;
  readonly isPinned: boolean;
  readonly onPin: OnPin;
}) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-pressed={isPinned}
      aria-label={isPinned ? `Unpin ${plain(message.id)}` : `Pin ${plain(message.id)}`}
      title={isPinned ? "Unpin (p)" : "Keep in sight (p)"}
      className="text-soft opacity-0 group-hover:opacity-100 hover:text-ink aria-pressed:text-accent aria-pressed:opacity-100"
      onClick={(event) => (event.stopPropagation(), onPin(message))}
    >
      <Pin size={13} aria-hidden />
    </button>
  );
}
