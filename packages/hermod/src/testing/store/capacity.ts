/** Capacity: how much a mailbox holds, and what becomes of what finds no room. Law 1. */
import type { Bench } from "./bench.ts";
import { critic, editor, sized } from "./drafts.ts";
import { holds, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

function full(limit: string, most: number): object {
  return { status: "full", limit, most };
}

/** Offers messages on every path that there is, and shows that the mailbox never holds more than two of them. */
async function flood(bench: Bench): Promise<void> {
  const check = async (path: string) =>
    holds((await bench.counts()).waiting <= 2, `${path} passes the capacity`);
  await bench.store.bind("flood", critic);
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 3 }, async () => bench.store.append(bench.message())));
    await check("append");
    await bench.store.appendAll([bench.message(), bench.message()]);
    await check("appendAll");
    await bench.store.append(bench.event("flood"));
    await check("a publish");
    await bench.send({ to: editor });
    await bench.answer(await bench.one({ mailbox: editor }), { type: "ack" }, [bench.message()]);
    await check("an output");
    for (const { id } of await bench.dead()) {
      await bench.store.operate({ type: "redrive", id, force: true, dryRun: false });
      await check("a redrive");
    }
    await bench.ids(1);
  }
}

export const capacity: readonly Law[] = [
  law(
    "a mailbox has no limit of its own by default, and one with a capacity never holds more [38]",
    async (bench) => {
      await bench.announce({}, editor);
      await Promise.all(Array.from({ length: 2000 }, async () => bench.store.append(bench.message(), true)));
      like(await bench.counts(), { waiting: 2000 });
      await bench.claim(2000);
      for (const overflow of ["reject", "drop-newest", "drop-oldest"] as const) {
        await bench.announce({ count: 2, overflow });
        await flood(bench);
      }
    },
  ),
  law("a full mailbox refuses and names the limit", async (bench) => {
    await bench.announce({ count: 2, bytes: 100 });
    await bench.send({ payload: sized(50) });
    same(await bench.store.append(bench.message({ payload: sized(51) })), full("bytes", 100));
    await bench.send({ payload: sized(50) });
    same(await bench.store.append(bench.message({ payload: sized(2) })), full("count", 2));
    same(await bench.graves(), []);
  }),
  law("what runs takes no room; what is delayed or waits for its key does", async (bench) => {
    await bench.announce({ count: 2 });
    await bench.send({ id: "a", orderKey: "k" }, { id: "b", orderKey: "k" });
    same(await bench.ids(), ["a"]);
    await bench.send({ id: "c", notBefore: bench.clock.now() + 1000 });
    same(await bench.store.append(bench.message()), full("count", 2));
    like(await bench.counts(), { waiting: 1, delayed: 1, running: 1 });
  }),
  law("what comes back has its place although the mailbox is full by then", async (bench) => {
    await bench.announce({ count: 1 });
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.send({ id: "b" });
    await bench.settle(claim, { type: "release" });
    same(await bench.ids(), ["a", "b"]);
  }),
  law(
    "drop-newest turns the message that finds no room into a dead letter, and tells of it",
    async (bench) => {
      await bench.announce({ count: 1, overflow: "drop-newest" });
      await bench.send({ id: "a" });
      same(await bench.store.append(bench.message({ id: "b" })), { status: "dropped" });
      const answers = [{ status: "dropped" }, { status: "dropped" }];
      same(await bench.store.appendAll([bench.message({ id: "c" }), bench.message({ id: "d" })]), {
        status: "stored",
        answers,
      });
      same(await bench.graves(), ["b overflow", "c overflow", "d overflow"]);
      same(await bench.told(), await bench.graves());
      same(await bench.ids(), ["a"]);
      like((await bench.dead())[0], { mailbox: critic, attempts: [] });
    },
  ),
  law("drop-oldest makes room by what has been in line longest, and tells of it", async (bench) => {
    await bench.announce({ count: 2, overflow: "drop-oldest" });
    await bench.send({ id: "a", priority: 4 }, { id: "b" }, { id: "c" });
    same(await bench.waiting(), ["b", "c"]);
    same(await bench.told(), ["a overflow"]);
    await bench.announce({ bytes: 100, overflow: "drop-oldest" });
    await bench.send({ id: "large", payload: sized(90) });
    same(await bench.waiting(), ["large"]);
    same(await bench.graves(), ["a overflow", "b overflow", "c overflow"]);
    like(await bench.counts(), { waiting: 1, bytes: 90 });
  }),
  law("drop-oldest keeps with a dead letter the attempts that the message had", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-oldest" });
    await bench.send({ id: "a" });
    await bench.one({ lease: 1000 });
    await bench.advance(1000);
    await bench.send({ id: "b" });
    same(
      (await bench.dead())[0]?.attempts.map(({ outcome }) => outcome),
      ["lease-expired"],
    );
  }),
  law("drop-oldest drops nothing for a message that cannot have room even then", async (bench) => {
    await bench.announce({ bytes: 100, overflow: "drop-oldest" });
    await bench.send(
      { id: "a", payload: sized(40) },
      { id: "b", payload: sized(40), notBefore: bench.clock.now() + 1000 },
    );
    same(await bench.store.append(bench.message({ payload: sized(101) })), full("bytes", 100));
    same(await bench.store.append(bench.message({ payload: sized(61) })), full("bytes", 100));
    const large = bench.message({ payload: sized(101) });
    same(await bench.store.appendAll([large]), {
      status: "refused",
      output: large,
      answer: full("bytes", 100),
    });
    same(await bench.graves(), []);
    same(await bench.waiting(), ["a", "b"]);
  }),
  law("control messages pass a full mailbox and drop nothing", async (bench) => {
    for (const overflow of ["reject", "drop-newest", "drop-oldest", "wait"] as const) {
      await bench.announce({ count: 1, bytes: 1000, overflow });
      await bench.send({ id: overflow });
      await bench.append(bench.notice(), bench.notice({ payload: sized(2000) }));
      same(await bench.ids(0).then(({ length }) => length), 2);
      same(await bench.ids(), [overflow]);
    }
    same(await bench.graves(), []);
  }),
  law("a control message does not take the room of others", async (bench) => {
    await bench.announce({ count: 1 });
    await bench.append(bench.notice());
    await bench.send({ id: "a" });
  }),
  law("a smaller capacity drops nothing that waits already", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    await bench.announce({ count: 1 });
    same((await bench.store.append(bench.message())).status, "full");
    same(await bench.ids(), ["a", "b", "c"]);
  }),
];
