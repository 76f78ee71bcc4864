/** Call result: what came back of a message that was sent by hand: the reply, the error with its code, or how the task stands; and where all of it can be read. */
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import { Json } from "../../parts/json.tsx";
import { ConversationId, MessageId } from "../../parts/links.tsx";
import { Problem } from "../../parts/problem.tsx";
import { plain, spanText } from "../../parts/text.ts";
import type { ErrorRecord } from "../../api/types.ts";
import { percentText } from "../agents/figures.ts";
import type { SendVerb } from "./verbs.ts";

/** A message that was sent, and what became of it. */
export interface Sent {
  readonly verb: SendVerb;
  readonly conversation: string;
  readonly ms: number;
  readonly answer?: unknown;
  readonly error?: unknown;
}

export function CallResult({ sent }: { readonly sent: Sent }) {
  const { verb, conversation, ms, answer } = sent;
  const { id } = Object(answer) as { readonly id?: string };
  return (
    <section aria-label="What came back" className="grid grid-cols-1 gap-2 border-t border-line pt-3">
      <p role="status" className="flex flex-wrap items-baseline gap-x-3 text-small text-soft">
        {"error" in sent ? "failed" : verb === "call" ? "replied" : "stored"} after {spanText(ms)}
        <span>
          conversation <ConversationId id={conversation} />
        </span>
        {verb !== "call" && typeof id === "string" && (
          <span>
            message <MessageId id={id} />
          </span>
        )}
      </p>
      {"error" in sent && <Problem error={sent.error} />}
      {verb === "call" && "answer" in sent && <Json value={answer} label="Reply" />}
      {verb === "task" && typeof id === "string" && <TaskState id={id} />}
    </section>
  );
}

interface TaskStatus {
  readonly state: string;
  readonly attempt: number;
  readonly parts: number;
  readonly progress?: { readonly fraction: number; readonly note?: string };
  readonly result?: unknown;
  readonly error?: ErrorRecord;
}

const ended = (state: string | undefined): boolean =>
  state !== undefined && ["done", "failed", "cancelled", "unknown"].includes(state);

function TaskState({ id }: { readonly id: string }) {
  const { data, error } = useQuery({
    queryKey: ["task", id],
    queryFn: ({ signal }) => ask<TaskStatus>(`get /v1/tasks/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (ended(state.data?.state) ? false : 1000),
  });
  if (error) return <Problem error={error} />;
  if (data === undefined) return null;
  const { state, attempt, parts, progress } = data;
  return (
    <div className="grid grid-cols-1 gap-2 text-small">
      <p>
        The task is <strong className="font-medium">{state}</strong>, attempt {attempt}, {parts} parts
        {progress && `, ${percentText(progress.fraction)} ${plain(progress.note ?? "")}`}
      </p>
      {data.error && (
        <p className="text-bad">
          {plain(data.error.message)} <span className="font-mono text-tiny">{data.error.code}</span>
        </p>
      )}
      {state === "done" && <Json value={data.result} label="Result" />}
    </div>
  );
}
