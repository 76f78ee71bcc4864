/** The bounds of the memory store: what waits, what is dead, and how long a repeat is recognised. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HermodError } from "../core/errors.ts";
import { MOST_CONTROL } from "../core/mailbox.ts";
import type { Bench } from "../testing/store/bench.ts";
import { critic, editor, sized } from "../testing/store/drafts.ts";
import { memory, type MemoryOptions } from "./memory.ts";
import { numbered, onMemory, reportsOf } from "./memory.test.kit.ts";

const full = { status: "full", limit: "store", most: 100 };

test("options are checked when the store is chosen, and a wrong one is named", () => {
  const wrong: [object, RegExp][] = [
    [{ histroy: false }, /memory has no option "histroy".*history/],
    [{ budget: 0 }, /memory\.budget/],
    [{ deadLetters: 1.5 }, /memory\.deadLetters/],
    [{ dedupe: "soon" }, /memory\.dedupe/],
    [{ history: { count: 0 } }, /memory\.history\.count/],
    [{ history: { bytes: -1 } }, /memory\.history\.bytes/],
    [{ history: { size: 1 } }, /memory\.history has no option "size"/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => memory(options as MemoryOptions), { code: "HERMOD_BAD_OPTION", message });
  }
});

test("the store says that it is memory and does not outlive its process", () =>
  onMemory({}, async ({ store }) =>
    assert.deepEqual({ ...store.level }, { name: "memory", durable: false }),
  ));

test("a mailbox that is to spill is refused with a hint, and is not made", () =>
  onMemory({}, async (bench) => {
    const refused = (error: HermodError) =>
      error.code === "HERMOD_UNSUPPORTED" && error.hint.includes('"reject"');
    await assert.rejects(bench.announce({ overflow: "spill" }, editor), refused);
    assert.deepEqual(await bench.store.directory(), [critic]);
  }));

test("what waits is bounded by default: 256 MiB of payload over all mailboxes [(34)]", () =>
  onMemory({}, async (bench) => {
    await bench.announce({}, editor);
    const large = sized(2 ** 18);
    for (const to of [critic, editor]) {
      for (const { id } of numbered(512))
        await bench.store.append(bench.message({ id, to, payload: large }), true);
    }
    const answer = await bench.store.append(bench.message({ payload: sized(2) }));
    assert.deepEqual(answer, { ...full, most: 2 ** 28 });
  }));

test("the byte budget counts over mailboxes; what is claimed makes room, and what comes back takes it again", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.announce({}, editor);
    await bench.send({ payload: sized(60) }, { to: editor, payload: sized(40) });
    const refused = async () =>
      assert.deepEqual(await bench.store.append(bench.message({ payload: "" })), full);
    await refused();
    const claim = await bench.one({ mailbox: editor });
    await bench.settle(claim, { type: "release" });
    await refused();
    await bench.one({ mailbox: editor, lease: 1000 });
    await bench.advance(1000);
    await refused();
    await bench.settle(await bench.one({ mailbox: editor }));
    await bench.send({ payload: sized(40) });
    await refused();
  }));

test("removed, expired, evicted and dropped messages take nothing of the budget", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.send({ payload: sized(100), deadline: bench.clock.now() });
    await bench.advance(1);
    await bench.claim();
    await bench.send({ payload: sized(100), notBefore: bench.clock.now() + 1 });
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.announce({ count: 1, overflow: "drop-oldest" });
    await bench.send({ payload: sized(100) }, { payload: sized(100) });
    await bench.announce({ count: 1, overflow: "drop-newest" });
    assert.equal((await bench.store.append(bench.message({ payload: sized(50) }))).status, "dropped");
    await bench.claim();
    await bench.send({ payload: sized(100) });
  }));

test("a full store refuses on every path: append, several together, outputs, a publish, a redrive", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.announce({}, editor);
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
    await bench.send({ payload: sized(40) });
    const letter = await bench.kill(await bench.one());
    await bench.send({ payload: sized(61) }, { payload: "" });
    const claim = await bench.one({ where: "size:<10" });
    const two = [bench.message({ payload: sized(20) }), bench.message({ payload: sized(20) })];
    const refused = { status: "refused", output: two[1], answer: full };
    assert.deepEqual(await bench.store.appendAll(two), refused);
    assert.deepEqual(await bench.answer(claim, { type: "ack" }, two), refused);
    const big = [61, 62].map((size) => bench.message({ payload: sized(size) }));
    assert.deepEqual(await bench.answer(claim, { type: "ack" }, [two[0], ...big] as never), {
      ...{ status: "refused", output: big[0], answer: full },
      others: [{ output: big[1], answer: full }],
    });
    assert.deepEqual(await bench.store.append(bench.event("tide.turned", { payload: sized(20) })), full);
    assert.deepEqual(
      await bench
        .answer(claim, { type: "ack" }, [bench.event("tide.turned", { payload: sized(20) })])
        .then(answerOf),
      full,
    );
    const redrive = { type: "redrive", id: letter.id, force: false, dryRun: false } as const;
    assert.deepEqual(await bench.store.operate(redrive), { status: "full" });
    assert.equal((await bench.counts()).bytes, 61);
  }));

test("a redriven event is given to all its mailboxes or, where the store has no room for all copies, to none", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.announce({}, editor);
    await bench.store.bury(bench.event("tide.turned", { id: "a", payload: sized(51) }), "no-subscriber");
    const letters = await bench.dead();
    const redrive = { type: "redrive", id: letters[0]?.id ?? "", force: false, dryRun: false } as const;
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
    assert.deepEqual(await bench.store.operate(redrive), { status: "full" });
    assert.deepEqual(await bench.dead(), letters);
    for (const mailbox of [critic, editor]) assert.equal((await bench.counts(mailbox)).waiting, 0);
    await bench.store.unbind("tide.*", editor);
    assert.deepEqual(await bench.store.operate(redrive), { status: "done", count: 1 });
    await bench.send({ payload: sized(49) });
    assert.deepEqual(await bench.store.append(bench.message({ payload: "" })), full);
  }));

function answerOf(settled: object): unknown {
  return (settled as { readonly answer: unknown }).answer;
}

test("replies and control messages pass a full store", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.send({ payload: sized(100) });
    await bench.append(bench.notice(), bench.message({ verb: "reply", type: "response" }));
    const claim = await bench.one();
    await bench.settle(claim, { type: "ack" }, [bench.message({ verb: "reply" }), bench.notice()]);
  }));

test("a sender does not wait for room in the whole store", () =>
  onMemory({ budget: 100 }, async (bench) => {
    await bench.announce({ count: 1, overflow: "wait" });
    await bench.announce({}, editor);
    await bench.send({ to: editor, payload: sized(60) });
    assert.deepEqual(await bench.store.append(bench.message({ payload: sized(60) })), full);
    await bench.send({ payload: sized(10) });
    const waiting = bench.store.append(bench.message({ payload: sized(60) }));
    await bench.one();
    assert.deepEqual(await waiting, full);
  }));

test("control messages have a bound of their own", () =>
  onMemory({}, async (bench) => {
    await bench.append(...numbered(MOST_CONTROL).map(() => bench.notice()));
    const late = bench.notice();
    const answer = { status: "full", limit: "count", most: MOST_CONTROL };
    assert.deepEqual(await bench.store.append(late), answer);
    assert.deepEqual(await bench.store.appendAll([late]), { status: "refused", output: late, answer });
  }));

test("a repeat is recognised within the window, by id and by key, and is a new message after it", () =>
  onMemory({ dedupe: "1m", history: false }, async (bench) => {
    const keyed = bench.message({ id: "b", idempotencyKey: "k" });
    const [plain, again] = [bench.message({ id: "a" }), bench.message({ id: "c", idempotencyKey: "k" })];
    const statuses = async () => {
      const answers = [
        await bench.store.append(plain),
        await bench.store.append(keyed),
        await bench.store.append(again, true),
      ];
      return answers.map(({ status }) => status).join(" ");
    };
    assert.equal(await statuses(), "stored stored duplicate");
    await bench.advance(59_999);
    assert.equal(await statuses(), "duplicate duplicate duplicate");
    await bench.advance(1);
    assert.equal(await statuses(), "stored stored duplicate");
  }));

test("the window is five minutes by default, and the history recognises a repeat for longer", () =>
  onMemory({}, async (bench) => {
    const [sent] = await bench.send({ id: "a" });
    await bench.advance("1h");
    assert.deepEqual(sent && (await bench.store.append(sent)), { status: "duplicate", id: "a" });
  }));

test("a key is recognised for the window, whatever the history holds", () =>
  onMemory({ dedupe: "1m" }, async (bench) => {
    const repeat = (id: string) => bench.store.append(bench.message({ id, idempotencyKey: "k" }));
    await repeat("a");
    await bench.advance(59_999);
    assert.deepEqual(await repeat("b"), { status: "duplicate", id: "a" });
    await bench.advance(1);
    assert.deepEqual(await repeat("c"), { status: "stored" });
    assert.deepEqual(await repeat("d"), { status: "duplicate", id: "c" });
    assert.deepEqual(await repeat("a"), { status: "duplicate", id: "c" });
    await bench.advance("1m");
    assert.deepEqual(await repeat("a"), { status: "duplicate", id: "a" });
  }));

test("a key is recognised when its message was dropped for want of room", () =>
  onMemory({}, async (bench) => {
    await bench.announce({ count: 0, overflow: "drop-newest" });
    const keyed = (id: string) => bench.message({ id, idempotencyKey: "k" });
    assert.equal((await bench.store.append(keyed("a"))).status, "dropped");
    assert.deepEqual(await bench.store.append(keyed("b"), true), { status: "duplicate", id: "a" });
  }));

test("a clock that is set back does not shorten the window", () =>
  onMemory({ dedupe: "1m", history: false }, async (bench) => {
    const [first] = await bench.send({ id: "a" });
    bench.clock.jump(-30_000);
    const [second] = await bench.send({ id: "b" });
    await bench.advance(59_999);
    for (const sent of [first, second])
      assert.equal(sent && (await bench.store.append(sent)).status, "duplicate");
  }));

/** Buries as many messages. */
async function bury(bench: Bench, count: number): Promise<void> {
  for (const { id } of numbered(count))
    await bench.store.bury(bench.message({ id: `dead ${id}` }), "no-recipient");
}

