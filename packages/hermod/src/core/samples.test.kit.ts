/** What the tests of core share: an envelope to vary, the code of a thrown error, and how often a property is tried. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { toAddress } from "./address.ts";
import {
  ENVELOPE_VERSION,
  noHops,
  noMetadata,
  seal,
  type Envelope,
  type EnvelopeFields,
} from "./envelope.ts";
import { HermodError } from "./errors.ts";

const fields: Envelope = {
  v: ENVELOPE_VERSION,
  id: "m1",
  verb: "cast",
  type: "notification",
  operation: "note",
  from: toAddress("writer"),
  to: toAddress("critic"),
  topic: undefined,
  payload: { text: "the tide turns" },
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
  sequence: 1,
  published: undefined,
  sentAt: 1_700_000_000_000,
  notBefore: undefined,
  deadline: undefined,
  hops: noHops,
  waits: 0,
  trace: undefined,
  metadata: noMetadata,
  size: 30,
  task: undefined,
  budget: undefined,
};

/** An envelope like any other, apart from the given fields. */
export function sample(changes: Partial<EnvelopeFields> = {}): Envelope {
  return seal({ ...fields, ...changes });
}

/** The error that `run` throws; anything else than a coded one fails the test. */
export function thrownBy(run: () => unknown): HermodError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof HermodError, `an error without a code: ${String(error)}`);
    return error;
  }
  return assert.fail("nothing was thrown");
}

/** The code of the error that `run` throws. */
export function codeOf(run: () => unknown): string {
  return thrownBy(run).code;
}

/** How often fast-check tries a property; FC_RUNS and FC_SEED override, and fast-check prints the seed of a failure. */
export function tries(numRuns = 1000): { readonly numRuns: number; readonly seed?: number } {
  const { FC_RUNS, FC_SEED } = process.env;
  return { numRuns: FC_RUNS ? Number(FC_RUNS) : numRuns, ...(FC_SEED && { seed: Number(FC_SEED) }) };
}

/** Any code point but the halves of pairs. What fast-check has for it takes a second to make, in each file anew. */
const character = fc
  .nat(0x10ffff - 0x800)
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

/** Any text, for properties. */
export const anyText = fc.string({ unit: character });
