/** Later: the messages of all mailboxes that wait for a time, the earliest first; each can be let run now, or cancelled. */
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/queries.ts";
import { Box } from "../../parts/screen.tsx";
import { Shown } from "../../parts/shown.tsx";
import { counted, countText } from "../../parts/text.ts";
import { DelayedTable, type DelayedOf } from "../agent/delayed.tsx";

export function Later({ words }: { readonly words: string }) {
  const query = useQuery(queries.delayed);
  return (
    <Box
      title="Retries and messages for later"
      tools={
        <span className="text-tiny text-soft">
          {counted(query.data?.total ?? 0, "message")}, the earliest first
        </span>
      }
    >
      <Shown query={query}>
        {({ items, total }) => <Rows {...{ items: narrowed(items, words), total, words }} />}
      </Shown>
    </Box>
  );
}

interface RowsProps {
  readonly items: readonly DelayedOf[];
  readonly total: number;
  readonly words: string;
}

function Rows({ items, total, words }: RowsProps) {
  if (total === 0)
    return <p className="text-small text-soft">No message waits for its next attempt, or for its time.</p>;
  if (items.length === 0)
    return <p className="text-small text-soft">None of the first of them fits “{words}”.</p>;
  return (
    <>
      <div className="overflow-x-auto">
        <DelayedTable items={items} />
      </div>
      {words === "" && total > items.length && (
        <p className="pt-2 text-small text-soft">and {countText(total - items.length)} later ones</p>
      )}
    </>
  );
}

/** Those whose recipient, sender, operation or last error have all the words. */
function narrowed(items: readonly DelayedOf[], words: string): readonly DelayedOf[] {
  const wanted = words.toLowerCase().split(/\s+/u);
  return items.filter(({ mailbox, envelope, attempts }) => {
    const text = [mailbox, envelope.from, envelope.operation, attempts.at(-1)?.error?.message ?? ""].join(
      " ",
    );
    return wanted.every((word) => text.toLowerCase().includes(word));
  });
}
