/** Copies: a published message went to several mailboxes; which of them is looked at. */
import { useView } from "../../app/view.ts";
import type { MessageRecord } from "../../api/types.ts";
import { Status } from "../../parts/status.tsx";
import { plain } from "../../parts/text.ts";

export function Copies({
  records,
  chosen,
}: {
  readonly records: readonly MessageRecord[];
  readonly chosen: MessageRecord;
}) {
  const [, change] = useView();
  if (records.length < 2) return null;
  return (
    <div role="group" aria-label="Copies" className="flex flex-wrap items-center gap-1 text-small">
      <span className="text-soft">{records.length} copies:</span>
      {records.map((record) => (
        <button
          key={record.mailbox}
          type="button"
          aria-pressed={record === chosen}
          className="inline-flex items-center gap-2 rounded-chip border border-line px-2 py-0.5 hover:bg-hover aria-pressed:bg-chosen"
          onClick={() => change({ view: record.mailbox })}
        >
          {plain(record.mailbox ?? "nobody")} <Status state={record.state} />
        </button>
      ))}
    </div>
  );
}
