/** Headline: a message in one line: what, from whom, to whom, and how it stands. */
import { AgentName } from "../../parts/links.tsx";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { plain, sizeText, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import type { Glance } from "./glance.ts";

export function Headline({ glance }: { readonly glance: Glance }) {
  const { verb, type, from, to, topic, operation, state, ms, size, sentAt } = glance;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-small">
      <Kind verb={verb} type={type} />
      <span className="min-w-0 font-medium wrap-anywhere">
        <AgentName address={from} /> <span className="text-soft">→</span>{" "}
        {to === undefined ? (
          <span className="text-info">{plain(topic ?? "nobody")}</span>
        ) : (
          <AgentName address={to} />
        )}
      </span>
      {operation !== "" && <span className="min-w-0 wrap-anywhere">{plain(operation)}</span>}
      <Status state={state} />
      <span className="text-soft">
        sent <Time at={sentAt} ago />
      </span>
      {ms !== undefined && <span className="text-soft">took {spanText(ms)}</span>}
      <span className="text-soft">{sizeText(size)}</span>
    </div>
  );
}

/** What went wrong last, where something did. */
export function Trouble({ error }: { readonly error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p className="max-h-40 overflow-auto rounded-chip border border-bad bg-badwash px-2 py-1 text-small wrap-anywhere">
      {plain(error)}
    </p>
  );
}
