/** Export button: one message with all that is told of it, as a JSON file. */
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { ask } from "../../api/client.ts";
import type { MessageNotes, MessageRecord, Page } from "../../api/types.ts";
import { useKeys } from "../../app/keys.ts";
import { Button } from "../../parts/button.tsx";
import { fileName, save } from "../../parts/exporting/filesink.ts";

export function ExportButton({ id }: { readonly id: string }) {
  const { mutate, isPending, error } = useMutation({ mutationFn: () => download(id) });
  useKeys(useMemo(() => [{ keys: "e", does: "Export as JSON", run: () => mutate() }], [mutate]));
  return (
    <>
      <Button disabled={isPending} title="As JSON (e)" onClick={() => mutate()}>
        <Download size={13} aria-hidden />
        Export
      </Button>
      {error && <span className="text-small text-bad">{error.message}</span>}
    </>
  );
}

/** Whole, as it is told over HTTP. */
async function download(id: string): Promise<void> {
  const query = { where: `id:${JSON.stringify(id)}`, limit: 100 };
  const [{ items: records }, { notes, cut }] = await Promise.all([
    ask<Page<MessageRecord>>("get /v1/history", { query }),
    ask<MessageNotes>(`get /v1/messages/${encodeURIComponent(id)}/notes`),
  ]);
  const text = `${JSON.stringify({ records, notes, cut }, null, 2)}\n`;
  save(new Blob([text], { type: "application/json" }), `${fileName(`message-${id}`)}.json`);
}
