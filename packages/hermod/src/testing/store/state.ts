/** State: what an agent knows, committed with the settlement that changed it, on the version that it was built on. Law 5. */
import { ACK } from "../../core/settlement.ts";
import { editor, failure } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

const undone = { status: "undone", cause: "state" };

export const states: readonly Law[] = [
  law(
    "state is loaded as it was committed last; its version is the token of the claim that wrote it",
    async (bench) => {
      await bench.send({}, {}, {});
      same(await bench.store.load("k"), undefined);
      const first = await bench.one();
      await bench.settle(first, ACK, [], { key: "k", base: 0, json: '{"n":1}' });
      same(await bench.store.load("k"), { json: '{"n":1}', version: first.token });
      const second = await bench.one();
      await bench.settle(second, ACK, [], { key: "k", base: first.token, json: '{"n":2}' });
      same(await bench.store.load("k"), { json: '{"n":2}', version: second.token });
      same(await bench.store.load("other"), undefined);
    },
  ),
  law("a settlement that was built on an older state is undone, and nothing of it happens", async (bench) => {
    await bench.announce({}, editor);
    await bench.send({ id: "a" }, { id: "b" });
    const [a, b] = [await bench.one(), await bench.one()];
    await bench.settle(a, ACK, [], { key: "k", base: 0, json: "1" });
    const change = { key: "k", base: 0, json: "2" };
    same(await bench.answer(b, ACK, [bench.message({ to: editor })], change), undone);
    like(await bench.store.load("k"), { json: "1" });
    same(await bench.waiting(editor), []);
    same(await bench.waiting(), ["b"]);
  }),
  law(
    "an undone settlement ends its claim, and the message comes back at its old place without an attempt",
    async (bench) => {
      await bench.send({ id: "a" }, { id: "b" });
      const claim = await bench.one();
      same(await bench.answer(claim, ACK, [], { key: "k", base: 99, json: "1" }), undone);
      same(await bench.answer(claim), { status: "stale" });
      same(await bench.store.extend(claim, 1000), false);
      const again = await bench.one();
      like(again, { attempt: 1 });
      same(again.envelope.id, "a");
      await bench.settle(again, ACK, [], { key: "k", base: 0, json: "1" });
    },
  ),
  law("a settlement that only read the state is held to it, and changes nothing", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    const claim = await bench.one();
    await bench.settle(claim, ACK, [], { key: "k", base: 0, json: "1" });
    await bench.settle(await bench.one(), ACK, [], { key: "k", base: claim.token });
    same(await bench.store.load("k"), { json: "1", version: claim.token });
    same(await bench.answer(await bench.one(), ACK, [], { key: "k", base: 0 }), undone);
    same(await bench.waiting(), ["c"]);
  }),
  law("keys have states of their own", async (bench) => {
    await bench.send({}, {});
    const [a, b] = await bench.claim(2);
    if (a) await bench.settle(a, ACK, [], { key: "k", base: 0, json: "1" });
    if (b) await bench.settle(b, ACK, [], { key: "l", base: 0, json: "2" });
    like(await bench.store.load("k"), { json: "1" });
    like(await bench.store.load("l"), { json: "2" });
  }),
  law("state is committed with whatever becomes of the message", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    const retry = { type: "retry", at: bench.clock.now() + 1000, error: failure } as const;
    await bench.settle(claim, retry, [], { key: "k", base: 0, json: "1" });
    like(await bench.store.load("k"), { json: "1" });
  }),
  law("state stays when its agent is withdrawn and announced again", async (bench) => {
    await bench.send({});
    await bench.settle(await bench.one(), ACK, [], { key: "critic", base: 0, json: "1" });
    await bench.store.withdraw((await bench.counts()).mailbox);
    await bench.announce();
    like(await bench.store.load("critic"), { json: "1" });
  }),
];
