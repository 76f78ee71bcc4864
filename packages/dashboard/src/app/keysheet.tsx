/** Key sheet: what the keyboard does here. */
import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { keyboard, useAllKeys } from "./keys.ts";

// oxlint-disable-next-line import/no-default-export -- what comes lazily is a module's default
export default function KeySheet({ close }: { readonly close: () => void }) {
  const keys = useAllKeys();
  const [letters, setLetters] = useState(keyboard.letters);
  const switchLetters = (on: boolean): void => {
    keyboard.letters = on;
    setLetters(on);
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-10 bg-ink/30" />
        <Dialog.Popup className="fixed top-16 left-1/2 z-20 grid max-h-[80vh] w-xl max-w-[94vw] -translate-x-1/2 gap-3 overflow-auto rounded-box border border-line bg-raised p-5 shadow-float">
          <Dialog.Title className="text-title font-medium">Keys</Dialog.Title>
          <dl className="grid grid-cols-2 gap-x-6 gap-y-1 text-small max-[560px]:grid-cols-1">
            {keys.map(({ keys: names, does }) => (
              <div key={`${names} ${does}`} className="flex items-baseline justify-between gap-3">
                <dt className="order-2">
                  <kbd className="rounded-chip border border-strong px-1 font-mono text-tiny">{names}</kbd>
                </dt>
                <dd className="text-soft">{does}</dd>
              </div>
            ))}
          </dl>
          <label className="flex items-center gap-2 border-t border-line pt-3 text-small">
            <input
              type="checkbox"
              checked={letters}
              onChange={(event) => switchLetters(event.target.checked)}
            />
            Single letters do something
          </label>
          <Dialog.Close className="justify-self-end rounded-chip border border-strong px-2.5 py-1 text-small hover:bg-hover">
            Close
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
