/** Live: what happens to messages, as it happens: `curl -N …/v1/live`. */
import { randomBytes } from "node:crypto";
import { HermodError, parseFilter, type Filter, type SseRequest } from "hermod";
import { matches, toJson, type Subject } from "hermod/remote";
import * as z from "zod";
import type { Principal } from "../../auth/principal.ts";
import type { Feed, StoreEvent } from "../feed.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { maySee } from "../seen.ts";
import { showEnvelope, withTimes } from "../../shown.ts";

/** Most readers at a time, and how often a reader is told that nothing happens. */
const MOST_READERS = 200;
const STILL = 15_000;

/** Names this hub, so that a place in another one's events is not taken for one in these. */
const boot = randomBytes(6).toString("hex");

export const live = [
  route("live", "get /v1/live", {
    does: "What happens to messages as server-sent events: stored, settled, dead; and gap where a slow reader missed some.",
    needs: "read, of the sender, the recipient or the topic; others are left out",
    query: z.strictObject({ where: fields.where.optional() }),
    headers: { "last-event-id": "The last event that was seen" },
    answer: "text/event-stream",
    serve: ({ principal, query: { where }, request: { headers, signal } }, { feed, ending }) => {
      if (feed.readers >= MOST_READERS)
        throw new HermodError("HERMOD_OVERLOADED", `${MOST_READERS} readers look on, the most there may be`);
      const filter = parseFilter(where ?? "");
      return toResponse(feed, wanted(principal, filter), {
        headers,
        signal: AbortSignal.any([signal, ending]),
      });
    },
  }),
];

/** Whether a reader gets an event. */
function wanted(principal: Principal, filter: Filter): (event: StoreEvent) => boolean {
  return (event) => maySee(principal, event.envelope) && matches(filter, subjectOf(event), Date.now());
}

const states = { ack: "done", fail: "failed", retry: "waiting", release: "waiting", dead: "dead" } as const;

function subjectOf({ envelope, type, attempt, outcome, reason, error }: StoreEvent): Subject {
  const state = outcome ? states[outcome] : type === "dead" ? "dead" : "waiting";
  return {
    ...{ envelope, state, attempts: attempt ?? 0 },
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
  };
}

/** The place behind the last event that a reader has seen; that of the next one for whoever comes anew. */
function placeOf(seen: string | null, { next }: Feed): number {
  const [, hub, number] = /^([0-9a-f]{12})\.(\d{1,15})$/.exec(seen ?? "") ?? [];
  return hub === boot ? Math.min(Number(number) + 1, next) : next;
}

/** A reader of another hub's events missed what nobody can count. */
function isStrange(seen: string | null): boolean {
  return seen !== null && !seen.startsWith(`${boot}.`);
}

type Wanted = (event: StoreEvent) => boolean;

async function* eventsOf(feed: Feed, seen: string | null, isWanted: Wanted, signal: AbortSignal) {
  let next = placeOf(seen, feed);
  if (isStrange(seen)) yield gap(next, null);
  else yield ": these are the events from now on\n\n";
  while (!signal.aborted) {
    if (next < feed.oldest) {
      yield gap(feed.oldest, feed.oldest - next);
      next = feed.oldest;
    }
    for (let event = feed.at(next); event && next >= feed.oldest; event = feed.at(next)) {
      next++;
      if (isWanted(event)) yield toText(event);
    }
    if (next < feed.oldest || next < feed.next) continue;
    const before = feed.next;
    await feed.wait(STILL, signal);
    if (feed.next === before && !signal.aborted) yield ": still here\n\n";
  }
}

/** So many events are missing here; null where nobody knows how many. */
function gap(next: number, missed: number | null): string {
  return `event: gap\nid: ${boot}.${next - 1}\ndata: ${JSON.stringify({ missed })}\n\n`;
}

function toText(event: StoreEvent): string {
  const { number, type, envelope, ...rest } = event;
  const data = { ...withTimes(rest, "at"), envelope: showEnvelope(envelope) };
  return `event: ${type}\nid: ${boot}.${number}\ndata: ${toJson(data)}\n\n`;
}

/** Asks for an event when the reader has room for it: who reads slowly is overtaken, and holds up nobody. */
function toResponse(feed: Feed, isWanted: Wanted, { headers, signal }: SseRequest): Response {
  const left = new AbortController();
  const ended = AbortSignal.any([signal, left.signal]);
  const leave = feed.enter();
  const events = eventsOf(feed, headers.get("last-event-id"), isWanted, ended);
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
