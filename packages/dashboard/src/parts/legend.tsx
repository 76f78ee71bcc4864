/** Legend: what the marks on a line of time mean, each drawn as it is there. */
import type { CSSProperties } from "react";

/** What waits is hatched. */
export const WAITS: CSSProperties = {
  backgroundImage: "repeating-linear-gradient(45deg, var(--color-strong) 0 2px, transparent 2px 5px)",
};

const marks = [
  { name: "waited", look: "h-2.5 w-4 border border-strong", style: WAITS },
  { name: "handled", look: "h-2.5 w-4 rounded-[2px] bg-good" },
  { name: "✖ failed", look: "h-2.5 w-4 rounded-[2px] bg-bad" },
  { name: "failed, tried again", look: "h-2.5 w-4 rounded-[2px] bg-warn" },
  { name: "goes on", look: "h-2.5 w-4 rounded-[2px] bg-info" },
  { name: "critical path", look: "h-[3px] w-4 bg-accent", isOfPath: true },
  { name: "nothing happened: folded", look: "h-2.5 w-4 border-x border-dashed border-strong bg-hover" },
] as const;

export function Legend({ hasPath = false }: { readonly hasPath?: boolean }) {
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-1 text-tiny text-soft">
      {marks
        .filter((mark) => hasPath || !("isOfPath" in mark))
        .map((mark) => (
          <span key={mark.name} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={mark.look} style={"style" in mark ? mark.style : undefined} />
            {mark.name}
          </span>
        ))}
    </span>
  );
}
