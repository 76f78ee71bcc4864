/** Leases: a claim holds for its time, can be extended by its newest holder only, and gives the message back. Laws 4 and 6. */
import { ACK, RELEASE, type Settlement } from "../../core/settlement.ts";
import type { Bench } from "./bench.ts";
import { failure } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** Every way to end a claim. */
function endings(bench: Bench): readonly Settlement[] {
  return [
    ACK,
    RELEASE,
    { type: "fail", error: failure },
    { type: "retry", at: bench.clock.now(), error: failure },
    { type: "dead", reason: "terminal", error: failure },
  ];
}

export const leases: readonly Law[] = [
  law("a lease that runs out gives the message back, with the attempt counted", async (bench) => {
    await bench.send({ id: "a" });
    const first = await bench.one({ lease: 1000 });
    await bench.advance(1000);
    const second = await bench.one();
    like(second, { attempt: 2, startedAt: bench.clock.now() });
    const { attempts } = await bench.record("a");
    const { startedAt } = first;
    same(attempts, [{ number: 1, startedAt, endedAt: startedAt + 1000, outcome: "lease-expired" }]);
  }),
  law("messages whose leases run out come back at their old places", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    await bench.claim(2, { lease: 1000 });
    await bench.advance(1000);
    same(await bench.ids(), ["a", "b", "c"]);
  }),
  law("each lease ends in its own time, also a short one beside a long one", async (bench) => {
    await bench.send({ id: "long" }, { id: "short" }, { id: "shorter" });
    await bench.one({ lease: 60_000 });
    await bench.one({ lease: 5000 });
    await bench.one({ lease: 1000 });
    await bench.advance(1000);
    same(await bench.waiting(), ["shorter"]);
    await bench.advance(4000);
    same(await bench.waiting(), ["short", "shorter"]);
    await bench.advance(55_000);
    same(await bench.waiting(), ["long", "short", "shorter"]);
  }),
  law("the lease of one claim in a crowd ends in its time", async (bench) => {
    await bench.send(...Array.from({ length: 50 }, (_, at) => ({ id: `${at}` })));
    const claims = await bench.claim(50, { lease: 1000 });
    for (const claim of claims) if (claim.envelope.id !== "17") await bench.settle(claim);
    await bench.advance(1000);
    same(await bench.ids(), ["17"]);
  }),
  law("an extended lease runs as long as was asked, from the moment of asking", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one({ lease: 1000 });
    await bench.advance(900);
    same(await bench.store.extend(claim, 1000), true);
    await bench.advance(999);
    same(await bench.ids(), []);
    await bench.advance(1);
    same(await bench.ids(), ["a"]);
  }),
  law("a lease can be extended again and again, and be made shorter", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one({ lease: 1000 });
    for (let beat = 0; beat < 10; beat++) {
      await bench.advance(900);
      same(await bench.store.extend(claim, 1000), true);
    }
    same(await bench.store.extend(claim, 100), true);
    await bench.advance(100);
    same(await bench.ids(), ["a"]);
  }),
  law("a claim that ended cannot be extended", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" });
    const [settled, outlived] = await bench.claim(2, { lease: 1000 });
    await bench.settle(given(settled));
    same(await bench.store.extend(given(settled), 1000), false);
    await bench.advance(1000);
    same(await bench.store.extend(given(outlived), 1000), false);
    same(await bench.ids(), ["b"]);
  }),
  law(
    "ack, nack, reject and extend carry the token of their lease, and a stale token is refused [C6]",
    async (bench) => {
      await bench.send({ id: "a" });
      const stale = await bench.one({ lease: 1000 });
      await bench.advance(1000);
      const newest = await bench.one();
      const [output, state] = [bench.message({ id: "output" }), { key: "k", base: 0, json: "1" }];
      for (const end of endings(bench))
        same(await bench.answer(stale, end, [output], state), { status: "stale" }, end.type);
      same(await bench.store.extend(stale, 1000), false);
      same(await bench.ids(), [], "nothing was given back and no output stored");
      same(await bench.store.load("k"), undefined);
      same(await bench.graves(), []);
      same(await bench.store.extend(newest, 1000), true);
      await bench.settle(newest, ACK, [output], state);
      same(await bench.ids(), ["output"]);
    },
  ),
  law("a claim is settled once, whichever way", async (bench) => {
    for (const [at, end] of endings(bench).entries()) {
      await bench.send({ id: `${at}` });
      const claim = await bench.one();
      await bench.settle(claim);
      same(await bench.answer(claim, end), { status: "stale" }, `${end.type} after ack`);
    }
    same(await bench.ids(), []);
    same(await bench.graves(), []);
  }),
  law("a claim that nobody was given settles nothing", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" });
    const [a, b] = await bench.claim(2);
    for (const token of [0, given(a).token - 1, given(b).token + 1]) {
      same(await bench.answer({ ...given(a), token }), { status: "stale" });
      same(await bench.store.extend({ ...given(a), token }, 1000), false);
    }
    like(await bench.counts(), { running: 2 });
  }),
  law("the old claims of one message stay stale through every later one", async (bench) => {
    await bench.send({ id: "a" });
    const old = [];
    for (let round = 0; round < 4; round++) {
      old.push(await bench.one({ lease: 1000 }));
      await bench.advance(1000);
    }
    const newest = await bench.one();
    for (const claim of old) same(await bench.answer(claim), { status: "stale" });
    same(newest.attempt, 5);
    await bench.settle(newest);
  }),
  law("a release gives the message back without an attempt", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" });
    const claim = await bench.one();
    await bench.settle(claim, RELEASE);
    const again = await bench.one();
    like(again, { attempt: 1 });
    same(again.envelope.id, "a");
    same((await bench.record("a")).attempts, []);
  }),
  law("a release until a time gives the message back then, without an attempt", async (bench) => {
    await bench.send({ id: "a" });
    await bench.settle(await bench.one(), { type: "release", at: bench.clock.now() + 500 });
    await bench.advance(499);
    same(await bench.ids(), []);
    await bench.advance(1);
    like(await bench.one(), { attempt: 1 });
  }),
  law("a lease that runs out frees the key for the same message first", async (bench) => {
    await bench.send({ id: "a", orderKey: "k" }, { id: "b", orderKey: "k" });
    await bench.one({ lease: 1000 });
    await bench.advance(1000);
    same(await bench.ids(), ["a"]);
  }),
];
