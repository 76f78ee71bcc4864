/** Key sheet: what the keyboard does here. */
import { useState } from "react";
import { CloseButton, Dialog } from "../parts/dialog.tsx";
import { keyboard, useAllKeys } from "./keys.ts";
import { keyText } from "./keytext.ts";

export function KeySheet({ close }: { readonly close: () => void }) {
  const keys = useAllKeys();
  const [letters, setLetters] = useState(keyboard.letters);
  const switchLetters = (on: boolean): void => {
    keyboard.letters = on;
    setLetters(on);
  };
  return (
    <Dialog title="Keys" onClose={close}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-1 text-small max-[560px]:grid-cols-1">
        {keys.map(({ keys: names, does }) => (
          <div key={`${names} ${does}`} className="flex items-baseline justify-between gap-3">
            <dt className="order-2">
              <kbd className="rounded-chip border border-strong px-1 font-mono text-tiny">
                {keyText(names)}
              </kbd>
            </dt>
            <dd className="text-soft">{does}</dd>
          </div>
        ))}
      </dl>
      <label className="flex items-center gap-2 border-t border-line pt-3 text-small">
        <input type="checkbox" checked={letters} onChange={(event) => switchLetters(event.target.checked)} />
        Single letters do something
      </label>
      <div className="justify-self-end">
        <CloseButton>Close</CloseButton>
      </div>
    </Dialog>
  );
}
