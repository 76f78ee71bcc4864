/** What goes from one partition to another, and what is known of it there. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { keyedAddress, type Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { HermodError, type ErrorCode } from "../../core/errors.ts";
import { isPromise } from "../../core/maybe.ts";
import { ACK, RELEASE } from "../../core/settlement.ts";
import { defaultMailboxRule, type Claim, type Store, type StoreEnv } from "../../core/store.ts";
import { memory } from "../../stores/memory.ts";
import { Bench } from "../../testing/store/bench.ts";
import { critic, editor, nobody, sized, writer } from "../../testing/store/drafts.ts";
import { createEnv, type Heard } from "../../testing/store/env.ts";
import { linked } from "../../testing/pipes.ts";
import { spread } from "../spread.ts";
import { OUTBOX } from "./outbox.ts";
import { partitionOf } from "./partitions.ts";

const PARTITIONS = 5;

interface World {
  readonly bench: Bench;
  readonly partitions: readonly Store[];
  /** Another process over the same partitions. */
  readonly another: () => Bench;
}

/** A store over five partitions, in which critic and editor live apart. */
async function open(t: TestContext): Promise<World> {
  assert.notEqual(partitionOf(critic, PARTITIONS), partitionOf(editor, PARTITIONS));
  const { env, ...heard } = createEnv();
  const partitions = await partitionsOf(env);
  const benchOf = (rest: Heard): Bench => new Bench(spread(partitions, env), rest, () => rest.clock.settle());
  const bench = benchOf(heard);
  await bench.announce();
  await bench.announce({}, editor);
  t.after(() => bench.store.close());
  return { bench, partitions, another: () => benchOf(heard) };
}

async function partitionsOf(env: StoreEnv): Promise<Store[]> {
  return Promise.all(Array.from({ length: PARTITIONS }, async () => memory()(env)));
}

async function incoming(bench: Bench, draft: object = {}): Promise<Claim> {
  await bench.send({ id: "in", ...draft });
  return bench.one();
}

test("what one partition answers at once is answered at once", async (t) => {
  const { bench } = await open(t);
  const { store } = bench;
  const out: Claim[] = [];
  assert.deepEqual(store.append(bench.message(), true), { status: "stored" });
  assert.equal(store.claim(critic, 1, 1000, out), 1);
  const claim = out[0] as Claim;
  assert.equal(store.extend(claim, 1000), true);
  assert.equal(isPromise(store.load("critic")), false);
  assert.deepEqual(store.settle(claim, ACK, [bench.message()]), { status: "settled" });
  assert.equal(isPromise(store.appendAll([bench.message(), bench.message()])), false);
});

test("settlements of one mailbox keep their order, though one waits for other partitions", async (t) => {
  const { bench } = await open(t);
  await bench.send({}, {});
  const [first, second] = await bench.claim(2);
  assert.ok(first && second);
  const answers = [
    bench.answer(first, ACK, [bench.message({ to: editor })], { key: "critic", base: 0, json: "1" }),
    bench.answer(second, ACK, [], { key: "critic", base: first.token, json: "2" }),
  ];
  assert.deepEqual(await Promise.all(answers), [{ status: "settled" }, { status: "settled" }]);
  assert.deepEqual(await bench.store.load("critic"), { json: "2", version: second.token });
});

test("one id to several recipients is a message for each of them", async (t) => {
  const { bench } = await open(t);
  const [a, b] = [keyedAddress(editor, "a"), keyedAddress(editor, "b")];
  const outputs = [a, b, editor, critic].map((to) => bench.message({ id: "same", to, sequence: 0 }));
  await bench.settle(await incoming(bench), ACK, outputs);
  const claims = await bench.claim(9, { mailbox: editor });
  assert.deepEqual(
    claims.map(({ envelope }) => envelope.to),
    [a, b, editor],
  );
  assert.deepEqual(await bench.ids(), ["same"]);
});

