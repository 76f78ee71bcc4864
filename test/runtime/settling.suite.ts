/** Deliveries in the hands of somebody who pulled them: settled once, extended, given back, or lost with their lease. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract } from "hermod";
import * as z from "zod";
import { Jobs, failure, given, isOpen, once } from "./pull.kit.ts";
import { lettersOf, only, saidIn, type On } from "./stage.ts";

const plain = { retries: 2, base: "1s", factor: 3, jitter: "none" } as const;

export function settlingSuite(name: string, on: On): void {
  test(`${name}: an acked message is gone, and its history says so`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await jobs.receive());
    await clock.advance("2s");
    await held.ack();
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
    const { state, attempts } = only(await saidIn(system));
    assert.deepEqual([state, attempts.map(({ outcome }) => outcome)], ["done", ["acked"]]);
    assert.equal(given(attempts[0]).endedAt - given(attempts[0]).startedAt, 2000);
  });

  test(`${name}: a nacked message comes back by the mailbox's policy, to the millisecond, and dies after its last attempt`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, retry: plain }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const sent = await system.cast(Jobs, "note", { text: "a" });
    for (const [attempt, wait] of [
      [1, 1000],
      [2, 3000],
    ] as const) {
      const held = given(await jobs.tryReceive());
      assert.equal(held.attempt, attempt);
      await held.nack({ error: new Error(`no ${attempt}`) });
      await clock.advance(wait - 1);
      assert.equal(await jobs.tryReceive(), undefined);
      await clock.advance(1);
    }
    await given(await jobs.tryReceive()).nack();
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.envelope.id, letter.reason, letter.mailbox], [sent.id, "exhausted", "jobs"]);
    assert.deepEqual(
      letter.attempts.map(({ number, outcome, error }) => [number, outcome, error?.message]),
      [
        [1, "retried", "no 1"],
        [2, "retried", "no 2"],
        [3, "dead", "nack of note"],
      ],
    );
    assert.deepEqual(
      letter.attempts.map(({ startedAt }) => startedAt - sent.sentAt),
      [0, 1000, 4000],
    );
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
  });

  test(`${name}: a message's own retry policy goes before its operation's, and that before the mailbox's`, async () => {
    const Work = contract("work", {
      casts: {
        plain: z.null(),
        careful: { in: z.null(), retry: { retries: 1, base: "5s", jitter: "none" } },
      },
    });
    await using stage = await on({ pull: [{ from: Work, retry: { retries: 0 } }] });
    const { system, clock } = stage;
    const work = system.mailbox(Work);
    await system.cast(Work, "plain", null);
    await system.cast(Work, "careful", null);
    await system.cast(Work, "careful", null, { retry: { retries: 2, base: "9s", jitter: "none" } });
    for (const held of await work.receiveAll()) await held.nack();
    assert.equal(only(await lettersOf(system)).envelope.operation, "plain");
    const due = async (wait: number) => {
      await clock.advance(wait);
      return (await work.receiveAll()).length;
    };
    assert.deepEqual([await due(4999), await due(1), await due(3999), await due(1)], [0, 1, 0, 1]);
  });

  test(`${name}: a nack with a delay comes back after exactly that delay, as the next attempt`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    await given(await jobs.receive()).nack({ delay: "7s" });
    assert.equal((await jobs.stats()).delayed, 1);
    const next = jobs.receive();
    await clock.advance(6999);
    assert.ok(await isOpen(clock, next));
    await clock.advance(1);
    const held = given(await next);
    assert.deepEqual([held.attempt, (await jobs.stats()).retried], [2, 1]);
    await held.nack({ delay: 0 });
    assert.equal(given(await jobs.tryReceive()).attempt, 3);
  });

  test(`${name}: the caller of a durable request hears Failed once, when the last nack has used its attempts up`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, retry: once }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const asked = system.call(Jobs, "sum", [1], { delivery: "at-least-once" });
    await given(await jobs.receive()).nack({ error: new Error("first") });
    await clock.advance("1s");
    await given(await jobs.receive()).nack({ error: new Error("second") });
    const failed = await failure("HERMOD_FAILED", asked);
    assert.match(failed.message, /^jobs\.sum failed: second/);
    assert.equal((failed.cause as Error).message, "second");
    assert.equal(only(await lettersOf(system)).reason, "exhausted");
  });

  test(`${name}: the caller of an at-most-once request hears Failed at the first nack, and nothing is kept`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const asked = system.call(Jobs, "sum", [1]);
    await given(await system.mailbox(Jobs).receive()).nack({ error: new Error("no") });
    await failure("HERMOD_FAILED", asked);
    assert.deepEqual(await lettersOf(system), []);
    assert.equal(only(await saidIn(system, "type:request")).state, "failed");
  });

  test(`${name}: a rejected message is a dead letter "terminal" at once, with the reason given`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    await given(await jobs.receive()).reject("not my trade");
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
    const { reason, error, attempts } = only(await lettersOf(system));
    assert.deepEqual([reason, error?.code, attempts.length], ["terminal", "HERMOD_REJECTED", 1]);
    assert.equal(error?.message, "jobs rejected note: not my trade");
  });

  test(`${name}: the caller of a rejected request gets Rejected with the reason, and trying again is no help`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    for (const [delivery, letters] of [
      ["at-most-once", 0],
      ["at-least-once", 1],
    ] as const) {
      const asked = system.call(Jobs, "sum", [1], { delivery });
      await given(await system.mailbox(Jobs).receive()).reject("odd numbers only");
      const rejected = await failure("HERMOD_REJECTED", asked);
      assert.match(rejected.message, /odd numbers only/);
      assert.deepEqual([rejected.retryable, rejected.details["reason"]], [false, "odd numbers only"]);
      assert.equal((await lettersOf(system)).length, letters);
    }
  });

  test(`${name}: extend lets the lease run on from now, by the mailbox's lease or by what is given`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await jobs.receive());
    for (let at = 0; at < 5; at++) {
      await clock.advance("29s");
      await held.extend();
    }
    assert.equal(held.leaseUntil, clock.now() + 30_000);
    await held.extend("10m");
    await clock.advance("599s");
    assert.equal(await jobs.tryReceive(), undefined);
    await held.ack();
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
  });

  test(`${name}: a reply answers the call and acks the request in one step`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const jobs = system.mailbox(Jobs);
    const asked = system.call(Jobs, "sum", [1, 2, 3]);
    const held = given(await jobs.receive());
    if (held.operation !== "sum") assert.fail("not the request");
    await held.reply({ total: held.payload.reduce((a, b) => a + b, 0) });
    assert.deepEqual(await asked, { total: 6 });
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
    const settled = spy.of("delivery.settled").filter(({ mailbox }) => mailbox === "jobs");
    assert.deepEqual(
      settled.map(({ settlement }) => settlement.type),
      ["ack"],
    );
  });

  test(`${name}: a reply stands in the request's conversation and names what it answers`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const asked = system.call(Jobs, "sum", [1], { conversation: "c1", trace: "00-1-2-01", priority: "high" });
    const held = given(await system.mailbox(Jobs).receive());
    await held.reply({ total: 1 } as never);
    await asked;
    const { envelope } = only(await saidIn(system, "verb:reply"));
    const { conversationId, inReplyTo, correlationId, causeId, from, to, type, priority, trace, hops } =
      envelope;
    const { id } = held.envelope;
    assert.deepEqual(
      { conversationId, inReplyTo, correlationId, causeId },
      { conversationId: "c1", inReplyTo: id, correlationId: id, causeId: id },
    );
    assert.deepEqual(
      { from, to, type, priority },
      { from: "jobs", to: system.address, type: "response", priority: 3 },
    );
    assert.deepEqual({ trace, hops }, { trace: "00-1-2-01", hops: ["jobs"] });
  });

  test(`${name}: a reply that does not fit the contract, or is no plain data, is refused and leaves the delivery open`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const asked = system.call(Jobs, "sum", [1]);
    const held = given(await system.mailbox(Jobs).receive());
    const bad = await failure("HERMOD_BAD_REPLY", held.reply({ total: "one" } as never));
    assert.match(bad.message, /jobs\.sum reply/);
    await failure("HERMOD_BAD_PAYLOAD", held.reply({ total: 1, more: () => 1 } as never));
    await held.reply({ total: 1 } as never);
    assert.deepEqual(await asked, { total: 1 });
  });

  test(`${name}: a message that asks nothing cannot be replied to, and stays open`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await system.mailbox(Jobs).receive());
    await failure("HERMOD_BAD_OPTION", held.reply("thanks" as never));
    await held.ack();
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a request whose caller has given up is acked all the same, and the late reply is counted`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const asked = failure("HERMOD_TIMEOUT", system.call(Jobs, "sum", [1], { timeout: "1s" }));
    const held = given(await system.mailbox(Jobs).receive());
    await clock.advance("2s");
    await asked;
    await held.reply({ total: 1 } as never);
    await clock.settle();
    assert.equal(spy.of("reply.missed").length, 1);
    assert.equal((await system.stats()).delivery.lateReplies, 1);
    assert.equal((await system.mailbox(Jobs).stats()).processed, 1);
  });

  test(`${name}: a released message waits at its old place, without an attempt used`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const jobs = system.mailbox(Jobs);
    for (const text of ["a", "b", "c"]) await system.cast(Jobs, "note", { text });
    const [first, second] = [given(await jobs.receive()), given(await jobs.receive())];
    await second.release();
    await first.release();
    await first.release();
    const order = (await jobs.receiveAll()).map(({ payload, attempt }) => [
      (payload as { text: string }).text,
      attempt,
    ]);
    assert.deepEqual(order, [
      ["a", 1],
      ["b", 1],
      ["c", 1],
    ]);
    assert.equal((await system.stats()).delivery.retried, 0);
  });

  test(`${name}: leaving the scope of an unsettled delivery releases it, also by an error, and changes nothing once settled`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const sent = await system.cast(Jobs, "note", { text: "a" });
    const dropped = async (): Promise<void> => {
      await using held = given(await jobs.receive());
      throw new Error(`lost ${held.attempt}`);
    };
    await assert.rejects(dropped(), { message: "lost 1" });
    {
      await using held = given(await jobs.tryReceive());
      assert.deepEqual([held.envelope.id, held.attempt], [sent.id, 1]);
      await held.ack();
    }
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
    assert.equal(only(await saidIn(system)).state, "done");
  });

  test(`${name}: a delivery is settled once, whichever way, and each second settlement is refused`, async () => {
    await using stage = await on({ pull: ["desk"] });
    const { system, clock } = stage;
    const desk = system.mailbox("desk");
    type Settle = (held: NonNullable<Awaited<ReturnType<typeof desk.receive>>>) => Promise<void>;
    const ways: readonly Settle[] = [
      (held) => held.ack(),
      (held) => held.nack({ delay: "1h" }),
      (held) => held.reject("no"),
      (held) => held.reply("yes"),
    ];
    for (const first of ways) {
      const asked = system.call("desk", "ask", null, { timeout: "1s" }).catch(() => undefined);
      const held = given(await desk.receive());
      await first(held);
      const before = await system.stats();
      for (const second of ways) await failure("HERMOD_SETTLED", second(held));
      await failure("HERMOD_SETTLED", held.extend());
      await held.release();
      assert.deepEqual((await system.stats()).mailboxes, before.mailboxes);
      await clock.advance("1s");
      await asked;
    }
  });

  test(`${name}: two settlements at the same time are one settlement and one refusal`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await system.mailbox(Jobs).receive());
    const [acked, nacked] = await Promise.allSettled([held.ack(), held.nack()]);
    assert.equal(acked.status, "fulfilled");
    assert.equal((nacked as PromiseRejectedResult).reason.code, "HERMOD_SETTLED");
    assert.equal(only(await saidIn(system)).state, "done");
  });

  test(`${name}: a lease that runs out gives the message to another within a second, and its first holder settles nothing [C6]`, async () => {
    await using stage = await on({ pull: [{ from: "desk", lease: "10s", retry: { retries: 9 } }] });
    const { system, clock, spy } = stage;
    const desk = system.mailbox("desk");
    type Held = NonNullable<Awaited<ReturnType<typeof desk.receive>>>;
    const ways = {
      ack: (held: Held) => held.ack(),
      nack: (held: Held) => held.nack({ delay: 0 }),
      reject: (held: Held) => held.reject("late"),
      reply: (held: Held) => held.reply("late"),
      extend: (held: Held) => held.extend(),
    };
    for (const [way, settle] of Object.entries(ways)) {
      const asked = system.call("desk", way, null, { delivery: "at-least-once", timeout: "1h" });
      const first = given(await desk.receive());
      const next = desk.receive();
      await clock.advance(9999);
      assert.ok(await isOpen(clock, next));
      await clock.advance(1001);
      const second = given(await next);
      assert.deepEqual([second.envelope.id, second.attempt], [first.envelope.id, 2]);
      await failure("HERMOD_STALE_LEASE", settle(first));
      await first.release();
      await second.reply(`${way} by the second`);
      assert.equal(await asked, `${way} by the second`);
    }
    assert.equal(await desk.tryReceive(), undefined);
    assert.deepEqual(
      spy.of("lease.expired").map(({ envelope, mailbox, attempt }) => [envelope.operation, mailbox, attempt]),
      Object.keys(ways).map((way) => [way, "desk", 1]),
    );
    const outlived = spy.of("delivery.outlived").map(({ envelope }) => envelope.operation);
    assert.deepEqual([...new Set(outlived)].slice(0, 4), ["ack", "nack", "reject", "reply"]);
  });

  test(`${name}: each lost lease uses an attempt, so a message that kills its consumers becomes a dead letter`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, lease: "10s", retry: once }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "poison" });
    const asked = failure(
      "HERMOD_FAILED",
      system.call(Jobs, "sum", [1], { delivery: "at-least-once", timeout: "1h" }),
    );
    await clock.settle();
    for (const attempt of [1, 2]) {
      assert.deepEqual(
        (await jobs.receiveAll()).map((held) => held.attempt),
        [attempt, attempt],
      );
      await clock.advance("11s");
    }
    assert.equal(await jobs.tryReceive(), undefined);
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ envelope, reason }) => [envelope.operation, reason]),
      [
        ["note", "exhausted"],
        ["sum", "exhausted"],
      ],
    );
    assert.deepEqual(
      given(letters[0])
        .attempts.slice(0, 2)
        .map(({ outcome }) => outcome),
      ["lease-expired", "lease-expired"],
    );
    await asked;
  });

  test(`${name}: an at-most-once message is given once, and never again when its holder is lost`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, lease: "10s" }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" }, { delivery: "at-most-once" });
    const held = given(await jobs.receive());
    await clock.advance("1h");
    assert.equal(await jobs.tryReceive(), undefined);
    await failure("HERMOD_STALE_LEASE", held.ack());
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason }) => reason),
      ["exhausted"],
    );
  });

  test(`${name}: a message whose time to live is over while it waits is never given`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" }, { timeout: "30s" });
    await system.cast(Jobs, "note", { text: "b" }, { timeout: "31s" });
    await clock.advance(30_001);
    assert.deepEqual(
      (await jobs.receiveAll()).map(({ payload }) => payload),
      [{ text: "b" }],
    );
    assert.equal(only(await lettersOf(system)).reason, "expired");
  });

  test(`${name}: an agent that asks a pulled mailbox gets the answer of whoever pulled`, async () => {
    const boss = agent("boss", {
      on: { request: (payload, ctx) => ctx.call(Jobs, "sum", payload as number[]) },
    });
    await using stage = await on({ agents: [boss], pull: [Jobs] });
    const { system } = stage;
    const asked = system.call("boss", "add", [4, 5]);
    const held = given(await system.mailbox(Jobs).receive());
    if (held.operation !== "sum") assert.fail("not the request");
    assert.deepEqual([held.envelope.from, held.envelope.hops], ["boss", ["boss"]]);
    await held.reply({ total: 9 });
    assert.deepEqual(await asked, { total: 9 });
  });
}
