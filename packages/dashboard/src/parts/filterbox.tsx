/** Filter box: the one filter language, checked as it is typed by the parser that the hub uses; it counts when it is complete. */
import { parseFilter } from "hermod";
import { Search, X } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/keys.ts";

/** How long typing may pause before the filter counts, in milliseconds. */
const PAUSE = 300;

export interface FilterBoxProps {
  readonly where: string;
  readonly onWhere: (where: string) => void;
  readonly label?: string;
}

export function FilterBox({ where, onWhere, label = "Filter" }: FilterBoxProps) {
  const [text, setText] = useState(where);
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const wrong = useMemo(() => complaintOf(text), [text]);
  useKeys(useMemo(() => [{ keys: "/", does: "Filter", run: () => input.current?.focus() }], []));
  useEffect(() => setText(where), [where]);
  useEffect(() => {
    if (wrong !== undefined || text === where) return;
    const timer = setTimeout(() => onWhere(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text, where, wrong, onWhere]);
  return (
    <div className="relative min-w-48 grow">
      <Search size={14} aria-hidden className="absolute top-2 left-2 text-soft" />
      <input
        ref={input}
        type="text"
        spellCheck={false}
        autoComplete="off"
        aria-label={label}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong === undefined ? undefined : hint}
        placeholder='from:writer state:failed age:<5m "free text"'
        className="w-full rounded-chip border border-strong bg-panel py-1 pr-7 pl-7 font-mono text-small placeholder:text-soft aria-invalid:border-bad"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && wrong === undefined) onWhere(text);
          if (event.key === "Escape") input.current?.blur();
        }}
      />
      {text !== "" && (
        <button
          type="button"
          aria-label="Clear the filter"
          className="absolute top-1.5 right-1.5 rounded-chip p-0.5 text-soft hover:text-ink"
          onClick={() => (setText(""), onWhere(""))}
        >
          <X size={14} aria-hidden />
        </button>
      )}
      {wrong !== undefined && (
        <p
          id={hint}
          className="absolute top-full left-0 z-10 mt-1 rounded-chip border border-bad bg-badwash px-2 py-1 text-small"
        >
          {wrong}
        </p>
      )}
    </div>
  );
}

function complaintOf(text: string): string | undefined {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