test("what is stored together for several partitions is stored, or refused by the message that has no place", async (t) => {
  const { bench } = await open(t);
  const all = [critic, editor, critic].map((to) => bench.message({ to }));
  const lost = bench.message({ to: nobody });
  const refused = { status: "refused", output: lost, answer: { status: "unknown" } };
  assert.deepEqual(await bench.store.appendAll([...all, lost]), refused);
  assert.deepEqual(await bench.waiting(), []);
  const stored = { status: "stored" };
  const [first, second, third] = all;
  assert.ok(first && second && third);
  assert.deepEqual(await bench.store.appendAll([first, second, second, third]), {
    status: "stored",
    answers: [stored, stored, { status: "duplicate", id: second.id }, stored],
  });
  assert.deepEqual([await bench.waiting(), await bench.waiting(editor)], [[first.id, third.id], [second.id]]);
});

test("what finds no room in another partition waits 30 s for it, and what is behind it waits too", async (t) => {
  const { bench } = await open(t);
  await bench.announce({ count: 1 }, editor);
  await bench.send({ id: "before", to: editor });
  const outputs = ["a", "b"].map((id) => bench.message({ id, to: editor }));
  await bench.settle(await incoming(bench), ACK, [...outputs, bench.message({ id: "other" })]);
  assert.deepEqual(await bench.ids(), ["other"]);
  await bench.advance("10s");
  assert.deepEqual(await bench.ids(1, { mailbox: editor }), ["before"]);
  await bench.advance("6s");
  assert.deepEqual(await bench.waiting(editor), ["a"]);
  await bench.advance("20s");
  assert.deepEqual(await bench.graves(), ["b overflow"]);
  assert.deepEqual(await bench.told(), ["b overflow"]);
});

test("what is refused in another partition is a dead letter there, of which its asker hears, and can be redriven", async (t) => {
  const { bench, partitions } = await open(t);
  const outputs = [bench.message({ id: "taken", to: editor }), bench.message({ id: "lost", to: editor })];
  await bench.append(bench.message({ id: "taken", to: editor, payload: "other" }));
  const claim = await incoming(bench);
  assert.equal((await bench.answer(claim, ACK, [outputs[0]!])).status, "settled");
  assert.deepEqual(await bench.graves(), ["taken terminal"]);
  // Its mailbox goes behind the back of this process.
  await partitions[partitionOf(editor, PARTITIONS)]?.operate({ type: "remove", mailbox: editor });
  await bench.settle(await incoming(bench, { id: "in 2" }), ACK, [outputs[1]!]);
  assert.deepEqual(await bench.told(), ["taken terminal", "taken stopped", "lost no-recipient"]);
  const letter = (await bench.dead("reason:no-recipient"))[0];
  assert.ok(letter);
  await bench.announce({}, editor);
  const redrive = { type: "redrive", id: letter.id, force: false, dryRun: false } as const;
  assert.deepEqual(await bench.store.operate(redrive), { status: "done", count: 1 });
  assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["lost"]);
});

/** Lets a partition refuse a message of this id, and its letters where it is told to, as an owner does that cannot read it. */
function refusing(store: Store, id: string, code: ErrorCode, letters = false): { holds: boolean } {
  const state = { holds: true };
  const [append, bury] = [store.append.bind(store), store.bury.bind(store)];
  const check = (envelope: Envelope): void => {
    if (state.holds && envelope.id === id) throw new HermodError(code, "not this one");
  };
  store.append = (envelope, fresh) => (check(envelope), append(envelope, fresh));
  store.bury = (envelope, ...rest) => (letters && check(envelope), bury(envelope, ...rest));
  return state;
}

for (const [code, reason] of [
  ["HERMOD_TOO_LARGE", "too-large"],
  ["HERMOD_BAD_ENVELOPE", "unreadable"],
  ["HERMOD_BAD_OPTION", "terminal"],
] as const)
  for (const letters of [false, true])
    test(`what another partition will never take is a dead letter ${reason}, ${letters ? "kept where it has waited, " : ""}and what is behind it goes on`, async (t) => {
      const { bench, partitions } = await open(t);
      const there = partitions[partitionOf(editor, PARTITIONS)] as Store;
      const state = refusing(there, "bad", code, letters);
      const outputs = ["bad", "good"].map((id) => bench.message({ id, to: editor }));
      await bench.settle(await incoming(bench), ACK, outputs);
      assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["good"]);
      assert.deepEqual([await bench.graves(), await bench.told()], [[`bad ${reason}`], [`bad ${reason}`]]);
      const [letter] = await bench.dead();
      assert.equal(letter?.error?.code, code);
      const redrive = { type: "redrive", id: "bad@nobody", force: false, dryRun: false } as const;
      if (letters) await assert.rejects(async () => bench.store.operate(redrive), { code });
      assert.deepEqual(await bench.graves(), [`bad ${reason}`]);
      state.holds = false;
      assert.deepEqual(await bench.store.operate(redrive), { status: "done", count: 1 });
      assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["bad"]);
      assert.deepEqual(await bench.graves(), []);
    });

