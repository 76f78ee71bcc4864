/** Export button: a list of the hub as a file with one JSON value a line; it tells how far it is, and stops it when it is pressed again. */
import { Download } from "lucide-react";
import { Button } from "./button.tsx";
import { amountText, type Exporting } from "./exporting/useexport.ts";

export function ExportButton({ export: { stand, begin, stop } }: { readonly export: Exporting }) {
  const isBusy = stand.is === "busy";
  return (
    <Button onClick={isBusy ? stop : () => begin("ndjson")} title="As NDJSON: one JSON value a line (e)">
      <Download size={13} aria-hidden />
      {isBusy ? `Stop: ${amountText(stand)} so far` : "Export"}
    </Button>
  );
}
