/** Sending: the same message again, with another payload; and where to find what was sent. */
import { ask } from "../../api/client.ts";
import { BRIEF } from "../../parts/cut.ts";
import type { Envelope, MessageRecord, Page } from "../../api/types.ts";

/** How often, and for how long, a call is looked for in its conversation, in milliseconds. */
const LOOK = 150;
const PATIENCE = 30_000;

/** Sends it, and gives the id of the new message as soon as it is stored. @throws HubError. */
export async function sendAgain(envelope: Envelope, payload: unknown): Promise<string> {
  const { verb, operation, to, topic } = envelope;
  if (topic === undefined && verb === "call" && operation !== "") return callAgain(envelope, payload);
  if (topic === undefined && verb === "task") {
    const place = `post /v1/agents/${encodeURIComponent(to ?? "")}/${encodeURIComponent(operation)}`;
    return (await ask<{ id: string }>(place, { query: { verb }, body: payload })).id;
  }
  const { type, priority, delivery, orderKey, metadata } = envelope;
  const target = topic === undefined ? { to } : { topic };
  const body = { verb, type, operation, priority, delivery, orderKey, metadata, ...target, payload };
  return (await ask<{ id: string }>("post /v1/send", { body })).id;
}

/** A call answers when it is done; it is there before. With a key it goes on when nobody waits any more. */
async function callAgain({ to, operation, priority }: Envelope, payload: unknown): Promise<string> {
  const [conversation, key] = [crypto.randomUUID(), crypto.randomUUID()];
  const place = `post /v1/agents/${encodeURIComponent(to ?? "")}/${encodeURIComponent(operation)}`;
  let failure: Error | undefined;
  let isOver = false;
  void ask(place, { query: { conversation, key, priority }, body: payload })
    .catch((error: unknown) => (failure = error as Error))
    .finally(() => (isOver = true));
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    const wasOver = isOver;
    const query = { conversation, limit: 1, cut: BRIEF };
    const [first] = (await ask<Page<MessageRecord>>("get /v1/history", { query })).items;
    if (first) return first.envelope.id;
    // It was refused before it was a message.
    if (wasOver && failure) throw failure;
  }
  throw failure ?? new Error("The call is not in the history; it may still be under way.");
}

export interface Redriven {
  readonly matched: number;
  readonly redriven: number;
  readonly skipped: Readonly<Record<string, number>>;
}

/** Gives a dead letter back, or only tells whether that would go. @throws HubError. */
export function redrive(id: string, dryRun: boolean, force = false): Promise<Redriven> {
  return ask<Redriven>("post /v1/dead-letters/redrive", { body: { id, dryRun, force } });
}
