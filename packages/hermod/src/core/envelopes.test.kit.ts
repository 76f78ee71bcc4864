/** Arbitrary envelopes of all kinds, as a send makes them. */
import fc from "fast-check";
import { systemAddress, toAddress } from "./address.ts";
import { Copier } from "./codec.ts";
import { deliveryModes, messageTypes, verbs, type Envelope, type EnvelopeFields } from "./envelope.ts";
import { toRetryPolicy } from "./retry.ts";
import { sample } from "./samples.test.kit.ts";

const word = fc.stringMatching(/^[^\p{Cc}]{1,20}$/u);
const address = fc.constantFrom("writer", "team.critic", "研究者").map((name) => toAddress(name));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const time = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const data = fc.oneof(
  fc.jsonValue(),
  fc.uint8Array(),
  fc.constant({ $bytes: "AQI=" }),
  fc.constant({ a: [{ $$bytes: 1 }] }),
);
const metadata = fc.dictionary(fc.oneof(word, fc.constantFrom("$bytes", "__proto__")), data, { maxKeys: 3 });

const some: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };
const done = fc.record({ to: address, operation: word }, { noNullPrototype: true });
const terms = fc.record({ done, idle: fc.nat(), ahead: fc.nat() }, some);
const amount = fc.nat();
const budget = fc.record({ messages: amount, tokens: amount, cost: amount, until: time }, some);

export const envelopes: fc.Arbitrary<Envelope> = fc
  .record({
    id: word,
    verb: fc.constantFrom(...verbs),
    type: fc.constantFrom(...messageTypes),
    operation: fc.oneof(word, fc.constant("")),
    from: fc.oneof(address, fc.constant(systemAddress("s1"))),
    to: maybe(address),
    topic: maybe(word),
    payload: maybe(data),
    priority: fc.constantFrom(1, 2, 3, 4),
    delivery: fc.constantFrom(...deliveryModes),
    retry: maybe(fc.integer({ min: 0, max: 9 }).map((retries) => toRetryPolicy({ retries }))),
    replyTo: maybe(address),
    inReplyTo: maybe(word),
    correlationId: maybe(word),
    causeId: maybe(word),
    conversationId: word,
    idempotencyKey: maybe(word),
    orderKey: maybe(word),
    sequence: fc.nat(),
    published: maybe(fc.record({ by: address, number: fc.nat() }, { noNullPrototype: true })),
    sentAt: time,
    notBefore: maybe(time),
    deadline: maybe(time),
    hops: fc.array(address, { maxLength: 3 }),
    trace: maybe(word),
    metadata,
    task: maybe(terms),
    budget: maybe(budget),
  })
  .chain((fields) => fc.nat({ max: fields.hops.length }).map((waits) => ({ ...fields, waits })))
  .map((fields) => sample(copied(fields as Partial<EnvelopeFields>)));

function copied(fields: Partial<EnvelopeFields>): Partial<EnvelopeFields> {
  const copier = new Copier();
  const payload = copier.copy(fields.payload);
  const { size } = copier;
  return { ...fields, payload, size, metadata: copier.copy(fields.metadata ?? {}) };
}
