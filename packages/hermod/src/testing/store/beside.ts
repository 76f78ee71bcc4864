/** Beside: a claim of what comes while its key is busy. Laws 3 to 6. */
import type { Claim } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { failure } from "./drafts.ts";
import { given, holds, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** Of the messages of one key, the first runs; the rest wait behind it. */
async function started(bench: Bench, ...ids: readonly string[]): Promise<Claim> {
  await bench.send(...ids.map((id) => ({ id, orderKey: "k" })));
  const claim = await bench.one();
  same(await bench.ids(), []);
  return claim;
}

const beside = { beside: true };

export const besides: readonly Law[] = [
  law("a claim beside what runs gives what a busy key keeps back, by priority and order", async (bench) => {
    await started(bench, "a", "b", "c");
    await bench.send({ id: "low", priority: 1 }, { id: "urgent", orderKey: "k", priority: 4 });
    same(await bench.ids(2, beside), ["urgent", "b"]);
    same(await bench.ids(), ["low"], "what others are given meanwhile");
    same(await bench.ids(9, beside), ["c"]);
    same(await bench.ids(9, beside), []);
  }),
  law(
    "a key is free when what ran and what was claimed beside it are settled, in any order",
    async (bench) => {
      for (const order of [
        [0, 1],
        [1, 0],
      ]) {
        const [x, y, z] = ["x", "y", "z"].map((id) => `${id} ${order.join()}`) as [string, string, string];
        const claims = [await started(bench, x, y, z), await bench.one(beside)];
        await bench.settle(given(claims[given(order[0])]));
        same(await bench.ids(), [], "one of two is settled");
        const ear = bench.listen();
        await bench.settle(given(claims[given(order[1])]));
        await bench.rest();
        holds(ear.count > 0, "the free key wakes nobody");
        ear.end();
        same(await bench.drained(), [z]);
      }
    },
  ),
  law("a claim beside is a claim as any other: attempt, token, lease and what comes back", async (bench) => {
    const first = await started(bench, "a", "b");
    const second = await bench.one({ ...beside, lease: 1000 });
    like(second, { attempt: 1, leaseUntil: bench.clock.now() + 1000 });
    holds(second.token > first.token, "a token that does not grow");
    same(await bench.ids(9, beside), [], "it is given to nobody else");
    await bench.advance(1000);
    same((await bench.answer(second)).status, "stale");
    same(await bench.ids(), [], "the first still runs");
    const again = await bench.one(beside);
    like(again, { attempt: 2 });
    await bench.settle(again, { type: "release" });
    await bench.settle(first);
    same(await bench.ids(), ["b"]);
  }),
  law("every end of what was claimed beside lets go of its key once", async (bench) => {
    const at = bench.clock.now() + 1000;
    const ends = [
      { type: "ack" },
      { type: "fail", error: failure },
      { type: "dead", reason: "terminal", error: failure },
      { type: "retry", at, error: failure },
      { type: "release", at },
    ] as const;
    for (const end of ends) {
      const orderKey = end.type;
      await bench.send(...[1, 2, 3].map((turn) => ({ id: `${end.type} ${turn}`, orderKey })));
      const first = await bench.one();
      const second = await bench.one({ ...beside, where: `id:"${end.type} 2"` });
      await bench.settle(second, end);
      same(await bench.ids(), [], `while the first runs after ${end.type}`);
      await bench.settle(first);
      same(await bench.ids(), [`${end.type} 3`], `what follows ${end.type}`);
    }
  }),
  law("a claim beside chooses by its filter, and leaves the others behind their key", async (bench) => {
    const first = await started(bench, "a", "b", "c");
    await bench.send({ id: "x", orderKey: "l" }, { id: "y", orderKey: "l" });
    same(await bench.ids(9, { ...beside, where: "id:c" }), ["c"]);
    same(await bench.ids(9, { where: "operation:note" }), ["x"]);
    await bench.settle(first);
    same(await bench.ids(), [], "c runs, and x");
  }),
  law("a claim beside gives nothing before its time, and buries what has expired", async (bench) => {
    await started(bench, "a");
    const now = bench.clock.now();
    await bench.send(
      { id: "later", orderKey: "k", notBefore: now + 1000 },
      { id: "late", orderKey: "k", deadline: now },
    );
    await bench.advance(1);
    same(await bench.ids(9, beside), []);
    same(await bench.graves(), ["late expired"]);
    await bench.advance(999);
    same(await bench.ids(9, beside), ["later"]);
  }),
  law("in strict order a claim beside passes what runs, and no retry that waits", async (bench) => {
    await bench.announce({ order: "strict" });
    const first = await started(bench, "a", "b", "c");
    const second = await bench.one(beside);
    same(second.envelope.id, "b");
    await bench.settle(second, { type: "retry", at: bench.clock.now() + 1000, error: failure });
    same(await bench.ids(9, beside), []);
    same(await bench.ids(9, { ...beside, where: "id:c" }), []);
    await bench.settle(first);
    same(await bench.ids(), []);
    await bench.advance(1000);
    same(await bench.drained(), ["b", "c"]);
  }),
  law("where no key is busy, a claim beside gives what any claim gives", async (bench) => {
    await bench.send({ id: "a" }, { id: "k1", orderKey: "k" }, { id: "b", priority: 4 });
    await bench.append(bench.notice({ id: "n" }));
    same(await bench.ids(2, beside), ["n", "b", "a"]);
    same(await bench.ids(), ["k1"]);
  }),
];
