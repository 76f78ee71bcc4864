/** JSON: a payload as text, never as anything else: with its size, cut where it is long, whole when asked for. */
import { useMemo, useState } from "react";
import { Button } from "./button.tsx";
import { sizeText } from "./text.ts";

/** Characters that are shown at first, and at most. */
const FIRST = 32_768;
const MOST = 2_000_000;
/** What turns the reading order, hides, or steers a terminal is written as its code. */
const UNSEEN = /[\p{Cf}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/gu;

export function Json({ value, label = "Payload" }: { readonly value: unknown; readonly label?: string }) {
  const [most, setMost] = useState(FIRST);
  const text = useMemo(() => writtenOut(value), [value]);
  const size = useMemo(() => sizeOf(value), [value]);
  return (
    <div className="grid gap-1">
      <p className="text-tiny text-soft">
        {typeOf(value)} · {sizeText(size)}
      </p>
      <pre
        tabIndex={0}
        aria-label={label}
        className="max-h-[60vh] overflow-auto rounded-chip border border-line bg-paper p-2 font-mono text-small break-words whitespace-pre-wrap"
      >
        {text.slice(0, most)}
        {text.length > most && "…"}
      </pre>
      {text.length > most && (
        <p className="flex items-center gap-2 text-small text-soft">
          {sizeText(text.length - most)} more
          {most < MOST && (
            <Button onClick={() => setMost(MOST)}>Show {text.length > MOST ? "more" : "all"}</Button>
          )}
        </p>
      )}
    </div>
  );
}

/** In bytes, as it was sent: what is shown has line breaks and spaces beside. */
function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value) ?? "").length;
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (typeof value === "string") return "text";
  return typeof value;
}

/** Text without its quotation marks, anything else as indented JSON. */
export function writtenOut(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  return text.replaceAll(UNSEEN, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
}
