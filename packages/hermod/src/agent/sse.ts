/**
 * Server-sent events: a task's parts and its end as a web `Response`, for a browser's `EventSource` or any reader of the stream
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each event has its place as its id, so that a reader that was cut off goes on.
 */
import { fromRecord, toRecord, type HermodError } from "../core/errors.ts";
import type { Task } from "./task.ts";

/** Who asks: its `Last-Event-ID` says where to go on, and its signal ends the reading. */
export type SseRequest = Pick<Request, "headers" | "signal">;

/** The last event of a task: whoever has it needs no more. */
const END = "end";
const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  // Proxies would gather the parts otherwise.
  "x-accel-buffering": "no",
};

/**
 * A task as a web response: `return sse(task, request)`. Each part is a message, its value as JSON; "again" comes before the parts of another
 * attempt, and last "result" with the result as JSON, or "failed" with `{ code, message, retryable }`. A reader that leaves ends nothing but its
 * reading; one that comes again with `Last-Event-ID` gets what it has not seen, and 204 where that is nothing, which ends an `EventSource`.
 */
export function sse(task: Task, request?: SseRequest): Response {
  const seen = request?.headers.get("last-event-id") ?? undefined;
  if (seen === END) return new Response(null, { status: 204 });
  return new Response(toStream(eventsOf(task, placeOf(seen)), request?.signal), { headers });
}

/** Attempt and number of a part. */
interface Place {
  readonly attempt: number | undefined;
  readonly number: number;
}

/** What somebody else has written is no place: they get all. */
function placeOf(id: string | undefined): Place {
  const [, attempt, number] = /^(\d{1,9})\.(\d{1,9})$/.exec(id ?? "") ?? [];
  return attempt === undefined
    ? { attempt: undefined, number: 0 }
    : { attempt: Number(attempt), number: Number(number) };
}

type Events = (signal: AbortSignal) => AsyncGenerator<string, void>;

function eventsOf(task: Task, from: Place): Events {
  return async function* (signal) {
    let { attempt } = from;
    try {
      for await (const part of task.parts({ after: from.number, signal })) {
        const id = `${part.attempt}.${part.number}`;
        if (attempt !== undefined && part.attempt !== attempt) yield toEvent("again", "", part.attempt);
        attempt = part.attempt;
        yield toEvent("message", id, part.value);
      }
      yield toEvent("result", END, await task.result({ signal }));
    } catch (error) {
      if (!signal.aborted) yield toEvent("failed", END, told(error));
    }
  };
}

function toEvent(name: string, id: string, value: unknown): string {
  const lines = [
    ...(name === "message" ? [] : [`event: ${name}`]),
    ...(id === "" ? [] : [`id: ${id}`]),
    `data: ${JSON.stringify(value) ?? "null"}`,
  ];
  return `${lines.join("\n")}\n\n`;
}

/** Without the details, which are for whoever runs the agents. */
function told(error: unknown): Pick<HermodError, "code" | "message" | "retryable"> {
  const { code, message, retryable } = fromRecord(toRecord(error)) as HermodError;
  return { code, message, retryable };
}

/** Asks for an event when the reader has room for it. */
function toStream(begin: Events, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const events = begin(signal ? AbortSignal.any([signal, left.signal]) : left.signal);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel(reason) {
      left.abort(reason);
      await events.return();
    },
  });
}
