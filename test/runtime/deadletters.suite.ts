/** Dead letters: seen, grouped by cause, given back and forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type DeadLetter } from "hermod";
import { failure, given } from "./pull.kit.ts";
import { Gate, lettersOf, only, saidIn, type On } from "./stage.ts";

/** An agent that fails each message until it is mended. */
function fragile(name = "fragile", message: (payload: unknown) => string = () => "broken") {
  const state = { mended: false, handled: [] as unknown[] };
  const definition = agent(name, {
    retry: { retries: 1, base: 0 },
    on: {
      notification: (payload) => {
        if (!state.mended) throw new Error(message(payload));
        state.handled.push(payload);
      },
    },
  });
  return { state, definition };
}

/** A system in which messages 1 to `count` have died. */
async function withDead(on: On, count: number) {
  const { state, definition } = fragile();
  const stage = await on({ agents: [definition] });
  for (let n = 1; n <= count; n++) await stage.system.cast("fragile", "work", n);
  await stage.clock.advance(0);
  assert.equal((await lettersOf(stage.system)).length, count);
  return { stage, state, ...stage };
}

const payloads = (letters: readonly DeadLetter[]): unknown[] =>
  letters.map(({ envelope }) => envelope.payload);

export function deadLetterSuite(name: string, on: On): void {
  test(`${name}: a dead letter keeps its message, mailbox, reason, error and the time of each attempt`, async () => {
    const { definition } = fragile();
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    const sent = await system.cast("fragile", "work", 1, {
      retry: { retries: 2, base: "1s", factor: 2, jitter: "none" },
    });
    await clock.advance("10s");
    const letter = only(await lettersOf(system));
    assert.deepEqual(letter.envelope, sent);
    assert.deepEqual([letter.mailbox, letter.reason, letter.generation], ["fragile", "exhausted", 0]);
    assert.deepEqual(
      [letter.error?.name, letter.error?.message, letter.error?.code],
      ["Error", "broken", "HERMOD_FAILED"],
    );
    assert.deepEqual(
      letter.attempts.map(({ number, outcome, startedAt, endedAt, error }) => ({
        ...{
          number,
          outcome,
          after: startedAt - sent.sentAt,
          took: endedAt - startedAt,
          error: error?.message,
        },
      })),
      [
        { number: 1, outcome: "retried", after: 0, took: 0, error: "broken" },
        { number: 2, outcome: "retried", after: 1000, took: 0, error: "broken" },
        { number: 3, outcome: "dead", after: 3000, took: 0, error: "broken" },
      ],
    );
    assert.equal(letter.diedAt, sent.sentAt + 3000);
  });

  test(`${name}: those of one cause are listed, given back and forgotten by it, across pages`, async () => {
    const { definition } = fragile("fragile", (n) =>
      n === 3 ? `worn\nout\u001b[31m ${"🌊".repeat(99)}` : `broken ${String(n)}`,
    );
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    for (let n = 1; n <= 4; n++) await system.cast("fragile", "work", n);
    await clock.advance(0);
    const [common, rare] = await system.deadLetters.groups();
    const { cause } = given(rare);
    const page = await system.deadLetters.list({ cause, limit: 1 });
    assert.deepEqual(payloads(page.items), [3], "pages without any are passed over");
    const again = await system.deadLetters.redrive({ cause: given(common).cause, dryRun: true });
    assert.deepEqual([given(common).count, again.matched], [3, 3]);
    assert.equal(await system.deadLetters.discard({ cause }), 1);
    assert.deepEqual(payloads(await lettersOf(system)), [1, 2, 4]);
  });

  test(`${name}: dead letters are listed oldest first, in pages that a cursor joins`, async () => {
    const { system, stage } = await withDead(on, 5);
    await using _ = stage;
    const first = await system.deadLetters.list({ limit: 2 });
    const second = await system.deadLetters.list({ limit: 2, after: given(first.next) });
    const third = await system.deadLetters.list({ limit: 2, after: given(second.next) });
    assert.deepEqual(
      [payloads(first.items), payloads(second.items), payloads(third.items)],
      [[1, 2], [3, 4], [5]],
    );
    assert.equal(third.next, undefined);
    assert.deepEqual(payloads((await system.deadLetters.list()).items), [1, 2, 3, 4, 5]);
    await failure("HERMOD_BAD_OPTION", system.deadLetters.list({ after: "no cursor" }));
    await failure("HERMOD_BAD_OPTION", system.deadLetters.list({ limit: 1001 }));
  });

  test(`${name}: a filter chooses dead letters by recipient, reason, attempts, age, payload and error`, async () => {
    const one = fragile("one", (n) => `cannot do ${String(n)}`);
    const two = fragile("two");
    await using stage = await on({ agents: [one.definition, two.definition] });
    const { system, clock } = stage;
    await system.cast("one", "work", 1);
    await system.cast("two", "rest", { id: 2 }, { retry: { retries: 0 } });
    await clock.advance("10m");
    await system.cast("one", "work", 3);
    await clock.advance("1s");
    const chosen = async (where: string): Promise<unknown[]> => payloads(await lettersOf(system, where));
    assert.deepEqual(await chosen("to:one"), [1, 3]);
    assert.deepEqual(await chosen("to:one age:>5m"), [1]);
    assert.deepEqual(await chosen("age:<5m"), [3]);
    assert.deepEqual(await chosen("attempts:1"), [{ id: 2 }]);
    assert.deepEqual(await chosen("attempts:>1"), [1, 3]);
    assert.deepEqual(await chosen("data.id:2"), [{ id: 2 }]);
    assert.deepEqual(await chosen('error:"cannot do 3"'), [3]);
    assert.deepEqual(await chosen("reason:exhausted -operation:work state:dead"), [{ id: 2 }]);
    assert.deepEqual(await chosen("reason:expired"), []);
    await failure("HERMOD_BAD_FILTER", system.deadLetters.list({ where: "colour:red" }));
  });

  test(`${name}: dead letters are grouped by cause, with numbers, ids and quoted parts left out, the most frequent first`, async () => {
    const one = fragile("one", (n) => `order ${String(n)} of "customer ${String(n)}" was refused`);
    const two = fragile("two", () => "disk is full");
    await using stage = await on({ agents: [one.definition, two.definition], pull: ["three"] });
    const { system, clock } = stage;
    await system.cast("two", "work", 0);
    const began = clock.now();
    for (const n of [17, 18, 1999]) {
      await system.cast("one", "work", n);
      await clock.advance("1s");
    }
    await system.cast("three", "work", 0, { timeout: 1 });
    await clock.advance("1s");
    await system.mailbox("three").tryReceive();
    const groups = await system.deadLetters.groups();
    assert.deepEqual(
      groups.map(({ cause, reason, count, mailboxes }) => [cause, reason, count, mailboxes]),
      [
        ["exhausted: Error: order # of … was refused", "exhausted", 3, ["one"]],
        ["exhausted: Error: disk is full", "exhausted", 1, ["two"]],
        ["expired", "expired", 1, ["three"]],
      ],
    );
    const [first] = groups;
    assert.deepEqual([first?.firstAt, first?.lastAt], [began, began + 2000]);
    assert.equal(first?.example, (await lettersOf(system, "to:one")).at(-1)?.id);
    assert.equal((await system.deadLetters.groups({ where: "to:two" })).length, 1);
  });

  test(`${name}: a redriven message is handled again under its id, with fresh attempts, and is a dead letter no more`, async () => {
    const { system, clock, state, stage } = await withDead(on, 1);
    await using _ = stage;
    const before = only(await lettersOf(system));
    state.mended = true;
    assert.deepEqual(await system.deadLetters.redrive(), { matched: 1, redriven: 1, skipped: {} });
    await clock.settle();
    assert.deepEqual(state.handled, [1]);
    assert.deepEqual(await lettersOf(system), []);
    const { envelope, state: became, attempts } = only(await saidIn(system));
    assert.deepEqual([envelope, became], [before.envelope, "done"]);
    assert.deepEqual(
      attempts.map(({ number, outcome }) => [number, outcome]),
      [
        [1, "retried"],
        [2, "dead"],
        [1, "acked"],
      ],
    );
  });

  test(`${name}: a message that dies again keeps its lineage, and the third time needs force`, async () => {
    const { system, clock, state, stage } = await withDead(on, 1);
    await using _ = stage;
    const { id } = only(await lettersOf(system));
    for (const generation of [1, 2]) {
      assert.equal((await system.deadLetters.redrive()).redriven, 1);
      await clock.advance(0);
      const letter = only(await lettersOf(system));
      assert.deepEqual([letter.id, letter.generation, letter.attempts.length], [id, generation, 2]);
    }
    const refused = { matched: 1, redriven: 0, skipped: { "needs-force": 1 } };
    assert.deepEqual(await system.deadLetters.redrive(), refused);
    assert.deepEqual(await system.deadLetters.redrive({ dryRun: true }), refused);
    state.mended = true;
    assert.equal((await system.deadLetters.redrive({ force: true })).redriven, 1);
    await clock.settle();
    assert.deepEqual([state.handled, await lettersOf(system)], [[1], []]);
  });

  test(`${name}: one letter is redriven by its own id or by its message's, and by no other`, async () => {
    const { system, clock, state, stage } = await withDead(on, 3);
    await using _ = stage;
    state.mended = true;
    const [first, second] = await lettersOf(system);
    await system.deadLetters.redrive({ id: given(first).id });
    await system.deadLetters.redrive({ id: given(second).envelope.id });
    assert.deepEqual(await system.deadLetters.redrive({ id: "unknown" }), {
      matched: 0,
      redriven: 0,
      skipped: {},
    });
    await clock.settle();
    assert.deepEqual(state.handled, [1, 2]);
    assert.deepEqual(payloads(await lettersOf(system)), [3]);
  });

  test(`${name}: a redrive takes what its filter matches, the oldest up to its limit`, async () => {
    const { system, clock, state, stage } = await withDead(on, 6);
    await using _ = stage;
    state.mended = true;
    assert.equal((await system.deadLetters.redrive({ limit: 0 })).redriven, 0);
    assert.deepEqual(await system.deadLetters.redrive({ where: "to:fragile", limit: 2 }), {
      matched: 2,
      redriven: 2,
      skipped: {},
    });
    assert.equal((await system.deadLetters.redrive({ where: "to:somebody" })).matched, 0);
    await clock.settle();
    assert.deepEqual(state.handled, [1, 2]);
    assert.deepEqual(payloads(await lettersOf(system)), [3, 4, 5, 6]);
  });

  test(`${name}: a dry run counts what would be done and does nothing`, async () => {
    const { system, clock, state, stage } = await withDead(on, 3);
    await using _ = stage;
    state.mended = true;
    const before = await lettersOf(system);
    assert.deepEqual(await system.deadLetters.redrive({ dryRun: true, rate: 1 }), {
      matched: 3,
      redriven: 3,
      skipped: {},
    });
    await clock.settle();
    assert.deepEqual(await lettersOf(system), before);
    assert.deepEqual(state.handled, []);
  });

  test(`${name}: a redrive gives back no more letters a second than its rate`, async () => {
    const { system, clock, state, stage } = await withDead(on, 5);
    await using _ = stage;
    state.mended = true;
    const redriving = system.deadLetters.redrive({ rate: 2 });
    const handled: number[] = [];
    for (const wait of [0, 999, 1, 999, 1]) {
      await clock.advance(wait);
      handled.push(state.handled.length);
    }
    assert.deepEqual(handled, [2, 2, 4, 4, 5]);
    assert.equal((await redriving).redriven, 5);
  });

  test(`${name}: a redrive is idempotent: two at once give each letter back once`, async () => {
    const { system, clock, state, stage } = await withDead(on, 4);
    await using _ = stage;
    state.mended = true;
    const both = await Promise.all([system.deadLetters.redrive(), system.deadLetters.redrive()]);
    assert.equal(
      both.reduce((sum, { redriven }) => sum + redriven, 0),
      4,
    );
    assert.equal((await system.deadLetters.redrive()).matched, 0);
    await clock.settle();
    assert.deepEqual(state.handled, [1, 2, 3, 4]);
  });

  test(`${name}: letters that cannot be given back are skipped, counted by reason, and kept`, async () => {
    const stays = fragile("stays");
    await using stage = await on({ agents: [stays.definition], pull: [{ from: "small", capacity: 1 }] });
    const { system, clock } = stage;
    await system.cast("stays", "work", "late", { timeout: "1m" });
    await system.cast("small", "work", "crowded", { retry: { retries: 0 } });
    await given(await system.mailbox("small").receive()).nack();
    const guest = await system.spawn(fragile("guest").definition);
    await system.cast("guest", "work", "homeless");
    await clock.advance("2m");
    await system.cast("small", "work", "fills it");
    await guest.stop();
    const skipped = { expired: 1, "no-recipient": 1, full: 1 };
    const letters = await lettersOf(system);
    assert.deepEqual(await system.deadLetters.redrive(), { matched: 3, redriven: 0, skipped });
    assert.deepEqual(await lettersOf(system), letters);
  });

  test(`${name}: a redriven request whose caller is gone is done all the same`, async () => {
    let mended = false;
    const worker = agent("worker", {
      retry: { retries: 0 },
      on: {
        request: () => {
          if (!mended) throw new Error("broken");
          return "done";
        },
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    await failure(
      "HERMOD_FAILED",
      system.call("worker", "work", null, { delivery: "at-least-once", timeout: "1h" }),
    );
    mended = true;
    assert.equal((await system.deadLetters.redrive()).redriven, 1);
    await clock.settle();
    assert.equal(only(await saidIn(system, "type:request")).state, "done");
    assert.equal((await system.stats()).delivery.lateReplies, 1);
  });

  test(`${name}: what waited for a stopped agent is handled when the agent runs again and it is redriven`, async () => {
    const gate = new Gate();
    const handled: unknown[] = [];
    const worker = agent("worker", {
      on: { notification: (payload) => gate.passed.then(() => void handled.push(payload)) },
    });
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(worker);
    await system.cast("worker", "work", "running");
    await clock.settle();
    await system.cast("worker", "work", "waiting");
    gate.open();
    await running.stop();
    assert.deepEqual(payloads(await lettersOf(system, "reason:stopped")), ["waiting"]);
    await system.spawn(worker);
    assert.deepEqual(await system.deadLetters.redrive(), { matched: 1, redriven: 1, skipped: {} });
    await clock.settle();
    assert.deepEqual(handled, ["running", "waiting"]);
  });

  test(`${name}: any number of letters is grouped, redriven and discarded whole`, async () => {
    const { system, clock, state, stage } = await withDead(on, 1);
    await using _ = stage;
    const sends = Array.from({ length: 1204 }, (_, n) => system.cast("fragile", "work", n));
    await Promise.all(sends);
    await clock.advance(0);
    assert.deepEqual(
      (await system.deadLetters.groups()).map(({ count }) => count),
      [1205],
    );
    state.mended = true;
    const redriving = system.deadLetters.redrive({ limit: 1100, rate: 1000 });
    await clock.advance("1s");
    assert.equal((await redriving).redriven, 1100);
    await clock.settle();
    assert.equal(state.handled.length, 1100);
    assert.equal(await system.deadLetters.discard({ where: "" }), 105);
  });

  test(`${name}: discarded letters are gone for good, by filter, by id and up to a limit`, async () => {
    const { system, stage } = await withDead(on, 5);
    await using _ = stage;
    const [first] = await lettersOf(system);
    assert.equal(await system.deadLetters.discard({ id: given(first).id }), 1);
    assert.equal(await system.deadLetters.discard({ id: given(first).id }), 0);
    assert.equal(await system.deadLetters.discard({ where: "to:nobody" }), 0);
    assert.equal(await system.deadLetters.discard({ where: "to:fragile", limit: 2 }), 2);
    assert.deepEqual(payloads(await lettersOf(system)), [4, 5]);
    assert.equal(await system.deadLetters.discard({ where: "" }), 2);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a discard that names nothing is refused, and nothing is lost`, async () => {
    const { system, stage } = await withDead(on, 2);
    await using _ = stage;
    await failure("HERMOD_BAD_OPTION", system.deadLetters.discard({}));
    await failure("HERMOD_BAD_OPTION", system.deadLetters.discard({ limit: 1 }));
    assert.equal((await lettersOf(system)).length, 2);
  });

  test(`${name}: a redrive that a close overtakes at any point ends, and tells so`, async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { system, clock, stage } = await withDead(on, 5);
      const redriving = system.deadLetters.redrive({ rate: 2 }).then(
        () => "done",
        ({ code }) => code as string,
      );
      for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go));
      await stage[Symbol.asyncDispose]();
      assert.equal(await redriving, "HERMOD_CLOSED");
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: a redrive between two of its seconds ends with the system and leaves no timer`, async () => {
    const { system, clock, state, stage } = await withDead(on, 3);
    state.mended = true;
    const redriving = failure("HERMOD_CLOSED", system.deadLetters.redrive({ rate: 1 }));
    await clock.settle();
    await stage[Symbol.asyncDispose]();
    await redriving;
    assert.equal(clock.waiting, 0);
    assert.deepEqual(state.handled, [1]);
  });
}
