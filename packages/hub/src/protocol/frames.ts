/** Frames: what client and hub say to each other, as schemas. Each text on the socket is a list of them. */
import { PROTOCOL, type Op } from "hermod/remote";
import { z } from "zod";
import { address, claim, error } from "./data.ts";
import { described } from "./operations.ts";

const n = z.int().min(1).meta({ description: "The number of the request; numbers grow." });

const now = z.number().meta({ description: "The time at the hub, UTC milliseconds." });

/** What a client says besides its requests. */
export const fromClient = {
  hello: z
    .strictObject({
      hello: z.literal(PROTOCOL),
      session: z.string().optional().meta({ description: "Goes on with this session." }),
      token: z.string().optional(),
      client: z.string().optional().meta({ description: "A name for lists and logs." }),
    })
    .meta({ description: "The first frame of every connection." }),
  got: z
    .strictObject({ got: z.array(n), offer: z.int().min(0).optional() })
    .meta({ description: "These answers have come, and all offers up to this number." }),
  ping: z.strictObject({ ping: z.unknown() }).meta({ description: "Asks for a pong with the same value." }),
  bye: z.strictObject({ bye: z.literal(true) }).meta({ description: "Ends the session." }),
} as const;

/** What the hub says besides its answers. */
export const fromHub = {
  welcome: z
    .strictObject({
      welcome: z.literal(PROTOCOL),
      session: z.string(),
      resumed: z.boolean(),
      credit: z.int().min(1).meta({ description: "Most requests without an answer." }),
      level: z.strictObject({ name: z.string(), durable: z.boolean() }),
      now,
      tag: z
        .string()
        .optional()
        .meta({ description: "What the address of the client's own system is to end with, behind a point." }),
    })
    .meta({ description: "The answer to a hello." }),
  refused: z.strictObject({ refused: error }).meta({ description: "Why the hub ends the connection." }),
  failed: z.strictObject({ n, error }).meta({ description: "The answer to a request that failed." }),
  offer: z
    .strictObject({ offer: z.int().min(1), of: address, is: z.array(claim) })
    .meta({ description: "What came to a mailbox that a claim stands for; numbers grow by one." }),
  wake: z.strictObject({ wake: z.array(address) }).meta({ description: "Look into these mailboxes." }),
  grown: z
    .strictObject({ grown: z.array(z.string()) })
    .meta({ description: "These messages have new parts." }),
  seen: z.strictObject({ seen: z.int().min(0) }).meta({
    description:
      "The last request that was heard: the hub ends the connection, and has heard nothing behind it.",
  }),
  pong: z.strictObject({ pong: z.unknown(), now }).meta({ description: "The answer to a ping." }),
} as const;

/** The request of an operation. */
export function requestOf(op: Op): z.ZodType {
  return z
    .strictObject({ n, op: z.literal(op), ...described[op].in })
    .meta({ description: described[op].says });
}

/** Its answer where it was done. */
export function answerOf(op: Op): z.ZodType {
  return z.strictObject({ n, is: described[op].out }).meta({ description: `The answer to "${op}".` });
}
