/** Facts: a conversation in a line: its name, how it stands, how long it is and took. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import type { ConversationSummary, Page } from "../../api/types.ts";
import { costText } from "../message/costs.ts";
import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import { useView } from "../../app/view.ts";
import { TalkStatus, type TalkState } from "../../parts/talkstatus.tsx";
import { counted, plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useNow } from "../../parts/now.ts";
import { isOpen, spanOf } from "./drawn.ts";
import type { Talk } from "./talk.ts";

export function Facts({ talk: { id, records, isWhole } }: { readonly talk: Talk }) {
  const { state, from, to, bad } = useMemo(() => {
    const failed = records
      .filter((record) => record.state === "failed" || record.state === "dead")
      .map(({ envelope }) => envelope.id);
    const own: TalkState = records.some(isOpen) ? "open" : failed.length > 0 ? "failed" : "done";
    return { state: own, bad: failed, ...spanOf(records) };
  }, [records]);
  return (
    <div className="min-w-0">
      <h1 className="flex items-baseline gap-2 text-base font-semibold">
        Conversation
        <span
          title={plain(id)}
          className="max-w-56 truncate font-mono text-tiny font-normal text-soft select-all"
        >
          {plain(id)}
        </span>
      </h1>
      {records.length > 0 && (
        <p className="flex flex-wrap items-center gap-x-3 text-small text-soft">
          <TalkStatus state={state === "failed" ? "done" : state} />
          <span>
            {counted(records.length, "message")}
            {!isWhole && " and more …"}
          </span>
          {bad.length > 0 && <Failed ids={bad} />}
          {state === "open" ? <Going from={from} /> : <span>{spanText(Math.max(0, to - from))}</span>}
          <Time at={from} ago />
          <Spent id={id} isOpen={state === "open"} />
          <Link
            to="/traces/$id"
            params={{ id }}
            className="underline decoration-line underline-offset-2 hover:decoration-accent"
          >
            trace
          </Link>
        </p>
      )}
    </div>
  );
}

/** What language models have cost in it, where anything has. */
function Spent({ id, isOpen }: { readonly id: string; readonly isOpen: boolean }) {
  const { data } = useQuery({
    queryKey: ["spent", id],
    queryFn: ({ signal }) => {
      const query = { where: `conversation:${JSON.stringify(id)}`, limit: 1 };
      return ask<Page<ConversationSummary>>("get /v1/conversations", { query, signal });
    },
    refetchInterval: isOpen && 5000,
  });
  const text = costText(data?.items[0]?.spent);
  return text === "" ? null : <span title="What language models have used">{text}</span>;
}

function Going({ from }: { readonly from: number }) {
  const now = useNow(1000);
  return <span>{spanText(Math.max(0, now - from))} so far</span>;
}

/** How many failed; leads from one to the next. */
function Failed({ ids }: { readonly ids: readonly string[] }) {
  const [{ id }, change] = useView();
  const next = ids[(ids.indexOf(id ?? "") + 1) % ids.length];
  const go = useCallback(() => change({ id: next }), [change, next]);
  useKeys(useMemo(() => [{ keys: "f", does: "Next failed message", run: go }], [go]));
  return (
    <button
      type="button"
      title="Show the next of them (f)"
      className="text-bad underline underline-offset-2"
      onClick={go}
    >
      {ids.length} of them failed
    </button>
  );
}
