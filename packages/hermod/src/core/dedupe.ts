/** Deduplication: by what a message is recognised, and whether two with the same mark are the same message. Pure. */
import { toJson } from "./codec.ts";
import type { Envelope } from "./envelope.ts";
import { HermodError } from "./errors.ts";
import { digest } from "./id.ts";

/** The marks that recognise a message in its mailbox: its id, and its idempotency key where it has one. */
export function marksOf(envelope: Envelope): string[] {
  const place = envelope.to ?? `topic ${envelope.topic}`;
  const byId = `${place} id ${envelope.id}`;
  if (envelope.idempotencyKey === undefined) return [byId];
  return [byId, `${place} key ${envelope.operation} ${envelope.idempotencyKey}`];
}

/** Most characters of a key, as the envelope has it. */
const MOST_KEY = 512;
const OWNED = /^~[^~]*~ /;

/**
 * A key as a store keeps it that many share: whoever else uses the same one repeats nothing of its owner. An owner's name has no `~`.
 * @throws HermodError HERMOD_BAD_ENVELOPE for a key that is too long for that.
 */
export function ownedKey(owner: string, key: string): string {
  const owned = `~${owner}~ ${key}`;
  if (owned.length <= MOST_KEY) return owned;
  const most = MOST_KEY - (owned.length - key.length);
  throw new HermodError(
    "HERMOD_BAD_ENVELOPE",
    `envelope: idempotencyKey must be text of at most ${most} characters here, since the hub writes before it whose it is`,
    { details: { field: "idempotencyKey", limit: most, length: key.length } },
  );
}

/** The key as its owner said it. */
export function saidKey(key: string): string {
  return key.replace(OWNED, "");
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
