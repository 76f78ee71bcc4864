/** Attempts: how often a message was tried, the newest first, each with what went wrong. */
import type { Attempt } from "../../api/types.ts";
import { Json } from "../../parts/json.tsx";
import { plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { Compare } from "./compare.tsx";

export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <p className="text-small text-soft">It was not tried yet.</p>;
  return (
    <div className="grid gap-2 text-small">
      <Compare attempts={attempts} />
      <ol aria-label="Attempts, the newest first" className="grid gap-2">
        {attempts
          .map((attempt, at) => (
            // A message that was given back is counted from one again.
            <AttemptItem
              key={at}
              attempt={attempt}
              before={attempts[at - 1]}
              isNewest={attempt === attempts.at(-1)}
            />
          ))
          .toReversed()}
      </ol>
    </div>
  );
}

const words: Readonly<Record<Attempt["outcome"], string>> = {
  acked: "done",
  retried: "failed, tried again",
  failed: "failed",
  dead: "failed, the last one",
  released: "given back",
  "lease-expired": "not settled in time",
};

interface ItemProps {
  readonly attempt: Attempt;
  readonly before: Attempt | undefined;
  readonly isNewest: boolean;
}

function AttemptItem({ attempt, before, isNewest }: ItemProps) {
  const { number, startedAt, endedAt, outcome, error } = attempt;
  const began = Date.parse(startedAt);
  const isSame =
    error !== undefined && error.code === before?.error?.code && error.message === before.error.message;
  return (
    <li className="grid gap-1 rounded-chip border border-line p-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">Attempt {number}</span>
        <span className={error || outcome !== "acked" ? "text-bad" : "text-good"}>
          {words[outcome] ?? plain(outcome)}
        </span>
        <span className="text-soft">
          <Time at={startedAt} />, took {spanText(Math.max(0, Date.parse(endedAt) - began))}
        </span>
        {before && (
          <span className="text-soft">
            {spanText(Math.max(0, began - Date.parse(before.endedAt)))} after the one before
          </span>
        )}
      </p>
      {error && (
        <>
          <p className="wrap-anywhere">
            <span className="font-mono text-tiny text-soft">{plain(error.code)}</span> {plain(error.message)}
            {isSame && <span className="text-soft"> (the same as at the one before)</span>}
          </p>
          <details open={isNewest && !isSame ? undefined : false}>
            <summary className="cursor-pointer text-tiny text-soft">All of the error</summary>
            <Json
              value={typeof error["stack"] === "string" ? error["stack"] : error}
              label={`Error of attempt ${number}`}
            />
          </details>
        </>
      )}
    </li>
  );
}
