/** Parcel: envelopes and claims as the text that travels, and back. Whatever comes is checked: it may come from anybody. */
import { fromJson, toJson, type Copier } from "../core/codec.ts";
import { describe, HermodError } from "../core/errors.ts";
import { noMetadata, type Envelope } from "../core/envelope.ts";
import { readEnvelope } from "../core/envelopemap.ts";
import type { Claim } from "../core/store.ts";
import { MOST_FRAMES } from "./limits.ts";
import type { Frame } from "./protocol.ts";

/** The envelope as JSON text: its fields by name, times as UTC milliseconds, what is absent left out. */
export function envelopeText(envelope: Envelope): string {
  const { payload, metadata, ...head } = envelope;
  const text = JSON.stringify(head).slice(0, -1);
  const said = payload === undefined ? "" : `,"payload":${toJson(payload)}`;
  return `${text}${said}${metadata === noMetadata ? "" : `,"metadata":${toJson(metadata)}`}}`;
}

/** A list of envelopes as JSON text. */
export function envelopesText(envelopes: readonly Envelope[]): string {
  return `[${envelopes.map(envelopeText).join(",")}]`;
}

/** What came as an envelope, checked. @throws HermodError HERMOD_BAD_ENVELOPE and what the copier says. */
export function readParcel(value: unknown, copier: Copier): Envelope {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return readEnvelope(value as Record<string, unknown>, copier);
  throw new HermodError("HERMOD_BAD_ENVELOPE", "an envelope must be an object");
}

/** A claim as JSON text. */
export function claimText({ envelope, ...claim }: Claim): string {
  const { mailbox, attempt, token, startedAt, leaseUntil, generation } = claim;
  const text = JSON.stringify({ mailbox, attempt, token, startedAt, leaseUntil, generation });
  return `${text.slice(0, -1)},"envelope":${envelopeText(envelope)}}`;
}

/** A list of claims as JSON text. */
export function claimsText(claims: readonly Claim[]): string {
  return `[${claims.map(claimText).join(",")}]`;
}

/** The frames of a message. Without bytes in it nothing needs reviving, which costs five times the parsing. */
export function readFrames(text: string): readonly Frame[] {
  const frames = parsed(text);
  if (Array.isArray(frames) && frames.length > MOST_FRAMES)
    throw bad(`a message is at most ${MOST_FRAMES} frames`);
  if (Array.isArray(frames) && frames.every(isFrame)) return frames;
  throw bad("a message is a list of frames, each an object");
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return text.includes("bytes") ? fromJson(text) : JSON.parse(text);
  } catch (cause) {
    throw bad(`a message is JSON: ${describe(cause)}`, cause);
  }
}

/** The error for what is no frame of the protocol. */
export function bad(rule: string, cause?: unknown): HermodError {
  return new HermodError("HERMOD_PROTOCOL", rule, cause === undefined ? {} : { cause });
}
