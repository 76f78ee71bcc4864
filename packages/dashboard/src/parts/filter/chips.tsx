/** Chips: the parts of a filter, each to be taken away by itself. */
import { X } from "lucide-react";
import { plain } from "../text.ts";
import { partsOf, without } from "./terms.ts";

/** One part needs none: the box has a button that clears it. */
const LEAST = 2;

export function Chips({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) {
  const parts = partsOf(text);
  if (parts.length < LEAST) return null;
  return (
    <ul aria-label="Parts of the filter" className="mt-1 flex flex-wrap gap-1 text-tiny">
      {parts.map((part) => {
        const said = plain(text.slice(part.from, part.to));
        return (
          <li
            key={part.from}
            className="flex max-w-60 items-center rounded-chip border border-line bg-raised pl-1.5"
          >
            <span className="truncate font-mono">{said}</span>
            <button
              type="button"
              aria-label={`Take ${said} away`}
              className="rounded-chip p-0.5 text-soft hover:text-ink"
              onClick={() => onText(without(text, part))}
            >
              <X size={11} aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
