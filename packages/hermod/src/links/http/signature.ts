/** Signature: that a webhook comes from who has the secret, by the rules of Standard Webhooks (standardwebhooks.com), version 1. */
import { systemClock, type Clock } from "../../core/clock.ts";
import { show, toMs, type Duration } from "../../core/duration.ts";
import { HermodError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";

/** One secret, or while secrets change several: the newest first. */
export type Secrets = string | readonly string[];

/** What is signed. */
export interface Signed {
  readonly id: string;
  /** UTC seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/** As the standard has it; shorter keys are guessed. */
const LEAST_BYTES = 24;

/** Keys for signing and verifying. Neither a secret nor its length is ever shown. @throws HermodError HERMOD_BAD_OPTION. */
export function toKeys(name: string, given: Secrets | undefined): readonly Uint8Array<ArrayBuffer>[] {
  if (given === undefined) return [];
  const list: readonly unknown[] = typeof given === "string" ? [given] : given;
  if (!Array.isArray(list) || list.length === 0)
    throw bad(name, `must be text or a list of it, got ${show(given)}`);
  return list.map((secret) => toKey(name, secret));
}

function toKey(name: string, secret: unknown): Uint8Array<ArrayBuffer> {
  if (typeof secret !== "string") throw bad(name, `must be text, got ${typeof secret}`);
  const key = secret.startsWith("whsec_") ? bytesOf(secret.slice(6)) : new TextEncoder().encode(secret);
  if (key !== undefined && key.length >= LEAST_BYTES) return key;
  throw bad(name, `must be "whsec_" and base64, or text, of at least ${LEAST_BYTES} bytes`);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function bad(option: string, rule: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${option} ${rule}`, { details: { option } });
}

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** The header `webhook-signature`: one signature for each key. */
export async function signatureOf(keys: readonly Uint8Array<ArrayBuffer>[], signed: Signed): Promise<string> {
  const each = keys.map(async (bytes) => {
    const key = await crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign"]);
    return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign(HMAC, key, contentOf(signed))))}`;
  });
  return (await Promise.all(each)).join(" ");
}

function contentOf({ id, timestamp, body }: Signed): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${id}.${timestamp}.${body}`);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Options of `verifyWebhook`. */
export interface VerifyOptions {
  /** How far its time may be from now, either way; default "5m". */
  readonly tolerance?: Duration;
  /** Default the machine's clock. */
  readonly clock?: Clock;
}

/**
 * For who gets a webhook: true where it was signed with the secret, or one of them, and not long ago. `body` is its text, as it came. An id that was
 * seen before is a repeat.
 * @throws HermodError HERMOD_BAD_OPTION for a secret that is none.
 */
export async function verifyWebhook(
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  secret: Secrets,
  options: VerifyOptions = {},
): Promise<boolean> {
  checkOptions("verifyWebhook", options, ["tolerance", "clock"]);
  const { tolerance = "5m", clock = systemClock } = options;
  const keys = toKeys("verifyWebhook secret", secret);
  const [id, time, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    read(headers, name),
  );
  if (!id || !/^\d{1,12}$/.test(time ?? "") || !signatures) return false;
  const timestamp = Number(time);
  if (Math.abs(clock.now() - timestamp * 1000) > toMs(tolerance, "verifyWebhook tolerance")) return false;
  return await isSigned(keys, { id, timestamp, body }, signatures);
}

function read(
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  name: string,
): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Nobody signs with more keys at once than this. */
const MOST_SIGNATURES = 10;

/** The comparison is the platform's own, and takes as long for any signature. */
async function isSigned(
  keys: readonly Uint8Array<ArrayBuffer>[],
  signed: Signed,
  signatures: string,
): Promise<boolean> {
  const given = signatures
    .split(" ", MOST_SIGNATURES)
    .flatMap((text) => (text.startsWith("v1,") ? [bytesOf(text.slice(3))] : []))
    .filter((bytes) => bytes !== undefined);
  for (const bytes of keys) {
    const key = await crypto.subtle.importKey("raw", bytes, HMAC, false, ["verify"]);
    for (const signature of given)
      if (await crypto.subtle.verify(HMAC, key, signature, contentOf(signed))) return true;
  }
  return false;
}
