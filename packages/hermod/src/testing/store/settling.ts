/** Settling: what becomes of a message, decided above and carried out once. Laws 1 and 5. */
import { failure } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const settling: readonly Law[] = [
  law("an acknowledged message is gone and done", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.advance(20);
    await bench.settle(claim);
    same(await bench.ids(), []);
    like(await bench.counts(), { waiting: 0, running: 0, bytes: 0 });
    const { state, attempts } = await bench.record("a");
    same(state, "done");
    same(attempts, [
      { number: 1, startedAt: claim.startedAt, endedAt: claim.startedAt + 20, outcome: "acked" },
    ]);
  }),
  law("a failed message is gone without a dead letter, and its record says why", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.settle(claim, { type: "fail", error: failure });
    same(await bench.ids(), []);
    same(await bench.graves(), []);
    const { state, attempts } = await bench.record("a");
    same(state, "failed");
    like(attempts[0], { number: 1, outcome: "failed", error: failure });
  }),
  law("a retry comes back at its time as the next attempt", async (bench) => {
    await bench.send({ id: "a" });
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    like(await bench.counts(), { waiting: 0, delayed: 1, running: 0 });
    await bench.advance(999);
    same(await bench.ids(), []);
    await bench.advance(1);
    like(await bench.one(), { attempt: 2 });
    like(await bench.counts(), { received: 1 });
  }),
  law("a retry whose time is over comes back at once", async (bench) => {
    await bench.send({ id: "a" });
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() - 5, error: failure });
    like(await bench.one(), { attempt: 2 });
  }),
  law("a retry past its deadline becomes a dead letter with its attempts", async (bench) => {
    await bench.send({ id: "a", deadline: bench.clock.now() + 500 });
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    await bench.advance(1000);
    same(await bench.ids(), []);
    const [letter] = await bench.dead();
    like(letter, { reason: "expired" });
    same(
      letter?.attempts.map(({ outcome }) => outcome),
      ["retried"],
    );
  }),
  law("retries that are due at different times come back each at its own", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    const now = bench.clock.now();
    for (const [at, claim] of (await bench.claim()).entries()) {
      await bench.settle(claim, { type: "retry", at: now + 100 * (3 - at), error: failure });
    }
    for (const id of ["c", "b", "a"]) {
      await bench.advance(100);
      same(await bench.ids(), [id]);
    }
  }),
  law("a message that is given up becomes a dead letter with every attempt it had", async (bench) => {
    await bench.send({ id: "a" });
    const start = bench.clock.now();
    await bench.settle(await bench.one(), { type: "retry", at: start + 100, error: failure });
    await bench.advance(100);
    await bench.one({ lease: 50 });
    await bench.advance(50);
    const last = await bench.one();
    await bench.advance(5);
    const letter = await bench.kill(last);
    const attempts = [
      { number: 1, startedAt: start, endedAt: start, outcome: "retried", error: failure },
      { number: 2, startedAt: start + 100, endedAt: start + 150, outcome: "lease-expired" },
      { number: 3, startedAt: start + 150, endedAt: start + 155, outcome: "dead", error: failure },
    ];
    like(letter, { attempts, reason: "terminal", error: failure, diedAt: start + 155, generation: 0 });
    same((await bench.record("a")).attempts, attempts);
  }),
  law("attempts are counted beside the message, which stays as it was sent", async (bench) => {
    const [sent] = await bench.send({ id: "a" });
    for (let attempt = 1; attempt <= 3; attempt++) {
      const claim = await bench.one();
      same(claim.attempt, attempt);
      same(claim.envelope, sent);
      await bench.settle(claim, { type: "retry", at: 0, error: failure });
    }
  }),
];
