/** Schemas: the forms of what goes over HTTP. Requests are checked by them, and the description of the interface is made from them. */
import { deadReasons } from "hermod";
import * as z from "zod";

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*$/u;
const ADDRESS = /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*(#[\p{L}\p{N}_.:/@+-]+)?$/u;

/** The name of an agent, a pool or a mailbox. */
export const name = z.string().max(200).regex(NAME, "must be a name: letters, digits and _ . : / -");
/** The name of an agent or of one of its instances. */
export const address = z.string().max(200).regex(ADDRESS, "must be a name, or name#key");
/** Who sends and gets: an agent, an instance, or a person. */
export const party = z
  .string()
  .max(200)
  .refine(
    (text) => ADDRESS.test(text.replace(/^~people\//, "")),
    "must be a name, name#key, or ~people/name",
  );
export const topic = z.string().min(1).max(200);
export const text = z.string().min(1).max(512);
export const id = text;
export const cursor = z.string().min(1).max(4096);
export const where = z
  .string()
  .max(4096)
  .describe("A filter, for example  type:request state:failed age:<1h at:>2026-11-22T10:00Z");
export const time = z.string().describe("ISO 8601 in UTC");
export const json = z.unknown().describe("Any JSON; bytes as {$bytes: base64}");

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/;
const YEAR = 366 * units.d;

/** A duration in milliseconds: written as "250ms", "5s", "10m", "2h", "1d", or milliseconds. */
export function duration(most: number = YEAR, least = 0) {
  return z
    .union([z.number(), z.string().regex(DURATION)])
    .transform((given) => (typeof given === "number" ? given : toMs(given)))
    .refine((ms) => ms >= least && ms <= most, `must be a duration from ${least} to ${most} ms`)
    .describe('Milliseconds, or text such as "250ms", "5s", "10m", "2h", "1d"');
}

function toMs(given: string): number {
  const [, number, unit] = DURATION.exec(given) ?? [];
  return Number(number) * units[(unit ?? "ms") as keyof typeof units];
}

/** A whole number as a query says it. */
export const count = (most: number, least = 1) => z.coerce.number().int().min(least).max(most);
/** "true" or "false" as a query says it. */
export const flag = z.enum(["true", "false"]).transform((given) => given === "true");

/** Which page of a list. */
export const paging = {
  limit: count(1000).optional().describe("Most items; default 100"),
  after: cursor.optional().describe("`next` of the page before"),
};

/** From which size on a payload is not sent whole. */
export const cut = count(1_000_000)
  .optional()
  .describe("Most characters of a payload; of a larger one only the beginning comes, as `beginning`");

export const priority = z.union([
  z.enum(["low", "normal", "high", "urgent"]),
  z.literal([1, 2, 3, 4]),
  z.enum(["1", "2", "3", "4"]).transform((given) => Number(given) as 1 | 2 | 3 | 4),
]);
export const delivery = z.enum(["at-most-once", "at-least-once", "exactly-once"]);
export const budget = z.strictObject({
  messages: z.number().int().min(1).optional(),
  tokens: z.number().int().min(0).optional(),
  cost: z.number().min(0).optional(),
  time: duration().optional(),
});
export const retry = z.looseObject({});

/** An envelope as it is shown. */
export const envelope = z.looseObject({
  v: z.number(),
  id,
  verb: z.enum(["call", "cast", "task", "publish", "info", "reply"]),
  type: z.enum(["request", "response", "notification", "task", "result", "error", "status"]),
  operation: z.string(),
  from: z.string(),
  to: z.string().optional(),
  topic: z.string().optional(),
  payload: json.optional(),
  beginning: z.string().optional().describe("Of a payload that is larger than `cut`; it stands in its place"),
  priority: z.number(),
  delivery,
  conversationId: z.string(),
  sentAt: time,
  deadline: time.optional(),
  notBefore: time.optional(),
});
export const errorRecord = z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() });
export const attempt = z.looseObject({
  number: z.number(),
  startedAt: time,
  endedAt: time,
  outcome: z.string(),
  error: errorRecord.optional(),
});
export const record = z.object({
  envelope,
  mailbox: z.string().optional(),
  state: z.enum(["waiting", "running", "done", "failed", "dead"]),
  attempts: z.array(attempt),
});
/** A conversation in short. */
export const conversation = z.object({
  id,
  first: z.object({
    ...{ verb: envelope.shape.verb, type: envelope.shape.type, operation: z.string(), from: z.string() },
    ...{ to: z.string().optional(), topic: z.string().optional(), preview: z.string() },
  }),
  participants: z.array(z.string()),
  others: z.number().describe("Participants that are not named"),
  messages: z.number(),
  isWhole: z.boolean().describe("False where there are more messages than were counted"),
  state: z.enum(["open", "failed", "done"]),
  startedAt: time,
  endedAt: time.describe("When something last happened in it"),
  spent: z
    .object({ tokens: z.number().optional(), cost: z.number().optional() })
    .optional()
    .describe("What language models have cost"),
});
export const letter = z.object({
  id,
  envelope,
  mailbox: z.string().optional(),
  reason: z.enum(deadReasons),
  error: errorRecord.optional(),
  attempts: z.array(attempt),
  diedAt: time,
  generation: z.number(),
});
export const counts = z.object({
  mailbox: z.string(),
  served: z.boolean(),
  servers: z.array(z.string()).optional().describe("The systems that serve it, where all say who they are"),
  rests: z.boolean().optional().describe("True while the breakers of all who serve it are open"),
  waiting: z.number(),
  delayed: z.number(),
  running: z.number(),
  bytes: z.number(),
  received: z.number(),
  oldestSentAt: time.optional(),
});
/** The body of every answer that is none. */
export const error = z.object({
  error: z.object({
    code: z.string().regex(/^HERMOD_/),
    message: z.string(),
    hint: z.string(),
    docs: z.string(),
    retryable: z.boolean(),
    details: z.record(z.string(), z.unknown()),
  }),
});