test("what another partition never takes was not sent in its conversation", async (t) => {
  const { bench, partitions } = await open(t);
  refusing(partitions[partitionOf(editor, PARTITIONS)] as Store, "bad", "HERMOD_TOO_LARGE");
  for (const conversationId of ["c1", "c2", "c3", "c4", "c5", "c6"]) {
    const draft = { conversationId, budget: { messages: 9 }, to: editor };
    await bench.settle(await incoming(bench, { id: `in ${conversationId}` }), ACK, [
      bench.message({ id: "bad", ...draft }),
      bench.message(draft),
    ]);
    assert.equal((await bench.store.spend(conversationId, {}, {})).amounts["messages"], 1, conversationId);
  }
});

for (const code of ["HERMOD_STORE", "HERMOD_STORE_CORRUPT", "HERMOD_UNAUTHORIZED"] as const)
  test(`what meets ${code} on its way waits until that is mended`, async (t) => {
    const { bench, partitions } = await open(t);
    const state = refusing(partitions[partitionOf(editor, PARTITIONS)] as Store, "out", code);
    await bench.settle(await incoming(bench), ACK, [bench.message({ id: "out", to: editor })]);
    await bench.advance("2m");
    assert.deepEqual([await bench.graves(), await bench.waiting(editor)], [[], []]);
    state.holds = false;
    await bench.advance("2s");
    assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["out"]);
  });

test("what is for nobody is refused, kept as a dead letter, and stays one, also where each partition is behind a wire", async (t) => {
  const { env, ...heard } = createEnv();
  const partitions = await Promise.all(
    Array.from({ length: PARTITIONS }, async () => linked(memory()).open(env)),
  );
  const bench = new Bench(spread(partitions, env), heard, () => heard.clock.settle());
  t.after(() => bench.store.close());
  for (const mailbox of [critic, editor]) {
    await bench.announce({}, mailbox);
    await bench.store.bind("tide.*", mailbox);
  }
  const lost = bench.message({ id: "lost", to: undefined });
  assert.deepEqual(await bench.store.append(lost), { status: "unknown" });
  const answer = await bench.answer(await incoming(bench), ACK, [lost]);
  assert.ok(answer.status === "refused");
  assert.deepEqual([answer.output, answer.answer], [lost, { status: "unknown" }]);
  await bench.store.bury(lost, "no-recipient");
  assert.deepEqual(await bench.graves(), ["lost no-recipient"]);
  const redrive = { type: "redrive", id: "lost@nobody", force: true, dryRun: false } as const;
  assert.deepEqual(await bench.store.operate(redrive), { status: "no-recipient" });
});

test("what may be lost goes to another partition without the outbox, when its settlement holds", async (t) => {
  const { bench, partitions } = await open(t);
  const reply = { verb: "reply", delivery: "at-most-once", to: editor } as const;
  const claim = await incoming(bench);
  await bench.settle(claim, RELEASE);
  assert.equal((await bench.answer(claim, ACK, [bench.message({ id: "stale", ...reply })])).status, "stale");
  await bench.settle(await bench.one(), ACK, [bench.message({ id: "reply", ...reply })]);
  assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["reply"]);
  for (const store of partitions) {
    const { items } = await store.read({ type: "counts", mailbox: OUTBOX });
    assert.equal(items[0]?.received, 0);
  }
});

