/** Go to: the palette, and while that is on its way its field alone: what is typed meanwhile is for it, and not for the screen below. */
import { Search } from "lucide-react";
import { Suspense, useState, type KeyboardEvent, type ReactNode } from "react";
import { lazily } from "../parts/lazily.ts";

export interface GoToProps {
  readonly close: () => void;
  readonly showKeys: () => void;
}

/** What the field on the way and that of the palette have in common. */
export interface TypedProps {
  readonly typed: string;
  readonly onType: (text: string) => void;
  readonly close: () => void;
}

export const name = "Go to anything";
export const popup =
  "fixed top-16 left-1/2 z-20 flex max-h-[70vh] w-xl max-w-[94vw] -translate-x-1/2 flex-col overflow-hidden rounded-box border border-strong bg-raised shadow-float outline-none";
export const field = {
  ...{ "aria-label": "Screen, agent, id, or what to do", placeholder: "Screen, agent, id, or what to do" },
  ...{ spellCheck: false, autoFocus: true },
  className: "h-11 w-full bg-transparent outline-none placeholder:text-soft",
};

const Palette = lazily(async () => (await import("./palette.tsx")).Palette);

export function GoTo({ close, showKeys }: GoToProps) {
  const [typed, onType] = useState("");
  // Where the focus was before the field took it, and goes back to.
  const [from] = useState(() => document.activeElement);
  const leave = () => {
    close();
    if (from instanceof HTMLElement) from.focus();
  };
  return (
    <Suspense fallback={<Coming {...{ typed, onType }} close={leave} />}>
      <Palette {...{ typed, onType, close, showKeys, from }} />
    </Suspense>
  );
}

function Coming({ typed, onType, close }: TypedProps) {
  const onKeyDown = ({ key }: KeyboardEvent) => key === "Escape" && close();
  return (
    <div role="dialog" aria-label={name} aria-busy className={popup}>
      <FieldLine>
        <input
          {...field}
          value={typed}
          onKeyDown={onKeyDown}
          onChange={({ target }) => onType(target.value)}
        />
      </FieldLine>
    </div>
  );
}

export function FieldLine({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex items-center gap-2 border-b border-line px-3">
      <Search size={15} aria-hidden className="shrink-0 text-soft" />
      {children}
    </div>
  );
}
