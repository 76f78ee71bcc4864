/** Deduplication: by what a message is recognised, and whether two with the same mark are the same message. Pure. */
import { toJson } from "./codec.ts";
import type { Envelope } from "./envelope.ts";
import { digest } from "./id.ts";

/** The marks that recognise a message in its mailbox: its id, and its idempotency key where it has one. */
export function marksOf(envelope: Envelope): string[] {
  const place = envelope.to ?? `topic ${envelope.topic}`;
  const byId = `${place} id ${envelope.id}`;
  if (envelope.idempotencyKey === undefined) return [byId];
  return [byId, `${place} key ${envelope.operation} ${envelope.idempotencyKey}`];
}

/** A fingerprint of what a message says: equal for equal operation and payload, whatever the order of keys. */
export function fingerprint(envelope: Envelope): string {
  return digest(`${envelope.operation} ${canonical(envelope.payload)}`);
}

function canonical(value: unknown): string {
  return toJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const pairs = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
