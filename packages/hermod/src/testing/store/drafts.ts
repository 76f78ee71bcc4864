/** Drafts: what a law says of a message, and the names that the laws use. */
import { toAddress } from "../../core/address.ts";
import { noHops, noMetadata, type EnvelopeFields } from "../../core/envelope.ts";
import { toRecord, type ErrorRecord } from "../../core/errors.ts";

export const critic = toAddress("critic");
export const editor = toAddress("editor");
export const writer = toAddress("writer");
export const nobody = toAddress("nobody");

/** The error of a failed attempt. */
export const failure: ErrorRecord = toRecord(new Error("the press is jammed"));

/** The time that claims are held for unless a law says otherwise. */
export const LEASE = 30_000;

/** What a law says of a message; its size follows from its payload. */
export type Draft = Partial<Omit<EnvelopeFields, "size">>;

/** A text payload of this size in the codec's measure. */
export function sized(size: number): string {
  return "x".repeat(size - 2);
}

/** A message with nothing that a law would have to say. */
export const blank: EnvelopeFields & { readonly v: number } = {
  v: 1,
  id: "",
  verb: "cast",
  type: "notification",
  operation: "note",
  from: writer,
  to: critic,
  topic: undefined,
  payload: undefined,
  priority: 2,
  delivery: "at-least-once",
  retry: undefined,
  replyTo: undefined,
  inReplyTo: undefined,
  correlationId: undefined,
  causeId: undefined,
  conversationId: "c1",
  idempotencyKey: undefined,
  orderKey: undefined,
  sequence: 0,
  published: undefined,
  sentAt: 0,
  notBefore: undefined,
  deadline: undefined,
  hops: noHops,
  waits: 0,
  trace: undefined,
  metadata: noMetadata,
  size: 0,
  task: undefined,
  budget: undefined,
};
