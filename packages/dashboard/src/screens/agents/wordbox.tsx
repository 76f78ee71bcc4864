/** Word box: narrows a list that is on the page already by words; "/" leads to it. */
import { Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.ts";

/** How long typing may pause before the words count, in milliseconds. */
const PAUSE = 150;

export interface WordBoxProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly example: string;
}

export function WordBox({ text, onText, example }: WordBoxProps) {
  const [typed, setTyped] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  useKeys(useMemo(() => [{ keys: "/", does: "Filter", run: () => input.current?.focus() }], []));
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => onText(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed, text, onText]);
  return (
    <div className="relative min-w-48 grow">
      <Search size={14} aria-hidden className="absolute top-2 left-2 text-soft" />
      <input
        ref={input}
        type="search"
        aria-label="Filter"
        autoComplete="off"
        spellCheck={false}
        placeholder={example}
        className="w-full rounded-chip border border-strong bg-panel py-1 pr-2 pl-7 text-small placeholder:text-soft"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
      />
    </div>
  );
}
