/** ByHand: a message that somebody writes field by field; what is absent has the default of its kind. */
import { isOfPeople, refusePeople, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import type { Copier } from "../core/codec.ts";
import { show } from "../core/duration.ts";
import {
  amend,
  expectsAnswer,
  messageTypes,
  type Envelope,
  type MessageType,
  type Verb,
} from "../core/envelope.ts";
import { readEnvelope } from "../core/envelopemap.ts";
import { HermodError, describe } from "../core/errors.ts";
import type { IdSource } from "../core/id.ts";
import type { Origin, Sender } from "./send.ts";

/** A message written by hand; everything absent has the default of its kind. */
export type HandMessage = { readonly [K in keyof ByHand]?: ByHand[K] | undefined } & {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly replyTo?: string | undefined;
};

type ByHand = Omit<Envelope, "v" | "size" | "to" | "from" | "replyTo" | "hops" | "waits">;

/** What reading a message written by hand needs. */
export interface HandParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly copier: Copier;
  readonly sender: Sender;
  readonly self: Address;
}

const verbOfType: Readonly<Record<MessageType, Verb>> = {
  request: "call",
  response: "reply",
  notification: "cast",
  task: "task",
  result: "reply",
  error: "reply",
  status: "info",
};

/** The envelope of a message written by hand, in the name of its origin where there is one. @throws HermodError HERMOD_BAD_ENVELOPE naming the field. */
export function toEnvelope(
  message: HandMessage,
  parts: HandParts,
  origin?: Pick<Origin, "from" | "replyTo">,
): Envelope {
  if (typeof message !== "object" || message === null) {
    throw new HermodError("HERMOD_BAD_ENVELOPE", `a message must be an object, got ${show(message)}`);
  }
  const { clock, ids, copier, self, sender } = parts;
  const now = clock.now();
  const given = fieldsOf(message);
  const type = given["type"] ?? "notification";
  const verb = given["verb"] ?? verbFor(type);
  const id = given["id"] ?? ids.next(now);
  const delivery = verb === "call" || verb === "info" ? "at-most-once" : "at-least-once";
  const sequence = given["sequence"] ?? sender.next();
  const envelope = readEnvelope(
    { from: origin?.from ?? self, sentAt: now, delivery, ...given, id, type, verb, sequence },
    copier,
  );
  for (const name of ["from", "to", "replyTo"] as const) {
    const address = envelope[name];
    if (address !== undefined && address !== origin?.from) refusePeople(address as Address, name);
  }
  const { correlationId = envelope.id, from } = envelope;
  // People have no mailbox for answers.
  const { replyTo = isOfPeople(from) ? origin?.replyTo : from } = envelope;
  return expectsAnswer(envelope) ? amend(envelope, { correlationId, replyTo }) : envelope;
}

/** The verb of a type; an unknown type is refused when the message is read. */
function verbFor(type: unknown): Verb {
  return messageTypes.includes(type as MessageType) ? verbOfType[type as MessageType] : "cast";
}

/** The fields that a message written by hand has. @throws HermodError HERMOD_BAD_ENVELOPE when they cannot be read. */
function fieldsOf(message: object): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_ENVELOPE", `the message cannot be read: ${describe(cause)}`, { cause });
  }
}
