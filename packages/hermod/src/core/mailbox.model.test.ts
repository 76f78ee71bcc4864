/**
 * The mailbox under random commands, compared with a naive one. On a failure fast-check prints the seed and the shortest
 * sequence of commands it found; FC_SEED=… repeats it, FC_RUNS=… sets how many sequences each property tries.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Envelope } from "./envelope.ts";
import type { OrderRule } from "./ordering.ts";
import { tries } from "./samples.test.kit.ts";
import { Trial, filters, type Command, type End, type Offer } from "./trial.test.kit.ts";

const orders = ["priority", "fifo", "strict"] as const;

const rules: readonly OrderRule[] = orders.flatMap((order) =>
  (["none", "conversation", "recipient", "slot"] as const).map((keyBy) => ({
    order,
    keyBy,
    slots: keyBy === "slot" ? 2 : 1,
  })),
);

const ms = fc.integer({ min: 0, max: 120 });
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const some = (...names: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...names);

const offer: fc.Arbitrary<Offer> = fc.record({
  priority: fc.constantFrom(1, 2, 3, 4),
  from: some("a", "b"),
  to: fc.constantFrom("critic", "critic#1", "critic#2", undefined),
  key: fc.constantFrom(undefined, "k", "l"),
  conversation: some("c", "d"),
  delay: rarely(ms),
  life: rarely(ms),
  control: fc.integer({ min: 0, max: 15 }).map((drawn) => drawn === 0),
  size: fc.integer({ min: 0, max: 9 }),
});

/** Messages that wait for nothing, expire never and are no notices. */
const plainOffer = offer.map((message): Offer => ({
  ...message,
  delay: undefined,
  life: undefined,
  control: false,
}));

const end: fc.Arbitrary<End> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<End>({ type: "gone" }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom("release", "fail") }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom("retry", "releaseUntil"), delay: ms }) },
);

const max = fc.integer({ min: 0, max: 4 });
const claim: fc.Arbitrary<Command> = max.map((most) => ({ do: "claim", max: most }));
const settle: fc.Arbitrary<Command> = fc.record({ do: fc.constant("settle"), which: fc.nat(20), end });
const chosen: fc.Arbitrary<Command> = fc.record({
  do: fc.constant("claim"),
  max,
  where: some(...Object.keys(filters)),
});
const besideOthers: fc.Arbitrary<Command> = fc
  .record({
    do: fc.constant("claim"),
    max,
    where: some(...Object.keys(filters), ""),
    beside: fc.constant(true),
  })
  .map(({ where, ...command }) => (where === "" ? command : { ...command, where }));
const advance: fc.Arbitrary<Command> = ms.map((time) => ({ do: "advance", ms: time }));
const adopt: fc.Arbitrary<Command> = fc.constantFrom(...rules).map((rule) => ({ do: "adopt", rule }));

function offers(message: fc.Arbitrary<Offer>): fc.Arbitrary<Command> {
  return message.map((each) => ({ do: "offer", message: each }));
}

/** Up to 100 commands: offers, claims and ends, with a share of the others. */
function sequence(
  message: fc.Arbitrary<Offer>,
  ...others: readonly fc.Arbitrary<Command>[]
): fc.Arbitrary<Command[]> {
  const weighted = (weight: number, arbitrary: fc.Arbitrary<Command>) => ({ weight, arbitrary });
  const usual = [weighted(8, offers(message)), weighted(5, claim), weighted(5, settle), weighted(2, advance)];
  const command = fc.oneof(...usual, ...others.map((other) => weighted(1, other)));
  return fc.array(command, { maxLength: 100, size: "max" });
}

const outlive = fc.constant<Command>({ do: "outlive" });
const evict = fc.constant<Command>({ do: "evict" });
const ripen = fc.constant<Command>({ do: "ripen" });

function play(rule: OrderRule, commands: readonly Command[]): Trial {
  const trial = new Trial(rule);
  for (const command of commands) trial.run(command);
  trial.finish();
  return trial;
}

function nameOf({ order, keyBy }: OrderRule): string {
  return keyBy === "none" ? `${order} order` : `${order} order, keyed by ${keyBy}`;
}

for (const rule of rules) {
  test(`${nameOf(rule)}: messages are given as from a plain list, none lost, invented, doubled or stuck [36]`, () => {
    const commands = sequence(offer, outlive, evict, ripen);
    fc.assert(
      fc.property(commands, (list) => void play(rule, list)),
      tries(400),
    );
  });

  test(`${nameOf(rule)}: claims that choose by a filter take what a plain list would give`, () => {
    const commands = sequence(offer, chosen, chosen, chosen, outlive, evict, ripen);
    fc.assert(
      fc.property(commands, (list) => void play(rule, list)),
      tries(400),
    );
  });

  test(`${nameOf(rule)}: claims beside what runs take what a plain list would give, and the keys are free in the end`, () => {
    const commands = sequence(offer, besideOthers, besideOthers, besideOthers, chosen, outlive, evict, ripen);
    fc.assert(
      fc.property(commands, (list) => void play(rule, list)),
      tries(300),
    );
  });
}

test("another rule in the middle loses, doubles and blocks nothing", () => {
  const commands = sequence(offer, adopt, chosen, besideOthers, outlive, evict, ripen);
  fc.assert(
    fc.property(fc.constantFrom(...rules), commands, (rule, list) => void play(rule, list)),
    tries(800),
  );
});

/** Keys of what runs, as the senders gave them. */
function keysOf(running: readonly Envelope[]): string[] {
  return running
    .filter(({ verb }) => verb !== "info")
    .map(({ orderKey, conversationId }) => orderKey ?? conversationId);
}

test("slots that come and go: no two messages of a key run at once, their order is kept, and none is lost", () => {
  const resize = fc.integer({ min: 1, max: 5 }).map((slots): Command => {
    return { do: "adopt", rule: { order: "fifo", keyBy: "slot", slots } };
  });
  const check = (order: OrderRule["order"], list: readonly Command[]): void => {
    const trial = new Trial({ order, keyBy: "slot", slots: 3 });
    for (const command of list) {
      trial.run(command.do === "adopt" ? { ...command, rule: { ...command.rule, order } } : command);
      const keys = keysOf(trial.running);
      assert.equal(new Set(keys).size, keys.length, `two of a key run: ${keys.join(" ")}`);
    }
    trial.finish();
    checkOrder(trial.given);
  };
  fc.assert(
    fc.property(fc.constantFrom(...orders), sequence(plainOffer, resize, resize, outlive, evict), check),
    tries(2000),
  );
});

/** What must be given in the order of sending: messages of one sender, recipient, priority, order key and conversation. */
function lineOf({ from, to, priority, orderKey, conversationId }: Envelope): string {
  return [from, to, priority, orderKey, conversationId].join(" ");
}

function checkOrder(given: readonly Envelope[]): void {
  const last = new Map<string, number>();
  for (const envelope of given) {
    const line = lineOf(envelope);
    assert.ok(envelope.sequence > (last.get(line) ?? 0), `${envelope.id} was overtaken`);
    last.set(line, envelope.sequence);
  }
}

test("first deliveries of one sender, priority and key are in the order of sending, whatever comes back between them [C10]", () => {
  const check = (rule: OrderRule, list: readonly Command[]): void => checkOrder(play(rule, list).given);
  fc.assert(
    fc.property(fc.constantFrom(...rules), sequence(plainOffer, outlive, evict, ripen), check),
    tries(800),
  );
});
