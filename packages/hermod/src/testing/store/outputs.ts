/** Outputs: messages that a settlement stores with the fate of its own, together or not at all. Law 5. */
import { ACK } from "../../core/settlement.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { Claim } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody, sized } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

const state = { key: "critic", base: 0, json: '{"seen":1}' };

/** Settles with an output that cannot be stored, and shows that nothing at all has happened and that the claim is still open. */
async function refusedWhole(
  bench: Bench,
  outputs: readonly Envelope[],
  wrong: Envelope,
  answer: object,
): Promise<void> {
  const [letters, before] = [await bench.graves(), await numbers(bench)];
  const claim = await bench.one();
  same(await bench.answer(claim, ACK, outputs, state), { status: "refused", output: wrong, answer });
  same(await bench.store.load("critic"), undefined, "the state");
  same(await bench.graves(), letters, "the dead letters");
  like(await bench.counts(), { running: 1 });
  same(await bench.store.extend(claim, 1000), true, "the claim is open");
  await bench.settle(claim, { type: "release" });
  same(await numbers(bench), before, "what waits");
}

async function numbers(bench: Bench): Promise<unknown> {
  const { items } = await bench.store.read({ type: "counts" });
  return items.map(({ mailbox, waiting, delayed, running, bytes, received }) => [
    mailbox,
    waiting,
    delayed,
    running,
    bytes,
    received,
  ]);
}

async function incoming(bench: Bench, draft: object = {}): Promise<Claim> {
  await bench.send({ id: "in", ...draft });
  return bench.one();
}

export const outputs: readonly Law[] = [
  law("the end of a message, its outputs and the state are stored together", async (bench) => {
    await bench.announce({}, editor);
    const claim = await incoming(bench);
    const [first, second] = [bench.message({ id: "a", to: editor }), bench.message({ id: "b" })];
    await bench.settle(claim, ACK, [first, second], state);
    same(await bench.ids(1, { mailbox: editor }), ["a"]);
    same(await bench.ids(), ["b"]);
    like(await bench.store.load("critic"), { json: state.json });
    same((await bench.record("in")).state, "done");
  }),
  law("a failed message may have outputs too, such as the answer to its asker", async (bench) => {
    await bench.announce({}, editor);
    for (const [id, end] of [
      ["fail", { type: "fail", error: failure }],
      ["dead", { type: "dead", reason: "exhausted", error: failure }],
      ["retry", { type: "retry", at: bench.clock.now() + 1000, error: failure }],
    ] as const) {
      await bench.settle(await incoming(bench, { id }), end, [
        bench.message({ id: `told ${id}`, to: editor, verb: "reply" }),
      ]);
      same(await bench.ids(1, { mailbox: editor }), [`told ${id}`]);
    }
  }),
  law("an output for an unknown recipient refuses the whole settlement", async (bench) => {
    await bench.send({ id: "in" });
    const lost = bench.message({ to: nobody });
    await refusedWhole(bench, [bench.message(), lost], lost, { status: "unknown" });
  }),
  law("an output for a full mailbox refuses the whole settlement", async (bench) => {
    await bench.announce({ count: 1 }, editor);
    await bench.send({ id: "in" }, { to: editor });
    const late = bench.message({ to: editor });
    await refusedWhole(bench, [bench.message(), late], late, { status: "full", limit: "count", most: 1 });
  }),
  law("an output that conflicts with a message of before refuses the whole settlement", async (bench) => {
    await bench.announce({}, editor);
    await bench.send({ id: "in", delivery: "exactly-once" }, { id: "x", to: editor });
    const other = bench.message({ id: "x", to: editor, payload: "other" });
    await refusedWhole(bench, [bench.message(), other], other, { status: "conflict", id: "x" });
  }),
  law("outputs are counted together: two that find room for one are refused", async (bench) => {
    await bench.announce({ count: 1 }, editor);
    await bench.send({ id: "in" });
    const two = [bench.message({ to: editor }), bench.message({ to: editor })];
    await refusedWhole(bench, two, two[1] as Envelope, { status: "full", limit: "count", most: 1 });
    await bench.announce({ bytes: 100 }, editor);
    const large = [
      bench.message({ to: editor, payload: sized(60) }),
      bench.message({ to: editor, payload: sized(60) }),
    ];
    await refusedWhole(bench, large, large[1] as Envelope, { status: "full", limit: "bytes", most: 100 });
  }),
  law("a refused settlement can be given again without the output that had no place", async (bench) => {
    const claim = await incoming(bench);
    const lost = bench.message({ to: nobody });
    same((await bench.answer(claim, ACK, [lost])).status, "refused");
    await bench.settle(claim, { type: "dead", reason: "no-recipient", error: failure });
    same(await bench.graves(), ["in no-recipient"]);
  }),
  law(
    "a rerun of an exactly-once message repeats its outputs, and they have no second effect",
    async (bench) => {
      await bench.announce({}, editor);
      const output = bench.message({ id: "derived", to: editor });
      await bench.append(output);
      await bench.settle(await incoming(bench, { delivery: "exactly-once" }), ACK, [output, output]);
      same(await bench.ids(9, { mailbox: editor }), ["derived"]);
    },
  ),
  law("an output that its mailbox drops becomes a dead letter, and the settlement holds", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-newest" }, editor);
    await bench.send({ to: editor });
    await bench.settle(await incoming(bench), ACK, [bench.message({ id: "late", to: editor })]);
    same(await bench.graves(), ["late overflow"]);
    same(await bench.told(), ["late overflow"]);
  }),
  law("an output makes room for itself where the mailbox drops the oldest", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-oldest" }, editor);
    await bench.send({ id: "old", to: editor });
    await bench.settle(await incoming(bench), ACK, [bench.message({ id: "new", to: editor })]);
    same(await bench.waiting(editor), ["new"]);
    same(await bench.graves(), ["old overflow"]);
  }),
  law("an output larger than its mailbox can ever hold refuses the settlement", async (bench) => {
    await bench.announce({ bytes: 100, overflow: "drop-oldest" }, editor);
    await bench.send({ id: "in" }, { to: editor, payload: sized(90) });
    const large = bench.message({ to: editor, payload: sized(101) });
    await refusedWhole(bench, [large], large, { status: "full", limit: "bytes", most: 100 });
  }),
  law("an output may be published, to every mailbox that is bound", async (bench) => {
    await bench.announce({}, editor);
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
    await bench.settle(await incoming(bench), ACK, [bench.event("tide.turned", { id: "e" })]);
    same([...(await bench.ids()), ...(await bench.ids(9, { mailbox: editor }))], ["e", "e"]);
  }),
  law("an output to a topic without a mailbox refuses the settlement", async (bench) => {
    await bench.send({ id: "in" });
    const event = bench.event("tide.turned");
    await refusedWhole(bench, [event], event, { status: "unknown" });
  }),
];