test("the answer to what may be lost itself does not wait until its settlement holds", async (t) => {
  const { bench, partitions } = await open(t);
  const home = partitions[partitionOf(critic, PARTITIONS)] as Store;
  const held = Promise.withResolvers<void>();
  const settle = home.settle.bind(home);
  home.settle = async (...given) => (await held.promise, settle(...given));
  const reply = { verb: "reply", delivery: "at-most-once", to: editor } as const;
  const claim = await incoming(bench, { delivery: "at-most-once" });
  const woken = Promise.withResolvers<void>();
  bench.store.watch(editor, woken.resolve);
  const settled = bench.store.settle(claim, ACK, [bench.message({ id: "reply", ...reply })]);
  await woken.promise;
  assert.deepEqual(await bench.ids(9, { mailbox: editor }), ["reply"]);
  held.resolve();
  assert.deepEqual(await settled, { status: "settled" });
  assert.deepEqual(await bench.ids(9, { mailbox: editor }), [], "it is sent once");
});

test("the answer to what may be lost itself arrives as new, and that of a handler which may run again does not", async (t) => {
  const { bench, partitions } = await open(t);
  const there = partitions[partitionOf(editor, PARTITIONS)] as Store;
  const append = there.append.bind(there);
  const arrived: unknown[] = [];
  there.append = (envelope, fresh) => (arrived.push([envelope.id, fresh]), append(envelope, fresh));
  for (const delivery of ["at-most-once", "at-least-once"] as const) {
    const reply = { id: `to ${delivery}`, verb: "reply", delivery: "at-most-once", to: editor } as const;
    await bench.settle(await incoming(bench, { id: delivery, delivery }), ACK, [bench.message(reply)]);
  }
  assert.deepEqual(arrived, [
    ["to at-most-once", true],
    ["to at-least-once", false],
  ]);
});

test("nobody sees the outbox: not in the directory, the numbers, the history or by an operator's move", async (t) => {
  const { bench } = await open(t);
  await bench.settle(await incoming(bench), ACK, [bench.message({ id: "out", to: editor })]);
  const { items } = await bench.store.read({ type: "history" });
  assert.deepEqual(
    items.map(({ envelope }) => envelope.id),
    ["in", "out"],
  );
  assert.deepEqual([...(await bench.store.directory())].sort(), [critic, editor]);
  const counts = (await bench.store.read({ type: "counts" })).items;
  assert.deepEqual(counts.map(({ mailbox }) => mailbox).sort(), [critic, editor]);
  assert.deepEqual(await bench.store.operate({ type: "remove", mailbox: OUTBOX }), { status: "missing" });
});

test("a message that a conversation sends to another partition counts once, and not at all when it is refused there", async (t) => {
  const { bench } = await open(t);
  const budget = { messages: 2 };
  const sent = async (conversation: string): Promise<number> =>
    (await bench.store.spend(conversation, {}, {})).amounts["messages"] ?? 0;
  for (const conversationId of ["c1", "c2", "c3", "c4", "c5", "c6"]) {
    await bench.announce({ count: 1 }, editor);
    const draft = { conversationId, budget, to: editor };
    await bench.settle(await incoming(bench, { id: `in ${conversationId}` }), ACK, [
      bench.message(draft),
      bench.message(draft),
    ]);
    await bench.advance("40s");
    assert.equal(await sent(conversationId), 1, `one of two found room: ${conversationId}`);
    const claim = await incoming(bench, { id: `more ${conversationId}` });
    await bench.store.spend(conversationId, { messages: 1 }, {});
    const answer = await bench.answer(claim, ACK, [bench.message(draft)]);
    assert.ok(answer.status === "refused");
    assert.deepEqual(answer.answer, { status: "spent", sent: 2 });
    await bench.settle(claim);
    await bench.ids(9, { mailbox: editor });
  }
});

test("what a process left in an outbox is carried by the next one", async () => {
  const { env, ...heard } = createEnv();
  const partitions = await partitionsOf(env);
  const at = (mailbox: Address): Store => partitions[partitionOf(mailbox, PARTITIONS)] as Store;
  for (const mailbox of [critic, editor]) await at(mailbox).announce(mailbox, defaultMailboxRule);
  const first = new Bench(spread(mortal(partitions), env), heard, () => heard.clock.settle());
  await at(critic).append(first.message({ id: "in" }));
  const claim = await first.one();
  void Promise.resolve(first.store.settle(claim, ACK, [first.message({ id: "out", to: editor })]));
  await first.rest();
  const next = new Bench(spread(partitions, env), heard, () => heard.clock.settle());
  await next.rest();
  assert.deepEqual(await next.waiting(editor), [], "the first one still has it in hand");
  await next.advance("15s");
  assert.deepEqual(await next.ids(9, { mailbox: editor }), ["out"]);
  await next.store.close();
});

