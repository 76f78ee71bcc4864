/** Data: what the frames of the protocol carry, as schemas. The published description is made of them, and tests hold them against real traffic. */
import { z } from "zod";

/** An agent, a pool, an instance of an agent, or a system (with `~`). */
export const address = z.string().min(1).max(200);
/** UTC milliseconds. */
const time = z.number();
const count = z.int().min(0);
const text = z.string().min(1).max(512);

export const verb = z.enum(["call", "cast", "task", "publish", "info", "reply"]);
export const messageType = z.enum([
  "request",
  "response",
  "notification",
  "task",
  "result",
  "error",
  "status",
]);

export const error = z.strictObject({
  code: z.string().meta({ description: "Stays the same; docs/errors.md has a section for each." }),
  name: z.string(),
  message: z.string(),
  category: z.enum(["usage", "routing", "timeout", "overload", "failure", "lifecycle", "storage"]),
  retryable: z.boolean().meta({ description: "Whether the same request may succeed later, unchanged." }),
  hint: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
  stack: z.string().optional(),
});

const retry = z.strictObject({
  retries: z.int().min(0).max(1000),
  base: z.number().meta({ description: "Milliseconds." }),
  factor: z.number().min(1),
  cap: z.number().meta({ description: "Milliseconds." }),
  jitter: z.enum(["full", "none"]),
});

const task = z.strictObject({
  done: z.strictObject({ to: address, operation: text }).optional(),
  idle: count.optional(),
  ahead: count.optional(),
});

const budget = z.strictObject({
  messages: z.number().min(0).optional(),
  tokens: z.number().min(0).optional(),
  cost: z.number().min(0).optional(),
  until: z.number().min(0).optional(),
});

export const envelope = z
  .strictObject({
    v: z.literal(1).optional(),
    id: text.meta({ description: "Fresh for each message; a UUID of version 7 is best." }),
    verb: verb.default("cast"),
    type: messageType.default("notification"),
    operation: z.string().max(512).default(""),
    from: address,
    to: address.optional().meta({ description: "The recipient; absent for what goes to a topic." }),
    topic: text.optional(),
    payload: z.unknown().optional().meta({ description: 'Any JSON; bytes are {"$bytes": "base64"}.' }),
    priority: z.int().min(1).max(4).default(2).meta({ description: "1 low, 2 normal, 3 high, 4 urgent." }),
    delivery: z.enum(["at-most-once", "at-least-once", "exactly-once"]).default("at-least-once"),
    retry: retry.optional(),
    replyTo: address.optional(),
    inReplyTo: text.optional(),
    correlationId: text.optional(),
    causeId: text.optional(),
    conversationId: text.optional().meta({ description: "Default the message's own id." }),
    idempotencyKey: text.optional(),
    orderKey: text.optional(),
    sequence: count.optional(),
    published: z.strictObject({ by: address, number: count }).optional(),
    sentAt: time.default(0),
    notBefore: time.optional(),
    deadline: time.optional(),
    hops: z.array(address).max(1000).optional(),
    waits: count.optional(),
    trace: text.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    size: count.optional().meta({ description: "The hub measures; what is said is not heeded." }),
    task: task.optional(),
    budget: budget.optional(),
  })
  .meta({ description: "One message. Times are UTC milliseconds; what is absent is left out." });

const term = z.strictObject({
  field: z.string(),
  operator: z.enum(["is", "starts", "more", "less"]),
  value: z.union([z.string(), z.number()]),
  negated: z.boolean(),
});

export const filter = z
  .union([z.string(), z.array(term).max(100)])
  .meta({ description: 'The filter language, such as `from:writer state:dead "free text"`, or its terms.' });

const limit = count.optional();

export const rule = z.strictObject({
  order: z.enum(["priority", "fifo", "strict"]).optional(),
  keyBy: z.enum(["none", "conversation", "recipient", "slot"]).optional(),
  slots: limit,
  count: limit,
  bytes: limit,
  overflow: z.enum(["reject", "wait", "drop-newest", "drop-oldest", "spill"]).optional(),
  total: limit,
});

export const deadReason = z.enum([
  "exhausted",
  "terminal",
  "no-recipient",
  "no-subscriber",
  "expired",
  "overflow",
  "loop",
  "budget",
  "unreadable",
  "unauthorized",
  "too-large",
  "stopped",
]);

export const settlement = z.union([
  z.strictObject({ type: z.literal("ack") }),
  z.strictObject({ type: z.literal("fail"), error }),
  z.strictObject({ type: z.literal("retry"), at: time, error }),
  z.strictObject({
    type: z.literal("release"),
    at: time.optional(),
    keepsKey: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal("dead"), reason: deadReason, error }),
]);

export const state = z.strictObject({ key: z.string(), base: count, json: z.string().optional() });

export const amounts = z.record(z.string(), z.number());

export const claim = z.strictObject({
  mailbox: address,
  attempt: z.int().min(1),
  token: count.meta({ description: "Names the claim; grows with every claim of the store." }),
  startedAt: time,
  leaseUntil: time,
  generation: count,
  envelope,
});

const attempt = z.strictObject({
  number: count,
  startedAt: time,
  endedAt: time,
  outcome: z.enum(["acked", "failed", "retried", "released", "dead", "lease-expired"]),
  error: error.optional(),
});

export const messageRecord = z.strictObject({
  envelope,
  mailbox: address.optional(),
  state: z.enum(["waiting", "running", "done", "failed", "dead"]),
  attempts: z.array(attempt),
});

export const delayedMessage = z.strictObject({ envelope, dueAt: time, attempts: z.array(attempt) });

export const deadLetter = z.strictObject({
  id: z.string(),
  envelope,
  mailbox: address.optional(),
  reason: deadReason,
  error: error.optional(),
  attempts: z.array(attempt),
  diedAt: time,
  generation: count,
});

export const deathCount = z.strictObject({ count });

export const binding = z.strictObject({ pattern: z.string(), mailbox: address, until: time.optional() });

export const counts = z.strictObject({
  mailbox: address,
  served: z.boolean(),
  rests: z.boolean().optional(),
  servers: z.array(address).optional(),
  waiting: count,
  delayed: count,
  running: count,
  bytes: count,
  received: count,
  oldestSentAt: time.optional(),
});
