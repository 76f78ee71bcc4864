/** Live: what happens to messages, as it happens: `curl -N …/v1/live`. */
import { HermodError } from "hermod";
import { toJson } from "hermod/remote";
import * as z from "zod";
import type { Feed, StoreEvent } from "../feed.ts";
import { filterOf } from "../filters.ts";
import { Onlooker } from "../onlooker.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showEnvelope, withTimes } from "../../shown.ts";

/** Most readers at a time, and how often a reader is told that nothing happens. */
export const MOST_READERS = 200;
export const STILL = 15_000;

export const live = [
  route("live", "get /v1/live", {
    does: "What happens to messages as server-sent events: stored, settled, dead; and gap where a slow reader missed some.",
    needs: "read, of the sender, the recipient or the topic; others are left out",
    query: z.strictObject({ where: fields.where.optional() }),
    headers: { "last-event-id": "The last event that was seen" },
    answer: "text/event-stream",
    serve: ({ principal, query: { where }, request: { headers, signal } }, { feed, ending, redaction }) => {
      if (feed.readers >= MOST_READERS)
        throw new HermodError("HERMOD_OVERLOADED", `${MOST_READERS} readers look on, the most there may be`);
      const seen = headers.get("last-event-id") ?? undefined;
      const onlooker = new Onlooker(feed, principal, filterOf(where ?? "", redaction), { redaction, seen });
      return toResponse(feed, onlooker, AbortSignal.any([signal, ending]));
    },
  }),
];

async function* eventsOf(feed: Feed, onlooker: Onlooker, signal: AbortSignal): AsyncGenerator<string> {
  if (!onlooker.isBehind) yield ": these are the events from now on\n\n";
  while (!signal.aborted) {
    const missed = onlooker.missed();
    if (missed) yield toText("gap", onlooker.cursor, missed);
    for (let event = onlooker.read(); event; event = onlooker.read())
      yield toText(event.type, onlooker.cursor, shown(event));
    if (onlooker.isBehind) continue;
    const before = feed.next;
    await feed.wait(STILL, signal);
    if (feed.next === before && !signal.aborted) yield ": still here\n\n";
  }
}

function shown({ number: _, type: __, envelope, ...rest }: StoreEvent): unknown {
  return { ...withTimes(rest, "at"), envelope: showEnvelope(envelope) };
}

const toText = (type: string, id: string, data: unknown): string =>
  `event: ${type}\nid: ${id}\ndata: ${toJson(data)}\n\n`;

/** Asks for an event when the reader has room for it: who reads slowly is overtaken, and holds up nobody. */
function toResponse(feed: Feed, onlooker: Onlooker, signal: AbortSignal): Response {
  const left = new AbortController();
  const ended = AbortSignal.any([signal, left.signal]);
  const leave = feed.enter();
  const events = eventsOf(feed, onlooker, ended);
  const encoder = new TextEncoder();
  ended.addEventListener("abort", leave, { once: true });
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: (reason) => left.abort(reason),
  });
  const type = "text/event-stream; charset=utf-8";
  return new Response(body, { headers: { "content-type": type, "x-accel-buffering": "no" } });
}
