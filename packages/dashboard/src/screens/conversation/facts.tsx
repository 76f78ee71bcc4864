/** Facts: a conversation in a line: its name, how it stands, how long it is and took. */
import { CircleCheck, CircleX, LoaderCircle } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import { useView } from "../../app/view.ts";
import { counted, plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useNow } from "../../parts/now.ts";
import { isOpen, spanOf } from "./drawn.ts";
import type { Talk } from "./talk.ts";

export type TalkState = "open" | "failed" | "done";

const looks = {
  open: { icon: LoaderCircle, tone: "text-info", word: "goes on" },
  failed: { icon: CircleX, tone: "text-bad", word: "failed" },
  done: { icon: CircleCheck, tone: "text-good", word: "done" },
} as const;

export function TalkStatus({ state }: { readonly state: TalkState }) {
  const { icon: Icon, tone, word } = looks[state];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${tone}`}>
      <Icon size={13} aria-hidden className="shrink-0" />
      {word}
    </span>
  );
}

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
        <span title={id} className="max-w-56 truncate font-mono text-tiny font-normal text-soft select-all">
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
        </p>
      )}
    </div>
  );
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
