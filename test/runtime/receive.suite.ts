/** Pulling: how a consumer waits for messages, chooses among them and looks at them. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { agent, type Envelope } from "hermod";
import { Jobs, failure, given, isOpen, once } from "./pull.kit.ts";
import type { On } from "./stage.ts";

const text = ({ envelope }: { readonly envelope: Envelope }): string =>
  (envelope.payload as { text: string }).text;

export function receiveSuite(name: string, on: On): void {
  test(`${name}: a pulling consumer gets messages only when it asks, and so sets its own load [27]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const jobs = system.mailbox(Jobs);
    for (const text of ["a", "b", "c"]) await system.cast(Jobs, "note", { text });
    await clock.advance("1h");
    assert.equal(spy.of("delivery.started").length, 0);
    assert.equal((await jobs.stats()).waiting, 3);
    await given(await jobs.receive()).ack();
    await clock.advance("1h");
    const { waiting, running: held, processed } = await jobs.stats();
    assert.deepEqual({ waiting, held, processed }, { waiting: 2, held: 0, processed: 1 });
  });

  test(`${name}: a receive with a timeout gives nothing exactly when it is over, and one without waits for ever [32]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const limited = jobs.receive({ timeout: 100 });
    await clock.advance(99);
    assert.ok(await isOpen(clock, limited));
    await clock.advance(1);
    assert.equal(await isOpen(clock, limited), false);
    assert.equal(await limited, undefined);
    const endless = jobs.receive();
    await clock.advance("60d");
    assert.ok(await isOpen(clock, endless));
    await system.cast(Jobs, "note", { text: "at last" });
    assert.equal(text(given(await endless)), "at last");
  });

  test(`${name}: a receive wakes at the first message that comes, also one millisecond before its timeout [33]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const receiving = system.mailbox(Jobs).receive({ timeout: "100ms" });
    await clock.advance(99);
    await system.cast(Jobs, "note", { text: "just in time" });
    assert.equal(text(given(await receiving)), "just in time");
  });

  test(`${name}: a receive with a timeout of 0 looks once, and never waits [(16)]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const jobs = stage.system.mailbox(Jobs);
    assert.equal(await jobs.receive({ timeout: 0 }), undefined);
    await stage.system.cast(Jobs, "note", { text: "here" });
    assert.equal(text(given(await jobs.receive({ timeout: 0 }))), "here");
    assert.equal(await jobs.receive({ timeout: "0s" }), undefined);
    const late = failure("HERMOD_TIMEOUT", stage.system.call(Jobs, "sum", [1], { timeout: 0 }));
    await stage.clock.advance(0);
    await late;
  });

  test(`${name}: an aborted signal ends the wait with its own reason and takes no message`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const stop = new AbortController();
    const receiving = jobs.receive({ signal: stop.signal, timeout: "1h" });
    await clock.settle();
    assert.equal(getEventListeners(stop.signal, "abort").length, 1);
    stop.abort(new Error("enough"));
    await assert.rejects(receiving, { message: "enough" });
    assert.deepEqual([getEventListeners(stop.signal, "abort").length, clock.waiting], [0, 0]);
    await assert.rejects(jobs.receive({ signal: AbortSignal.abort(new Error("before")) }), {
      message: "before",
    });
    await system.cast(Jobs, "note", { text: "left" });
    await clock.settle();
    assert.equal((await jobs.stats()).waiting, 1);
    await assert.rejects(jobs.receive({ signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.equal(given(await jobs.receive()).attempt, 1);
  });

  test(`${name}: a receive with a filter takes the first message that matches and leaves the others in order`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    await system.cast(Jobs, "tag", { n: 1 });
    await system.cast(Jobs, "note", { text: "b" });
    const tag = given(await jobs.receive({ where: "operation:tag" }));
    assert.deepEqual(tag.payload, { n: 1 });
    const waiting = jobs.receive({ where: "data.n:2", timeout: "1m" });
    await system.cast(Jobs, "note", { text: "c" });
    assert.ok(await isOpen(clock, waiting));
    await system.cast(Jobs, "tag", { n: 2 });
    assert.deepEqual(given(await waiting).payload, { n: 2 });
    assert.deepEqual((await jobs.receiveAll({ where: "operation:note" })).map(text), ["a", "b", "c"]);
    assert.equal(await jobs.tryReceive({ where: "operation:note" }), undefined);
  });

  test(`${name}: a consumer can choose messages by whether they are a call, a cast or an info [42]`, async () => {
    await using stage = await on({ pull: ["desk"] });
    const { system } = stage;
    const desk = system.mailbox("desk");
    await system.cast("desk", "told", 1);
    const asked = system.call("desk", "asked", 2);
    await system.info("desk", { health: "check" });
    const verbs: string[] = [];
    for (const where of ["verb:call", "verb:cast", "verb:info"]) {
      const delivery = given(await desk.tryReceive({ where }));
      verbs.push(`${where} ${delivery.envelope.verb} ${delivery.envelope.type}`);
      if (delivery.operation === "asked") await delivery.reply("answer");
      else await delivery.ack();
    }
    assert.deepEqual(verbs, [
      "verb:call call request",
      "verb:cast cast notification",
      "verb:info info status",
    ]);
    assert.equal(await asked, "answer");
    assert.equal(await desk.tryReceive(), undefined);
  });

  test(`${name}: a filter that does not fit a waiting notice leaves it, and the receive waits on`, async () => {
    await using stage = await on({ pull: ["desk"] });
    const { system, clock } = stage;
    const desk = system.mailbox("desk");
    await system.info("desk", "notice");
    assert.equal(await desk.tryReceive({ where: "verb:cast" }), undefined);
    const receiving = desk.receive({ where: "verb:cast", timeout: "1m" });
    assert.ok(await isOpen(clock, receiving));
    await system.cast("desk", "told", 1);
    assert.equal(given(await receiving).envelope.verb, "cast");
    assert.equal(given(await desk.tryReceive()).envelope.verb, "info");
  });

  test(`${name}: notices come before everything else, one a receive, and none is lost`, async () => {
    await using stage = await on({ pull: ["desk"] });
    const { system } = stage;
    const desk = system.mailbox("desk");
    await system.cast("desk", "urgent", 0, { priority: "urgent" });
    for (const at of [1, 2, 3]) await system.info("desk", { at });
    const first = given(await desk.receive());
    assert.deepEqual(first.payload, { at: 1 });
    assert.equal((await desk.stats()).running, 1);
    const rest = await desk.receiveAll();
    assert.deepEqual(
      rest.map(({ payload }) => payload),
      [{ at: 2 }, { at: 3 }, 0],
    );
    for (const delivery of [first, ...rest]) await delivery.ack();
    assert.equal((await system.deadLetters.list()).items.length, 0);
  });

  test(`${name}: a receive with a lease of its own holds the message that long and no longer`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "long" });
    const held = given(await jobs.receive({ lease: "2m" }));
    assert.equal(held.leaseUntil, clock.now() + 120_000);
    await clock.advance(119_000);
    assert.equal(await jobs.tryReceive(), undefined);
    await clock.advance(2000);
    assert.equal(given(await jobs.tryReceive({ lease: "10s" })).attempt, 2);
  });

  test(`${name}: a try-receive answers at once, with a message or with nothing [34]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const before = clock.monotonic();
    assert.equal(await jobs.tryReceive(), undefined);
    await system.cast(Jobs, "note", { text: "a" });
    assert.equal(text(given(await jobs.tryReceive())), "a");
    assert.equal(await jobs.tryReceive(), undefined);
    assert.equal(clock.monotonic(), before);
  });

  test(`${name}: a receive-all takes everything that waits now, oldest first inside each priority [35]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const jobs = system.mailbox(Jobs);
    for (const [text, priority] of [
      ["low 1", "low"],
      ["normal 1", "normal"],
      ["urgent 1", "urgent"],
      ["high 1", "high"],
      ["normal 2", "normal"],
      ["low 2", "low"],
      ["urgent 2", "urgent"],
    ] as const)
      await system.cast(Jobs, "note", { text }, { priority });
    const all = await jobs.receiveAll({ lease: "1m" });
    const order = ["urgent 1", "urgent 2", "high 1", "normal 1", "normal 2", "low 1", "low 2"];
    assert.deepEqual(all.map(text), order);
    assert.deepEqual(await jobs.receiveAll(), []);
    assert.equal((await jobs.stats()).running, 7);
  });

  test(`${name}: higher priorities come first, and messages of many concurrent senders keep each sender's order [36]`, async () => {
    const senders = ["ann", "bob", "cid"];
    const agents = senders.map((sender) =>
      agent(sender, {
        on: {
          notification: async (_payload, ctx) => {
            const sends = Array.from({ length: 20 }, (_, n) =>
              ctx.cast(Jobs, "tag", { n }, { priority: n % 2 === 0 ? "normal" : "high" }),
            );
            await Promise.all(sends);
          },
        },
      }),
    );
    await using stage = await on({ agents, pull: [{ from: Jobs }] });
    const { system, clock } = stage;
    await Promise.all(senders.map((sender) => system.cast(sender, "go", null)));
    await clock.settle();
    const all = await system.mailbox(Jobs).receiveAll();
    assert.equal(all.length, 60);
    // Every 32nd message taken may be the oldest of all, so that low priorities never starve.
    const misplaced = all.filter(({ envelope }, at) => (envelope.priority === 3) !== at < 30);
    assert.ok(misplaced.length <= 2, `${misplaced.length} out of place`);
    for (const sender of senders)
      for (const priority of [2, 3]) {
        const own = all.filter(({ envelope }) => envelope.from === sender && envelope.priority === priority);
        const numbers = own.map(({ payload }) => (payload as { n: number }).n);
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
  });

  test(`${name}: with order "fifo" a pulled mailbox gives messages as they arrived`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, order: "fifo" }] });
    const { system } = stage;
    for (const priority of ["low", "urgent", "normal", "high"] as const)
      await system.cast(Jobs, "note", { text: priority }, { priority });
    const all = await system.mailbox(Jobs).receiveAll();
    assert.deepEqual(all.map(text), ["low", "urgent", "normal", "high"]);
  });

  test(`${name}: with order "strict" a message that waits for its retry keeps those of its key behind it`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, order: "strict", retry: once }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    for (const [text, orderKey] of [
      ["a1", "a"],
      ["a2", "a"],
      ["b1", "b"],
    ] as const)
      await system.cast(Jobs, "note", { text }, { orderKey });
    await given(await jobs.receive()).nack();
    assert.deepEqual((await jobs.receiveAll()).map(text), ["b1"]);
    await clock.advance(999);
    assert.equal(await jobs.tryReceive(), undefined);
    await clock.advance(1);
    const again = given(await jobs.tryReceive());
    assert.deepEqual([text(again), again.attempt], ["a1", 2]);
    assert.equal(await jobs.tryReceive(), undefined);
    await again.ack();
    assert.equal(text(given(await jobs.tryReceive())), "a2");
  });

  test(`${name}: messages of one order key are given one at a time, whoever asks`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    for (const text of ["1", "2", "3"]) await system.cast(Jobs, "note", { text }, { orderKey: "thread" });
    await system.cast(Jobs, "note", { text: "free" });
    const first = given(await jobs.receive());
    assert.deepEqual((await jobs.receiveAll()).map(text), ["free"]);
    const next = jobs.receive();
    assert.ok(await isOpen(clock, next));
    await first.ack();
    assert.equal(text(given(await next)), "2");
    assert.equal(await jobs.tryReceive(), undefined);
  });

  test(`${name}: a pulled mailbox with a capacity refuses the message that would pass it`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, capacity: 2 }] });
    const { system } = stage;
    const jobs = system.mailbox(Jobs);
    const sends = ["a", "b", "c"].map((text) => system.cast(Jobs, "note", { text }));
    const refused = await failure("HERMOD_OVERLOADED", Promise.all(sends));
    assert.deepEqual(refused.details, { to: "jobs", limit: "count", most: 2 });
    await Promise.allSettled(sends);
    assert.deepEqual((await jobs.receiveAll()).map(text), ["a", "b"]);
    await system.cast(Jobs, "note", { text: "room again" });
    assert.equal((await jobs.stats()).waiting, 1);
  });

  test(`${name}: the retry policy of a pulled mailbox counts its nacks, and lease its holding time`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, lease: "5s", retry: { retries: 0 } }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await jobs.receive());
    assert.equal(held.leaseUntil, clock.now() + 5000);
    await held.nack();
    const [letter] = (await system.deadLetters.list()).items;
    assert.equal(letter?.reason, "exhausted");
  });

  test(`${name}: for await gives one message after the other until the system closes`, async () => {
    const stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const seen: string[] = [];
    const reading = (async () => {
      for await (const delivery of system.mailbox(Jobs)) {
        seen.push(text(delivery));
        await delivery.ack();
      }
      return "ended";
    })();
    for (const text of ["a", "b"]) await system.cast(Jobs, "note", { text });
    await clock.settle();
    await system.cast(Jobs, "note", { text: "c" });
    await clock.settle();
    assert.deepEqual(seen, ["a", "b", "c"]);
    await stage[Symbol.asyncDispose]();
    assert.equal(await reading, "ended");
  });

  test(`${name}: leaving a for await loop takes nothing more`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    for (const text of ["a", "b"]) await system.cast(Jobs, "note", { text });
    for await (const delivery of system.mailbox(Jobs)) {
      await delivery.ack();
      break;
    }
    const { waiting, running: held } = await system.mailbox(Jobs).stats();
    assert.deepEqual([waiting, held], [1, 0]);
  });

  test(`${name}: a receive that got its message leaves no timer and no listener`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const { signal } = new AbortController();
    for (let n = 0; n < 20; n++) {
      const receiving = system.mailbox(Jobs).receive({ timeout: "1h", signal });
      await system.cast(Jobs, "tag", { n });
      await given(await receiving).ack();
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: several receives that wait get one message each, the first come first`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const waits = [jobs.receive(), jobs.receive(), jobs.receive()];
    await clock.settle();
    for (const text of ["a", "b", "c"]) await system.cast(Jobs, "note", { text });
    const all = await Promise.all(waits);
    assert.deepEqual(all.map((delivery) => text(given(delivery))).toSorted(), ["a", "b", "c"]);
    assert.equal((await jobs.stats()).running, 3);
  });

  test(`${name}: a peek shows what waits in order, again and again, and changes nothing`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "low" }, { priority: "low" });
    await system.cast(Jobs, "tag", { n: 1 });
    await system.cast(Jobs, "note", { text: "high" }, { priority: "high" });
    const before = await jobs.stats();
    const shown = (await jobs.peek()).map(({ payload }) => payload);
    assert.deepEqual(shown, [{ text: "high" }, { n: 1 }, { text: "low" }]);
    assert.deepEqual(
      (await jobs.peek({ where: "operation:note", limit: 1 })).map(({ payload }) => payload),
      [{ text: "high" }],
    );
    assert.equal((await jobs.peek()).length, 3);
    await clock.settle();
    assert.deepEqual(await jobs.stats(), before);
    assert.equal(spy.of("delivery.started").length, 0);
    assert.deepEqual(
      (await system.history()).items.map(({ state, attempts }) => [state, attempts.length]),
      [
        ["waiting", 0],
        ["waiting", 0],
        ["waiting", 0],
      ],
    );
    assert.equal(given(await jobs.receive()).attempt, 1);
  });

  test(`${name}: several observers see each message once, and the handler runs once all the same [28]`, async () => {
    const handled: unknown[] = [];
    const worker = agent("worker", { on: { notification: (payload) => void handled.push(payload) } });
    await using stage = await on({ agents: [worker], pull: [Jobs] });
    const { system, clock } = stage;
    const [first, second]: [unknown[], unknown[]] = [[], []];
    const box = system.mailbox("worker");
    box.observe(({ payload }) => void first.push(payload));
    const end = box.observe(({ payload }) => void second.push(payload));
    await system.cast("worker", "go", 1);
    await system.cast(Jobs, "note", { text: "for others" });
    await clock.settle();
    end();
    end();
    await system.cast("worker", "go", 2);
    await clock.settle();
    assert.deepEqual({ first, second, handled }, { first: [1, 2], second: [1], handled: [1, 2] });
  });

  test(`${name}: the same function can observe twice, and each end ends its own`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    const seen: string[] = [];
    const see = ({ operation }: Envelope): void => void seen.push(operation);
    const end = system.mailbox(Jobs).observe(see);
    system.mailbox(Jobs).observe(see);
    await system.cast(Jobs, "note", { text: "a" });
    end();
    await system.cast(Jobs, "tag", { n: 1 });
    assert.deepEqual(seen, ["note", "note", "tag"]);
  });

  test(`${name}: a message is handled once even when observers see it, and a failing observer never fails the send [(17)]`, async () => {
    let handled = 0;
    const worker = agent("worker", { on: { request: () => ++handled } });
    await using stage = await on({ agents: [worker], pull: [Jobs] });
    const { system, clock, spy } = stage;
    const seen: string[] = [];
    for (const box of [system.mailbox("worker"), system.mailbox(Jobs)]) {
      box.observe(() => {
        throw new Error("broken observer");
      });
      box.observe(() => Promise.reject(new Error("broken later")) as never);
      box.observe(({ operation }) => void seen.push(operation));
    }
    assert.equal(await system.call("worker", "count", null), 1);
    const sent = await system.cast(Jobs, "note", { text: "kept" });
    await clock.settle();
    assert.deepEqual({ handled, seen }, { handled: 1, seen: ["count", "note"] });
    assert.equal(given(await system.mailbox(Jobs).receive()).envelope.id, sent.id);
    const failed = spy.of("listener.failed").map(({ error }) => (error as Error).message);
    assert.deepEqual(failed.toSorted(), [
      "broken later",
      "broken later",
      "broken observer",
      "broken observer",
    ]);
  });

  test(`${name}: an observer cannot change what it sees`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, spy } = stage;
    system.mailbox(Jobs).observe((envelope) => {
      (envelope.payload as { text: string }).text = "forged";
    });
    await system.cast(Jobs, "note", { text: "true" });
    assert.equal(text(given(await system.mailbox(Jobs).receive())), "true");
    assert.ok(spy.of("listener.failed")[0]?.error instanceof TypeError);
  });

  test(`${name}: the mailbox of an agent with handlers can be looked at, and refuses to be pulled from`, async () => {
    const worker = agent("worker", { on: { notification: () => undefined } });
    await using stage = await on({ agents: [worker] });
    const { system } = stage;
    const box = system.mailbox("worker");
    await failure("HERMOD_NOT_PULLED", box.receive());
    await failure("HERMOD_NOT_PULLED", box.receive({ timeout: 0 }));
    await failure("HERMOD_NOT_PULLED", box.tryReceive());
    await failure("HERMOD_NOT_PULLED", box.receiveAll());
    await failure("HERMOD_NOT_PULLED", box[Symbol.asyncIterator]().next());
    assert.deepEqual(await box.peek(), []);
    assert.equal((await box.stats()).mailbox, "worker");
  });

  test(`${name}: a mailbox is pushed or pulled and never both, observers cannot fail a send, a peek changes nothing and a take holds a lease [C12]`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const handlers = { sum: () => ({ total: 0 }), note: () => undefined, tag: () => undefined };
    const both = await failure("HERMOD_DUPLICATE_AGENT", system.spawn(agent(Jobs, { on: handlers })));
    assert.match(both.message, /"jobs" is pulled from/);
    const jobs = system.mailbox(Jobs);
    const copies: Envelope[] = [];
    jobs.observe((envelope) => {
      copies.push(envelope);
      throw new Error("broken observer");
    });
    const sent = await system.cast(Jobs, "note", { text: "a" });
    assert.deepEqual([copies[0]?.id, Object.isFrozen(copies[0])], [sent.id, true]);
    assert.equal(spy.of("listener.failed").length, 1);
    assert.equal((await jobs.peek()).length, 1);
    const taken = given(await jobs.receive());
    assert.deepEqual([taken.attempt, taken.leaseUntil - clock.now()], [1, 30_000]);
    assert.deepEqual(await jobs.peek(), []);
    await clock.advance(31_000);
    assert.equal(given(await jobs.receive()).attempt, 2);
  });

  test(`${name}: what does not fit the contract is set aside as unreadable, and the receive gives the next message`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system } = stage;
    await system.cast("jobs", "note", { text: 5 });
    await system.cast("jobs", "unheard", {});
    await system.cast(Jobs, "note", { text: "good" });
    assert.equal(text(given(await system.mailbox(Jobs).receive({ timeout: 0 }))), "good");
    const letters = (await system.deadLetters.list()).items;
    assert.deepEqual(
      letters.map(({ reason, error }) => [reason, error?.code]),
      [
        ["unreadable", "HERMOD_BAD_PAYLOAD"],
        ["unreadable", "HERMOD_NO_OPERATION"],
      ],
    );
    assert.equal((await system.mailbox(Jobs).stats()).dead, 2);
  });

  test(`${name}: the caller of an unreadable request hears at once why it was set aside`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const wrong = system.call("jobs", "sum", "no list");
    const unheard = system.call("jobs", "unheard", null, { delivery: "at-least-once" });
    const receiving = system.mailbox(Jobs).receive({ timeout: "1s" });
    const told = await failure("HERMOD_BAD_PAYLOAD", wrong);
    assert.match(told.message, /jobs\.sum input/);
    assert.equal((await failure("HERMOD_NO_OPERATION", unheard)).retryable, false);
    await clock.advance("1s");
    assert.equal(await receiving, undefined);
    const letters = (await system.deadLetters.list()).items;
    assert.deepEqual(
      letters.map(({ envelope, reason }) => [envelope.operation, reason]),
      [["unheard", "unreadable"]],
    );
  });

  test(`${name}: a mailbox that this system does not serve is refused with the nearest name`, async () => {
    await using stage = await on({ pull: [Jobs] });
    assert.throws(() => stage.system.mailbox("jbos"), {
      code: "HERMOD_NO_AGENT",
      message: /Did you mean "jobs"/,
    });
  });

  test(`${name}: the same pulled mailbox is given for its contract and for its name`, async () => {
    await using stage = await on({ pull: ["desk", { from: Jobs, order: "fifo" }] });
    const { system } = stage;
    assert.equal(system.mailbox("jobs"), system.mailbox(Jobs));
    assert.deepEqual(system.agents().toSorted(), ["desk", "jobs"]);
    await system.cast("desk", "anything", { goes: true });
    assert.deepEqual(given(await system.mailbox("desk").tryReceive()).payload, { goes: true });
  });
}