/** The partitions as a process sees them that dies when it stores something: nothing is answered from then on. */
function mortal(partitions: readonly Store[]): Store[] {
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  const seen = (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        if (name === "append") return () => ((isDead = true), never);
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...given: unknown[]) => unknown;
        return (...given: unknown[]) => (isDead ? never : method(...given));
      },
    });
  return partitions.map(seen);
}

test("parts are found by a process that neither sent nor claimed their message", async (t) => {
  const { bench, another } = await open(t);
  await bench.send({ id: "a" }, { id: "b", to: editor });
  const other = another();
  const told: unknown[] = [];
  const end = other.store.follow("a", (number) => void told.push(number));
  assert.deepEqual(await other.parts("a"), []);
  await bench.store.record("a", "first");
  assert.deepEqual(await other.parts("a"), ["first"]);
  assert.equal(await other.store.record("a", "second"), 2);
  assert.equal(await another().store.record("b", "only"), 1);
  assert.deepEqual([await bench.parts("a"), await bench.parts("b")], [["first", "second"], ["only"]]);
  assert.deepEqual(told, [1, 2]);
  end();
});

test("an event that nobody had heard goes to those of all partitions who have bound since", async (t) => {
  const { bench } = await open(t);
  await bench.announce({}, writer);
  await bench.store.bury(bench.event("tide.turned", { id: "a" }), "no-subscriber");
  for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
  const [letter] = await bench.dead();
  assert.ok(letter);
  const redrive = { type: "redrive", id: letter.id, force: false } as const;
  assert.deepEqual(await bench.store.operate({ ...redrive, dryRun: true }), { status: "done", count: 1 });
  assert.deepEqual(await bench.graves(), ["a no-subscriber"]);
  assert.deepEqual(await bench.store.operate({ ...redrive, dryRun: false }), { status: "done", count: 1 });
  assert.deepEqual(await bench.graves(), []);
  for (const mailbox of [critic, editor])
    assert.deepEqual(
      (await bench.claim(9, { mailbox })).map(({ generation }) => generation),
      [1],
    );
});

test("an event comes once to each of the mailboxes of all partitions, also when it is an output", async (t) => {
  const { bench } = await open(t);
  const all = ["a", "b", "c", "d"].map((name) => `hearer-${name}` as Address);
  for (const mailbox of all) {
    await bench.announce({}, mailbox);
    await bench.store.bind("tide.*", mailbox);
  }
  const event = bench.event("tide.turned", { id: "e", payload: sized(20) });
  await bench.settle(await incoming(bench), ACK, [event]);
  assert.deepEqual(await bench.store.append(event), { status: "duplicate", id: "e" });
  await bench.append(bench.event("tide.turned", { id: "f" }));
  for (const mailbox of all) assert.deepEqual(await bench.ids(9, { mailbox }), ["e", "f"], mailbox);
});

test("an event counts once, wherever its conversation and its mailboxes live", async (t) => {
  const { bench } = await open(t);
  for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
  for (const conversationId of ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"]) {
    const event = bench.event("tide.turned", { conversationId, budget: { messages: 2 } });
    await bench.append(event);
    assert.deepEqual(await bench.store.append(event), { status: "duplicate", id: event.id });
    await bench.settle(await incoming(bench, { id: `in ${conversationId}`, priority: 4 }), ACK, [
      bench.event("tide.turned", { conversationId, budget: { messages: 2 } }),
    ]);
    const { amounts } = await bench.store.spend(conversationId, {}, {});
    assert.equal(amounts["messages"], 2, conversationId);
    const more = bench.event("tide.turned", { conversationId, budget: { messages: 2 } });
    assert.deepEqual(await bench.store.append(more), { status: "spent", sent: 2 });
  }
  assert.deepEqual([(await bench.ids()).length, (await bench.ids(99, { mailbox: editor })).length], [16, 16]);
});
