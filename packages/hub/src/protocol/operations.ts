/** Operations: what a client may ask of the hub's store, each with its arguments and its answer as schemas. */
import type { Op } from "hermod/remote";
import { z } from "zod";
import {
  address,
  amounts,
  binding,
  claim,
  counts,
  deathCount,
  deadLetter,
  deadReason,
  delayedMessage,
  envelope,
  error,
  filter,
  messageRecord,
  rule,
  settlement,
  state,
} from "./data.ts";

/** One operation. */
export interface Operation {
  /** What it does, in a sentence. */
  readonly says: string;
  readonly in: z.ZodRawShape;
  readonly out: z.ZodType;
}

const lease = z.number().min(0).max(86_400_000).meta({ description: "Milliseconds." });
const place = z.int().min(0).meta({ description: "The place in the list that was sent." });
const nothing = z.null();

export const appended = z.union([
  z.strictObject({ status: z.enum(["stored", "dropped", "unknown"]) }),
  z.strictObject({ status: z.enum(["duplicate", "conflict"]), id: z.string() }),
  z.strictObject({
    status: z.literal("full"),
    limit: z.enum(["count", "bytes", "store", "total"]),
    most: z.number().optional(),
  }),
  z.strictObject({ status: z.literal("spent"), sent: z.number() }),
]);

const refused = { status: z.literal("refused"), output: place, answer: appended };

const appendedAll = z.union([
  z.strictObject({ status: z.literal("stored"), answers: z.array(appended) }),
  z.strictObject(refused),
]);

const settled = z.union([
  z.strictObject({ status: z.enum(["settled", "stale"]) }),
  z.strictObject({
    ...refused,
    others: z.array(z.strictObject({ output: place, answer: appended })).optional(),
  }),
  z.strictObject({
    status: z.literal("undone"),
    cause: z.enum(["state", "output", "store"]),
    error: z.unknown().optional(),
  }),
]);

const query = z.strictObject({
  type: z.enum(["history", "waiting", "delayed", "dead", "deaths", "bindings", "counts"]),
  conversation: z.string().optional(),
  agent: address.optional(),
  mailbox: address.optional(),
  topic: z.string().optional(),
  where: filter.optional(),
  after: z.string().max(4096).optional().meta({ description: "`next` of the page before." }),
  limit: z.int().min(1).max(1000).optional(),
  order: z
    .enum(["oldest", "newest"])
    .optional()
    .meta({ description: "Of the history; default oldest first." }),
  places: z.boolean().optional().meta({ description: "Says of each item where it stands." }),
});

const item = z.union([messageRecord, envelope, delayedMessage, deadLetter, deathCount, binding, counts]);
const page = z.strictObject({
  items: z.array(item),
  next: z.string().optional(),
  places: z.array(z.int().min(1)).optional(),
});

const operation = z.union([
  z.strictObject({
    type: z.literal("redrive"),
    id: z.string(),
    force: z.boolean().optional(),
    dryRun: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("discard"), id: z.string() }),
  z.strictObject({ type: z.enum(["hasten", "cancel"]), mailbox: address, id: z.string() }),
  z.strictObject({ type: z.literal("remove"), mailbox: address, unserved: z.boolean().optional() }),
  z.strictObject({ type: z.literal("compact") }),
]);

const operated = z.union([
  z.strictObject({ status: z.literal("done"), count: z.int().min(0) }),
  z.strictObject({ status: z.enum(["missing", "needs-force", "expired", "no-recipient", "full", "served"]) }),
]);

export const described: Readonly<Record<Op, Operation>> = {
  append: {
    says: "Stores one message.",
    in: { envelope, fresh: z.boolean().optional() },
    out: appended,
  },
  appendAll: {
    says: "Stores several messages, all or none.",
    in: { envelopes: z.array(envelope) },
    out: appendedAll,
  },
  claim: {
    says: "Takes messages from a mailbox, each under a lease.",
    in: {
      mailbox: address,
      max: z.int().min(0).max(10_000),
      lease,
      where: filter.optional(),
      beside: z.boolean().optional(),
      stand: z.boolean().optional().meta({ description: "Hands out what comes later too, as `offer`." }),
    },
    out: z.array(claim),
  },
  extend: {
    says: "Lets the lease of a claim run anew; false where it is not held any more.",
    in: { token: z.int().min(0), lease },
    out: z.boolean(),
  },
  settle: {
    says: "Decides a claim, and stores its outputs, its state and a part in the same step.",
    in: {
      token: z.int().min(0),
      settlement,
      outputs: z.array(envelope).optional(),
      state: state.optional(),
      part: z.unknown().optional(),
    },
    out: settled,
  },
  bury: {
    says: "Keeps a message that no mailbox took as a dead letter.",
    in: { envelope, reason: deadReason, error: error.optional() },
    out: nothing,
  },
  load: {
    says: "The last committed state of an agent or of one of its keys.",
    in: { key: z.string() },
    out: z.strictObject({ json: z.string(), version: z.number() }).nullable(),
  },
  announce: {
    says: "Says that this session serves a mailbox, and how it is kept; one that rests takes nothing for now.",
    in: {
      mailbox: address,
      rule: rule.optional(),
      rests: z.boolean().optional(),
      servers: z.array(address).optional(),
    },
    out: nothing,
  },
  withdraw: { says: "Ends that.", in: { mailbox: address }, out: nothing },
  directory: { says: "All mailboxes there are.", in: {}, out: z.array(address) },
  bind: {
    says: "Gives a mailbox a copy of every message of the topics that fit a pattern.",
    in: { pattern: z.string(), mailbox: address, lease: lease.optional() },
    out: nothing,
  },
  unbind: { says: "Ends that.", in: { pattern: z.string(), mailbox: address }, out: nothing },
  record: {
    says: "Adds a part to what is recorded of a message; answers its number.",
    in: { id: z.string(), part: z.unknown() },
    out: z.int().min(1),
  },
  parts: {
    says: "The parts after a number.",
    in: { id: z.string(), after: z.int().min(0), limit: z.int().min(1).max(10_000) },
    out: z.array(z.unknown()),
  },
  follow: {
    says: "Tells this session, by `grown`, of each part that is added.",
    in: { id: z.string() },
    out: nothing,
  },
  unfollow: { says: "Ends that.", in: { id: z.string() }, out: nothing },
  spend: {
    says: "Adds to what a conversation has spent, unless a limit would be passed.",
    in: { conversation: z.string(), amounts: amounts.optional(), limits: amounts.optional() },
    out: z.strictObject({ amounts, refused: z.string().optional() }),
  },
  watch: {
    says: "Tells this session, by `wake`, that a mailbox may have something to claim.",
    in: { mailbox: address },
    out: nothing,
  },
  unwatch: { says: "Ends that.", in: { mailbox: address }, out: nothing },
  read: {
    says: "A page of the history, of what waits, of dead letters, bindings or numbers.",
    in: { query },
    out: page,
  },
  operate: {
    says: "Redrives or discards a dead letter, hastens or cancels a message that waits for a time, or removes a mailbox.",
    in: { operation },
    out: operated,
  },
};
