/** Export menu: takes what the filter lets through away as a file, says how far it is, and stops when it is told to. */
import { Download } from "lucide-react";
import { Button } from "../../parts/button.tsx";
import { amountText, useExport, wordsFor } from "../../parts/exporting/useexport.ts";
import { Popup } from "./popup.tsx";

export function ExportMenu({ where, opens }: { readonly where: string; readonly opens: number }) {
  const { stand, begin, stop } = useExport("/v1/export/messages", { where }, "messages");
  const isBusy = stand.is === "busy";
  return (
    <Popup label={isBusy ? `Exporting ${amountText(stand)}` : "Export"} icon={Download} opens={opens}>
      {() => (
        <div className="grid gap-2">
          <p className="text-soft">
            {where === "" ? "The whole history" : "All that the filter lets through"}, oldest first, with
            whole payloads.
          </p>
          <div className="flex gap-2">
            <Button disabled={isBusy} onClick={() => begin("ndjson")}>
              NDJSON
            </Button>
            <Button disabled={isBusy} onClick={() => begin("csv")}>
              CSV
            </Button>
            {isBusy && (
              <Button kind="bad" onClick={stop}>
                Stop
              </Button>
            )}
          </div>
          <p role="status" className={stand.is === "failed" ? "text-bad" : "text-soft"}>
            {wordsFor(stand)}
          </p>
        </div>
      )}
    </Popup>
  );
}
