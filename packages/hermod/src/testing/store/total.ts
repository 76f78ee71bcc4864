/** Total: how much may stand in line and run in a mailbox before it takes no new message. Law 1. */
import { overflowRules } from "../../core/store.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

function full(most: number): object {
  return { status: "full", limit: "total", most };
}

/** The answer that an append has by the time the store rests; undefined where it waits. */
async function answer(bench: Bench, envelope: Envelope): Promise<() => unknown> {
  let got: unknown;
  void Promise.resolve(bench.store.append(envelope)).then((ready) => (got = ready));
  await bench.rest();
  return () => got;
}

/** A mailbox with a total, and as much in it: "a" runs, and the others wait. */
async function busy(bench: Bench, total: number): Promise<void> {
  await bench.announce({ total });
  const ids = ["a", "b", "c"].slice(0, total);
  await bench.send(...ids.map((id) => ({ id })));
  same(await bench.ids(1), ["a"]);
}

export const total: readonly Law[] = [
  law(
    "a mailbox with a total counts what stands in line and what runs, and refuses beyond it",
    async (bench) => {
      await bench.announce({ total: 2 });
      await bench.send({ id: "a" });
      const running = await bench.one();
      await bench.send({ id: "b" });
      same(await bench.store.append(bench.message()), full(2));
      same(await bench.graves(), []);
      await bench.settle(running);
      await bench.send({ id: "c" });
      same(await bench.store.append(bench.message()), full(2));
      same(await bench.ids(), ["b", "c"]);
      same(await bench.store.append(bench.message()), full(2));
    },
  ),
  law("with a total of one a mailbox takes a message only while it does nothing", async (bench) => {
    await busy(bench, 1);
    for (let left = 3; left > 0; left--) same(await bench.store.append(bench.message()), full(1));
    like(await bench.counts(), { waiting: 0, running: 1, received: 1 });
  }),
  law(
    "what waits for a time, sent for later or to be tried again, counts to the total when it is due",
    async (bench) => {
      await bench.announce({ total: 1 });
      const later = bench.clock.now() + 1000;
      await bench.send({ id: "later", notBefore: later }, { id: "a" });
      same(await bench.store.append(bench.message()), full(1));
      await bench.settle(await bench.one(), { type: "retry", at: later, error: failure });
      await bench.send({ id: "b" });
      same(await bench.store.append(bench.message()), full(1));
      same(await bench.ids(), ["b"]);
      same(await bench.store.append(bench.message()), full(1));
      await bench.advance(1000);
      like(await bench.counts(), { waiting: 2, delayed: 0, running: 1 });
      same((await bench.ids()).sort(), ["a", "later"]);
    },
  ),
  law("what becomes due counts before it is claimed", async (bench) => {
    await bench.announce({ total: 1 });
    await bench.send({ id: "later", notBefore: bench.clock.now() + 1000 });
    await bench.advance(999);
    await bench.send({ id: "a" });
    await bench.settle(await bench.one());
    await bench.advance(1);
    same(await bench.store.append(bench.message()), full(1));
    same(await bench.ids(), ["later"]);
  }),
  law("what is sent for later is let in however much waits and runs", async (bench) => {
    await busy(bench, 2);
    const later = bench.clock.now() + 1000;
    await bench.send({ id: "x", notBefore: later });
    const two = [bench.message({ id: "y", notBefore: later }), bench.message({ id: "z" })];
    same(await bench.store.appendAll(two), { status: "refused", output: two[1], answer: full(2) });
    same((await bench.store.appendAll(two.slice(0, 1))).status, "stored");
    const due = bench.message({ notBefore: bench.clock.now() });
    same(await bench.store.append(due), full(2));
    await bench.advance(1000);
    same((await bench.ids()).sort(), ["b", "x", "y"]);
  }),
  law("what is sent for later drops nothing for the total's sake", async (bench) => {
    await bench.announce({ total: 2, count: 2, overflow: "drop-oldest" });
    await bench.send({ id: "a" }, { id: "b" });
    same(await bench.ids(1), ["a"]);
    const later = bench.clock.now() + 1000;
    const [x, y] = [
      bench.message({ id: "x", notBefore: later }),
      bench.message({ id: "y", notBefore: later }),
    ];
    same((await bench.store.appendAll([x])).status, "stored");
    same(await bench.graves(), []);
    same((await bench.store.appendAll([y])).status, "stored");
    same(await bench.graves(), ["b overflow"]);
    await bench.advance(1000);
    same((await bench.ids()).sort(), ["x", "y"]);
  }),
  law("several at once count to the total without those that wait for a time", async (bench) => {
    await bench.announce({ total: 1 });
    const later = bench.clock.now() + 1000;
    const three = [{ id: "x", notBefore: later }, { id: "a" }, { id: "y", notBefore: later }];
    same((await bench.store.appendAll(three.map((draft) => bench.message(draft)))).status, "stored");
    await bench.announce({ total: 2 });
    const due = ["b", "c"].map((id) => bench.message({ id, notBefore: bench.clock.now() }));
    same(await bench.store.appendAll(due), { status: "refused", output: due[1], answer: full(2) });
    await bench.announce({ total: 1 });
    same(await bench.store.append(bench.message()), full(1));
    same(await bench.ids(), ["a"]);
  }),
  law(
    "whatever the rule for overflow, what passes the total is refused, and nothing is dropped",
    async (bench) => {
      await busy(bench, 3);
      for (const overflow of overflowRules.filter((rule) => rule !== "spill")) {
        await bench.announce({ total: 3, count: 2, overflow });
        same((await answer(bench, bench.message()))(), full(3), overflow);
        const one = bench.message();
        same(await bench.store.appendAll([one]), { status: "refused", output: one, answer: full(3) });
      }
      same(await bench.graves(), []);
      same(await bench.ids(), ["b", "c"]);
    },
  ),
  law("where room lacks and the total does not, the rule for overflow stands", async (bench) => {
    await bench.announce({ total: 3, count: 1, overflow: "drop-oldest" });
    await bench.send({ id: "a" }, { id: "b" });
    same(await bench.graves(), ["a overflow"]);
    const all = ["c", "d", "e", "f"].map((id) => bench.message({ id }));
    same((await bench.store.appendAll(all)).status, "stored", "each takes the place of the one before");
    same(await bench.ids(), ["f"]);
    await bench.announce({ total: 3, count: 1, overflow: "drop-newest" });
    await bench.send({ id: "g" });
    same(await bench.store.append(bench.message({ id: "h" })), { status: "dropped" });
  }),
  law(
    "a mailbox over its capacity takes nothing that passes the total, also behind a notice",
    async (bench) => {
      await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
      await bench.announce({ total: 3, count: 1, overflow: "drop-oldest" });
      const late = bench.message();
      const refused = { status: "refused", output: late, answer: full(3) };
      same(await bench.store.appendAll([bench.notice(), late]), refused);
      same(await bench.ids(), ["a", "b", "c"]);
    },
  ),
  law("several at once are counted together with what waits and runs", async (bench) => {
    await bench.announce({ total: 3 });
    await bench.send({ id: "a" });
    const claim = await bench.one();
    const three = ["b", "c", "d"].map((id) => bench.message({ id }));
    same(await bench.store.appendAll(three), { status: "refused", output: three[2], answer: full(3) });
    same(await bench.answer(claim, { type: "ack" }, three), {
      status: "refused",
      output: three[2],
      answer: full(3),
    });
    same((await bench.store.appendAll(three.slice(0, 2))).status, "stored");
  }),
  law(
    "a published copy that passes the total is a dead letter, and other mailboxes get theirs",
    async (bench) => {
      await bench.announce({}, editor);
      for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
      await busy(bench, 2);
      for (const overflow of ["reject", "drop-newest", "drop-oldest", "wait"] as const) {
        await bench.announce({ total: 2, count: 1, overflow });
        await bench.append(bench.event("tide.turned", { id: overflow }));
      }
      const ids = ["reject", "drop-newest", "drop-oldest", "wait"];
      same(
        await bench.graves(),
        ids.map((id) => `${id} overflow`),
      );
      same(await bench.told(), await bench.graves());
      same(await bench.ids(9, { mailbox: editor }), ids);
      same(await bench.ids(), ["b"]);
    },
  ),
  law("what comes back is never refused by the total, also when it has become smaller", async (bench) => {
    await bench.announce({ total: 4 });
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" });
    const [a, b, c, d] = await bench.claim(4, { lease: 1000 });
    await bench.announce({ total: 1 });
    if (a) await bench.settle(a, { type: "release" });
    if (b) await bench.settle(b, { type: "retry", at: bench.clock.now(), error: failure });
    if (c) same((await bench.answer(c, { type: "ack" }, [], { key: "k", base: 7 })).status, "undone");
    await bench.advance(1000);
    if (d) same((await bench.answer(d)).status, "stale");
    same(await bench.ids(), ["a", "b", "c", "d"]);
  }),
  law("a dead letter does not pass the total by dying first", async (bench) => {
    await bench.announce({ total: 1 });
    await bench.send({ id: "a" });
    const { id } = await bench.kill(await bench.one());
    await bench.send({ id: "b" });
    const running = await bench.one();
    const redrive = () => bench.store.operate({ type: "redrive", id, force: false, dryRun: false });
    same(await redrive(), { status: "full" });
    same(await bench.graves(), ["a terminal"]);
    await bench.settle(running);
    same(await redrive(), { status: "done", count: 1 });
    same(await bench.ids(), ["a"]);
  }),
  law("control messages pass the total, and do not count", async (bench) => {
    await bench.announce({ total: 1 });
    await bench.append(bench.notice({ id: "n1" }));
    same(await bench.ids(0), ["n1"]);
    await bench.append(bench.notice({ id: "n2", notBefore: bench.clock.now() + 1000 }));
    await bench.send({ id: "a" });
    await bench.append(bench.notice({ id: "n3" }));
    same(await bench.ids(), ["n3", "a"]);
  }),
  law("who waits for room does not wait for the total: it is refused when that is reached", async (bench) => {
    await bench.announce({ total: 2, count: 1, overflow: "wait" });
    await bench.send({ id: "a" });
    const answers = [
      await answer(bench, bench.message({ id: "b" })),
      await answer(bench, bench.message({ id: "c" })),
    ];
    same(await bench.ids(1), ["a"]);
    await bench.rest();
    same(
      answers.map((get) => get()),
      [{ status: "stored" }, full(2)],
    );
    same(await bench.waiting(), ["b"]);
  }),
  law("a larger total takes new messages at once", async (bench) => {
    await busy(bench, 1);
    same(await bench.store.append(bench.message()), full(1));
    await bench.announce({ total: 2 });
    await bench.send({ id: "b" });
    await bench.announce();
    await bench.send({ id: "c" });
    same(await bench.ids(), ["b", "c"]);
  }),
];