test("dead letters are bounded: four fifths are reported, and beyond the bound the oldest goes with a report", () =>
  onMemory({ deadLetters: { count: 5 } }, async (bench) => {
    await bury(bench, 3);
    assert.deepEqual(reportsOf(bench, "dead-letters.filled"), []);
    await bury(bench, 7);
    assert.deepEqual(reportsOf(bench, "dead-letters.filled"), [
      { type: "dead-letters.filled", count: 4, most: 5 },
    ]);
    assert.deepEqual(
      reportsOf(bench, "dead-letters.discarded").map(({ bound }) => bound),
      ["count", "count"],
    );
    const left = (await bench.dead()).map(({ envelope }) => envelope.id);
    assert.deepEqual(left, ["dead 3", "dead 4", "dead 5", "dead 6", "dead 7"]);
  }));

test("a dead letter that is too old goes with a report, whether somebody looks or another one dies", () =>
  onMemory({ deadLetters: { age: "1h" } }, async (bench) => {
    await bury(bench, 1);
    await bench.advance("30m");
    await bench.store.bury(bench.message({ id: "younger" }), "no-recipient");
    await bench.advance("30m");
    assert.deepEqual(await bench.graves(), ["dead 1 no-recipient", "younger no-recipient"]);
    await bench.advance(1);
    assert.deepEqual(await bench.graves(), ["younger no-recipient"]);
    await bench.advance("30m");
    await bench.store.bury(bench.message({ id: "youngest" }), "no-recipient");
    assert.deepEqual(
      reportsOf(bench, "dead-letters.discarded").map(({ bound }) => bound),
      ["age", "age"],
    );
    assert.deepEqual(await bench.graves(), ["youngest no-recipient"]);
  }));

test("a store that closes reports what still waits in it", () =>
  onMemory({}, async (bench) => {
    await bench.announce({}, editor);
    await bench.send({}, { notBefore: bench.clock.now() + 1000 });
    await bench.store.close();
    assert.deepEqual(reportsOf(bench, "mailbox.abandoned"), [
      { type: "mailbox.abandoned", mailbox: critic, waiting: 2 },
    ]);
  }));

test("a lease that ends and a message that is buried are reported", () =>
  onMemory({}, async (bench) => {
    const [sent] = await bench.send({ id: "a" });
    await bench.one({ lease: 1000 });
    await bench.advance(1000);
    const expired = { type: "lease.expired", envelope: sent, mailbox: critic, attempt: 1 };
    assert.deepEqual(reportsOf(bench, "lease.expired"), [expired]);
    await bench.kill(await bench.one());
    const buried = { type: "message.buried", envelope: sent, mailbox: critic, reason: "terminal" };
    assert.deepEqual(reportsOf(bench, "message.buried"), [buried]);
  }));
