/** Claiming: what may start now, to one claimant at a time, each time under a newer token. Laws 3, 4 and 7. */
import type { Claim } from "../../core/store.ts";
import { critic, editor, nobody } from "./drafts.ts";
import { like, same, holds } from "./check.ts";
import { law, type Law } from "./law.ts";

export const claiming: readonly Law[] = [
  law("a claim puts at most `max` behind what `out` holds already and answers how many", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    const out: Claim[] = [];
    same(await bench.store.claim(critic, 2, 1000, out), 2);
    same(await bench.store.claim(critic, 0, 1000, out), 0);
    same(await bench.store.claim(critic, 2, 1000, out), 1);
    same(await bench.store.claim(critic, 2, 1000, out), 0);
    same(
      out.map(({ envelope }) => envelope.id),
      ["a", "b", "c"],
    );
  }),
  law("a claim of a mailbox that is not there gives nothing", async (bench) => {
    same(await bench.ids(1, { mailbox: nobody }), []);
  }),
  law("a claim says whose it is, which attempt it is, since when and until when", async (bench) => {
    await bench.send({ id: "a" });
    await bench.advance(10);
    const now = bench.clock.now();
    const claim = await bench.one({ lease: 500 });
    like(claim, { mailbox: critic, attempt: 1, startedAt: now, leaseUntil: now + 500, generation: 0 });
  }),
  law("what is claimed is given to nobody else while its lease runs", async (bench) => {
    await bench.send({ id: "a" });
    const answers = await Promise.all([bench.ids(1), bench.ids(1), bench.ids(1)]);
    same(answers.flat(), ["a"]);
    await bench.advance(29_999);
    same(await bench.ids(), []);
    like(await bench.counts(), { waiting: 0, running: 1, bytes: 0 });
  }),
  law("every claim of the store has a greater token than all before it", async (bench) => {
    await bench.announce({}, editor);
    await bench.send({}, { to: editor }, {});
    const tokens = [(await bench.one()).token, (await bench.one({ mailbox: editor })).token];
    const released = await bench.one();
    await bench.settle(released, { type: "release" });
    tokens.push(released.token, (await bench.one()).token);
    await bench.advance("30s");
    tokens.push(...(await bench.claim()).map(({ token }) => token));
    same(
      tokens,
      [...new Set(tokens)].sort((a, b) => a - b),
    );
  }),
  law("a message is not given before its time, and is given at it", async (bench) => {
    const now = bench.clock.now();
    await bench.send(
      { id: "later", notBefore: now + 1000 },
      { id: "next", notBefore: now + 1 },
      { id: "now", notBefore: now },
    );
    like(await bench.counts(), { waiting: 1, delayed: 2 });
    same(await bench.ids(), ["now"]);
    await bench.advance(1);
    same(await bench.ids(), ["next"]);
    await bench.advance(998);
    same(await bench.ids(), []);
    await bench.advance(1);
    same(await bench.ids(), ["later"]);
  }),
  law(
    "a message lives at exactly its deadline; after it, it is a dead letter and never runs",
    async (bench) => {
      const deadline = bench.clock.now() + 1000;
      await bench.send({ id: "a", deadline }, { id: "b", deadline });
      await bench.advance(1000);
      same(await bench.ids(1), ["a"]);
      await bench.advance(1);
      same(await bench.ids(1), []);
      same(await bench.graves(), ["b expired"]);
      same(await bench.told(), ["b expired"]);
      like(await bench.counts(), { waiting: 0, running: 1, bytes: 0 });
    },
  ),
  law("what has expired takes nobody's place in a claim", async (bench) => {
    await bench.send(
      { id: "a", deadline: bench.clock.now() },
      { id: "b" },
      { id: "c", deadline: bench.clock.now() },
    );
    await bench.advance(1);
    same(await bench.ids(1), ["b"]);
    same(await bench.ids(1), []);
    same(await bench.graves(), ["a expired", "c expired"]);
  }),
  law("a message whose deadline comes before its time expires", async (bench) => {
    const now = bench.clock.now();
    await bench.send({ id: "a", notBefore: now + 1000, deadline: now + 500 });
    await bench.advance(1000);
    same(await bench.ids(), []);
    same(await bench.graves(), ["a expired"]);
  }),
  law("control messages come first and whatever `max` is", async (bench) => {
    await bench.send({ id: "a", priority: 4 }, { id: "b", priority: 4 });
    await bench.append(bench.notice({ id: "n1", priority: 1 }), bench.notice({ id: "n2" }));
    same(await bench.ids(1), ["n1", "n2", "a"]);
    await bench.append(bench.notice({ id: "n3" }));
    same(await bench.ids(0), ["n3"]);
  }),
  law("a control message past its deadline becomes a dead letter as any other", async (bench) => {
    await bench.append(bench.notice({ id: "n", deadline: bench.clock.now() }));
    await bench.advance(1);
    same(await bench.ids(0), []);
    same(await bench.graves(), ["n expired"]);
  }),
  law("a filter takes what matches, in order, and leaves the others as they were", async (bench) => {
    await bench.send({ id: "a" }, { id: "b", payload: { topic: "sea" } }, { id: "c", priority: 4 });
    await bench.send(
      { id: "d", verb: "call", type: "request" },
      { id: "e", payload: { topic: "sea" }, priority: 3 },
    );
    same(await bench.ids(9, { where: "verb:call" }), ["d"]);
    same(await bench.ids(9, { where: "data.topic:sea" }), ["e", "b"]);
    same(await bench.ids(9, { where: "operation:other" }), []);
    same(await bench.ids(), ["c", "a"]);
  }),
  law("a filter does not take what is not due, has expired or has a busy key", async (bench) => {
    const now = bench.clock.now();
    await bench.send({ id: "later", notBefore: now + 10 }, { id: "late", deadline: now });
    await bench.send({ id: "k1", orderKey: "k" }, { id: "k2", orderKey: "k" });
    await bench.advance(1);
    same(await bench.ids(9, { where: "operation:note" }), ["k1"]);
    same(await bench.ids(9, { where: "id:k2" }), []);
    same(await bench.graves(), ["late expired"]);
  }),
  law(
    "an at-most-once message is gone when it is claimed: when its lease ends it does not come back",
    async (bench) => {
      await bench.send({ id: "a", delivery: "at-most-once", orderKey: "k" }, { id: "b", orderKey: "k" });
      const claim = await bench.one({ lease: 1000 });
      same(await bench.ids(), [], "what may start while the key is held");
      await bench.advance(1000);
      same(await bench.ids(), ["b"]);
      same((await bench.answer(claim)).status, "stale");
      same(
        (await bench.dead()).map(({ envelope }) => envelope.id),
        ["a"],
      );
    },
  ),
  law("a claim takes out of the mailbox what it gives: numbers and bytes follow", async (bench) => {
    const [a, b] = await bench.send({ payload: "abc" }, { payload: "abcdef" });
    const bytes = (a?.size ?? 0) + (b?.size ?? 0);
    like(await bench.counts(), { waiting: 2, running: 0, bytes, received: 2 });
    const claim = await bench.one();
    like(await bench.counts(), { waiting: 1, running: 1, bytes: b?.size, received: 2 });
    await bench.settle(claim);
    like(await bench.counts(), { waiting: 1, running: 0, bytes: b?.size, received: 2 });
    holds((await bench.counts()).oldestSentAt === b?.sentAt, "the oldest that waits is not named");
  }),
];
