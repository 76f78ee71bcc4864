/** Export menu: takes what the filter lets through away as a file, says how far it is, and stops when it is told to. */
import { Download } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "../../parts/button.tsx";
import { countText, dateText } from "../../parts/text.ts";
import { exportAll, toFile, type Form } from "./exporting.ts";
import { Popup } from "./popup.tsx";

type Stand =
  | { readonly is: "idle" }
  | { readonly is: "busy" | "done" | "stopped"; readonly count: number }
  | { readonly is: "failed"; readonly why: string };

export function ExportMenu({ where, opens }: { readonly where: string; readonly opens: number }) {
  const [stand, setStand] = useState<Stand>({ is: "idle" });
  const stop = useRef<AbortController>(undefined);
  const begin = async (form: Form): Promise<void> => {
    const stopping = (stop.current = new AbortController());
    let count = 0;
    try {
      const sink = await toFile(`messages ${dateText(Date.now()).replaceAll(":", "-")}.${form}`);
      setStand({ is: "busy", count });
      await exportAll(where, form, sink, {
        signal: stopping.signal,
        told: (now) => setStand({ is: "busy", count: (count = now) }),
      });
      setStand({ is: stopping.signal.aborted ? "stopped" : "done", count });
    } catch (error) {
      const isChange = error instanceof DOMException && error.name === "AbortError";
      setStand(
        isChange
          ? { is: "idle" }
          : { is: "failed", why: error instanceof Error ? error.message : "it failed" },
      );
    }
  };
  const isBusy = stand.is === "busy";
  return (
    <Popup label={isBusy ? `Exporting ${countText(stand.count)}` : "Export"} icon={Download} opens={opens}>
      {() => (
        <div className="grid gap-2">
          <p className="text-soft">
            {where === "" ? "The whole history" : "All that the filter lets through"}, oldest first, with
            whole payloads.
          </p>
          <div className="flex gap-2">
            <Button disabled={isBusy} onClick={() => void begin("ndjson")}>
              NDJSON
            </Button>
            <Button disabled={isBusy} onClick={() => void begin("csv")}>
              CSV
            </Button>
            {isBusy && (
              <Button kind="bad" onClick={() => stop.current?.abort()}>
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

function wordsFor(stand: Stand): string {
  switch (stand.is) {
    case "idle":
      return "";
    case "busy":
      return `${countText(stand.count)} written …`;
    case "done":
      return `${countText(stand.count)} written.`;
    case "stopped":
      return `Stopped; the first ${countText(stand.count)} are in the file.`;
    case "failed":
      return stand.why;
  }
}
