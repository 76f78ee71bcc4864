/** Outcome: how far it is, and what became of the letters: all that stays is told, with why. */
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX } from "lucide-react";
import { Button } from "../../parts/button.tsx";
import { MessageId } from "../../parts/links.tsx";
import { Problem } from "../../parts/problem.tsx";
import { countText, plain } from "../../parts/text.ts";
import { whyNot, type Act } from "./acting.ts";
import type { Fate, Target } from "./requests.ts";
import type { Run } from "./useacting.ts";

/** Fates that are listed. */
const LISTED = 200;

export interface OutcomeProps {
  readonly act: Act;
  readonly target: Target;
  readonly run: Run;
  readonly stop: () => void;
  readonly close: () => void;
}

export function Outcome({ act, target, run, stop, close }: OutcomeProps) {
  const { total, acting, state, error } = run;
  const { done = 0, skipped = {}, fates = [] } = acting ?? {};
  const past = act === "redrive" ? "redriven" : "dropped";
  return (
    <div className="grid gap-3 text-small">
      <div
        role="progressbar"
        aria-label="Done"
        aria-valuenow={done}
        aria-valuemax={total}
        className="h-1.5 overflow-hidden rounded-chip bg-line"
      >
        <div className="h-full bg-accent" style={{ width: `${(done / Math.max(1, total)) * 100}%` }} />
      </div>
      <p role="status">
        {state === "runs" ? (act === "redrive" ? "Redriving" : "Dropping") : capital(past)}{" "}
        <strong>{countText(done)}</strong> of {countText(total)}
        {state === "stopped" && ", then you stopped it"}
      </p>
      {Object.entries(skipped).map(([reason, count]) => (
        <p key={reason} className="text-warn">
          {countText(count)} {whyNot(reason)}: they stay
        </p>
      ))}
      {state === "failed" && <Problem error={error} />}
      {fates.length > 1 && <Fates fates={fates} past={past} />}
      <div className="flex flex-wrap justify-end gap-2">
        {state === "runs" ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <>
            {act === "redrive" && done > 0 && <Result target={target} close={close} />}
            <Button kind="main" onClick={close}>
              Close
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Row by row, what stays first. */
function Fates({ fates, past }: { readonly fates: readonly Fate[]; readonly past: string }) {
  const sorted = fates.toSorted((a, b) => Number(a.outcome === "done") - Number(b.outcome === "done"));
  return (
    <ul aria-label="What became of each" className="max-h-60 overflow-auto rounded-chip border border-line">
      {sorted.slice(0, LISTED).map(({ letter, outcome }) => (
        <li
          key={letter.id}
          className="flex items-center gap-2 border-b border-line/60 px-2 py-1 last:border-b-0"
        >
          {outcome === "done" ? (
            <CircleCheck size={13} aria-hidden className="shrink-0 text-good" />
          ) : (
            <CircleX size={13} aria-hidden className="shrink-0 text-bad" />
          )}
          <MessageId id={letter.envelope.id} />
          <span className="min-w-0 truncate">{outcome === "done" ? past : plain(whyNot(outcome))}</span>
        </li>
      ))}
      {sorted.length > LISTED && (
        <li className="px-2 py-1 text-soft">and {countText(sorted.length - LISTED)} more</li>
      )}
    </ul>
  );
}

/** Where to see what has become of them: they keep their ids. */
function Result({ target, close }: { readonly target: Target; readonly close: () => void }) {
  const look = "inline-flex items-center rounded-chip border border-strong px-2.5 py-1 hover:bg-hover";
  const [letter, second] = "letters" in target ? target.letters : [];
  if (letter && !second)
    return (
      <Link to="/messages/$id" params={{ id: letter.envelope.id }} className={look} onClick={close}>
        See the message
      </Link>
    );
  const to = letter?.mailbox;
  const where = "where" in target ? target.where : to === undefined ? "" : `to:${JSON.stringify(to)}`;
  return (
    <Link to="/messages" search={where === "" ? {} : { where }} className={look} onClick={close}>
      See the messages
    </Link>
  );
}
