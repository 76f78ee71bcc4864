/** Strip: what broke lately and what became of it, along the time; each mark is a button that chooses its place in the tree. */
import type { SystemStatus } from "../../api/types.ts";
import { MessageId } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { counted, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { incidentsOf, marksOf, SPAN, type Seen } from "./incidents.ts";

const tones = {
  crashed: "h-3 bg-bad",
  restarted: "mt-1.5 h-1.5 bg-good",
  escalated: "h-3 bg-warn",
  failed: "h-3 bg-bad outline-2 outline-offset-1 outline-bad",
} as const;

export interface StripProps {
  readonly systems: readonly SystemStatus[];
  readonly onChoose: (line: string) => void;
}

export function Strip({ systems, onChoose }: StripProps) {
  const now = useNow(1000);
  const all = incidentsOf(systems);
  const last = all.find(({ what }) => what !== "restarted");
  const marks = marksOf(all, now);
  return (
    <section
      aria-label="What broke lately"
      className="grid gap-1 border-b border-line bg-panel px-3 py-1.5 text-small"
    >
      <p className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        {last === undefined ? (
          <span className="text-soft">Nothing has broken since the systems began.</span>
        ) : (
          <LastOne seen={last} onChoose={onChoose} />
        )}
        <span className="grow" />
        <span className="text-tiny text-soft">{counted(marks.length, "event")} in the last 15 minutes</span>
      </p>
      {marks.length > 0 && (
        <ol aria-label="Events of the last 15 minutes" className="relative h-4 rounded-chip bg-paper">
          {marks.map(({ seen, share, key }) => (
            <li key={key} className="absolute top-0.5" style={{ left: `calc(${share * 100}% - 4px)` }}>
              <button
                type="button"
                aria-label={wordsOf(seen)}
                title={wordsOf(seen)}
                className={`block w-2 rounded-chip ${tones[seen.what]}`}
                onClick={() => onChoose(seen.line)}
              />
            </li>
          ))}
        </ol>
      )}
      {marks.length > 0 && (
        <p aria-hidden className="flex justify-between text-tiny text-soft">
          <span>{SPAN / 60_000} min ago</span>
          <span>now</span>
        </p>
      )}
    </section>
  );
}

function LastOne({ seen, onChoose }: { readonly seen: Seen; readonly onChoose: StripProps["onChoose"] }) {
  return (
    <>
      <Time at={seen.at} ago />
      <button type="button" className="underline decoration-line" onClick={() => onChoose(seen.line)}>
        {plain(seen.name)}
      </button>
      <span className={seen.what === "escalated" ? "text-warn" : "text-bad"}>{seen.what}</span>
      {seen.why !== undefined && <span className="min-w-0 truncate">{plain(seen.why)}</span>}
      {seen.message !== undefined && (
        <span className="text-soft">
          at <MessageId id={seen.message} />
        </span>
      )}
    </>
  );
}

const wordsOf = ({ name, what, why = "" }: Seen): string =>
  plain(`${name} ${what}${why === "" ? "" : `: ${why.slice(0, 200)}`}`);
