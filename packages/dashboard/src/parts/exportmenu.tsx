/** Export menu: takes what is shown away as a file in one of several forms, says how far it is, and stops when it is told to. */
import { Download } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { useKeys } from "../app/keys.ts";
import { Button } from "./button.tsx";
import { forms, type Form } from "./exporting/export.ts";
import { amountText, wordsFor, type Exporting } from "./exporting/useexport.ts";
import { Popup } from "./popup.tsx";

export interface ExportMenuProps {
  readonly export: Exporting;
  readonly forms: readonly Form[];
  /** What is taken, in words. */
  readonly about: string;
  /** Forms that the page makes by itself. */
  readonly children?: ReactNode;
}

export function ExportMenu({ export: taken, forms: offered, about, children }: ExportMenuProps) {
  const { stand, begin, stop } = taken;
  const isBusy = stand.is === "busy";
  const [opens, setOpens] = useState(0);
  useKeys(useMemo(() => [{ keys: "e", does: "Export", run: () => setOpens((before) => before + 1) }], []));
  return (
    <Popup label={isBusy ? `Exporting ${amountText(stand)}` : "Export"} icon={Download} opens={opens}>
      {() => (
        <div className="grid gap-2">
          <p className="text-soft">{about}</p>
          <div className="flex flex-wrap gap-2">
            {offered.map((form) => (
              <Button key={form} disabled={isBusy} onClick={() => begin(form)}>
                {forms[form].name}
              </Button>
            ))}
            {children}
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
