/** New bar: says how much came while one looked elsewhere, and leads back to the end. */
import { countText } from "../../parts/text.ts";
import type { Following } from "./follow.ts";

export function NewBar({ following: { behind, follow } }: { readonly following: Following }) {
  if (behind === 0) return null;
  return (
    <button
      type="button"
      className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-box border border-accent bg-raised px-3 py-1 text-small shadow-float"
      onClick={follow}
    >
      Paused, {countText(behind)} new (G to resume)
    </button>
  );
}
