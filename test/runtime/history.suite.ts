/** History: what was said, in order, with what became of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, terminal, type Envelope, type MessageRecord } from "hermod";
import { Jobs, failure, given } from "./pull.kit.ts";
import { Gate, only, saidIn, type On } from "./stage.ts";

const operations = (records: readonly MessageRecord[]): string[] =>
  records.map(({ envelope }) => `${envelope.type} ${envelope.operation}`);

/** A boss who asks a clerk and tells a scribe. */
const boss = agent("boss", {
  on: {
    request: async (payload, ctx) => {
      const counted = await ctx.call("clerk", "count", payload);
      await ctx.cast("scribe", "write", counted);
      return counted;
    },
  },
});
const clerk = agent("clerk", { on: { request: (payload) => (payload as unknown[]).length } });
const scribe = agent("scribe", { on: { notification: () => undefined } });
const office = [boss, clerk, scribe];

export function historySuite(name: string, on: On): void {
  test(`${name}: the history gives a conversation in order, and all that an agent sent or got [86]`, async () => {
    await using stage = await on({ agents: office });
    const { system, clock } = stage;
    await system.cast("scribe", "note", "before", { conversation: "other" });
    await system.call("boss", "report", ["a", "b"], { conversation: "c1" });
    await clock.settle();
    const talk = [
      "request report",
      "request count",
      "response count",
      "notification write",
      "response report",
    ];
    assert.deepEqual(operations((await system.history({ conversation: "c1" })).items), talk);
    assert.deepEqual(operations(await system.conversation("c1")), talk);
    const clerks = (await system.history({ agent: "clerk" })).items;
    assert.deepEqual(operations(clerks), ["request count", "response count"]);
    assert.deepEqual(
      clerks.map(({ envelope }) => [envelope.from, envelope.to]),
      [
        ["boss", "clerk"],
        ["clerk", `${system.address}/boss`],
      ],
    );
    const bosses = operations((await system.history({ agent: "boss" })).items);
    assert.deepEqual(bosses, talk, "also the reply to its own call");
    assert.equal((await system.history({ where: "to:boss type:response" })).items.length, 1);
    const scribes = (await system.history({ agent: "scribe" })).items;
    assert.deepEqual(operations(scribes), ["notification note", "notification write"]);
    const all = (await system.history()).items.map(({ envelope }) => envelope.sequence);
    assert.deepEqual(all, [1, 2, 3, 4, 5, 6]);
  });

  test(`${name}: every message belongs to a conversation: a new one, its own or that of the message being handled [(26)]`, async () => {
    await using stage = await on({ agents: office });
    const { system, clock } = stage;
    const plain = await system.cast("scribe", "note", 1);
    const second = await system.cast("scribe", "note", 2);
    assert.deepEqual([plain.conversationId, second.conversationId], [plain.id, second.id]);
    await system.call("boss", "report", []);
    await system.send({ to: "scribe", payload: 3 });
    await system.info("scribe", "notice");
    await clock.settle();
    const said = await saidIn(system);
    assert.ok(said.every(({ envelope }) => envelope.conversationId.length > 0));
    assert.equal(new Set(said.map(({ envelope }) => envelope.conversationId)).size, 5);
  });

  test(`${name}: an unknown conversation and an unknown agent have an empty history`, async () => {
    await using stage = await on({ agents: office });
    assert.deepEqual(await stage.system.conversation("never"), []);
    assert.deepEqual((await stage.system.history({ agent: "nobody" })).items, []);
    assert.deepEqual(await stage.system.history(), { items: [] });
  });

  test(`${name}: an agent that writes to itself has the message once`, async () => {
    const solo = agent("solo", {
      on: { request: (payload, ctx) => ctx.cast("solo", "self", payload), notification: () => undefined },
    });
    await using stage = await on({ agents: [solo] });
    await stage.system.call("solo", "start", 1);
    await stage.clock.settle();
    assert.deepEqual(operations((await stage.system.history({ agent: "solo" })).items), [
      ...["request start", "notification self", "response start"],
    ]);
  });

  test(`${name}: the history is read in pages that a cursor joins, at most 1,000 at once`, async () => {
    await using stage = await on({ agents: [scribe] });
    const { system } = stage;
    for (let n = 0; n < 250; n++) await system.cast("scribe", "note", n);
    const seen: unknown[] = [];
    let pages = 0;
    let after: string | undefined;
    do {
      const page = await system.history({
        agent: "scribe",
        limit: 100,
        ...(after !== undefined && { after }),
      });
      seen.push(...page.items.map(({ envelope }) => envelope.payload));
      after = page.next;
      pages++;
    } while (after !== undefined);
    assert.equal(pages, 3);
    assert.deepEqual(
      seen,
      Array.from({ length: 250 }, (_, n) => n),
    );
    assert.equal((await system.history()).items.length, 100);
    assert.equal((await system.history({ limit: 1000 })).items.length, 250);
    for (const limit of [0, 1001, 1.5, NaN]) await failure("HERMOD_BAD_OPTION", system.history({ limit }));
    for (const after of ["", "x", "-1", "1.5"]) await failure("HERMOD_BAD_OPTION", system.history({ after }));
  });

  test(`${name}: a page goes on from its cursor while new messages come`, async () => {
    await using stage = await on({ agents: [scribe] });
    const { system } = stage;
    for (const n of [1, 2, 3]) await system.cast("scribe", "note", n);
    const first = await system.history({ limit: 2 });
    await system.cast("scribe", "note", 4);
    const rest = await system.history({ after: given(first.next) });
    assert.deepEqual(
      rest.items.map(({ envelope }) => envelope.payload),
      [3, 4],
    );
    assert.equal(rest.next, undefined);
  });

  test(`${name}: the newest messages come first where that is asked for, and the place goes on both ways`, async () => {
    await using stage = await on({ agents: [scribe] });
    const { system } = stage;
    for (let n = 0; n < 7; n++) await system.cast("scribe", "note", n);
    const said = async (query: object) => {
      const { items, next } = await system.history(query);
      return { said: items.map(({ envelope }) => envelope.payload), next };
    };
    const first = await said({ order: "newest", limit: 3 });
    assert.deepEqual(first.said, [6, 5, 4]);
    await system.cast("scribe", "note", 7);
    assert.deepEqual(await said({ order: "newest", agent: "scribe", after: first.next }), {
      said: [3, 2, 1, 0],
      next: undefined,
    });
    assert.deepEqual((await said({ after: first.next })).said, [5, 6, 7]);
    assert.deepEqual((await said({ order: "oldest", limit: 1 })).said, [0]);
    await failure("HERMOD_BAD_OPTION", system.history({ order: "down" as never }));
  });

  test(`${name}: a conversation is given whole, however many pages it takes`, async () => {
    await using stage = await on({ agents: [scribe] });
    const { system } = stage;
    const sends = Array.from({ length: 1203 }, (_, n) =>
      system.cast("scribe", "note", n, { conversation: "long" }),
    );
    await Promise.all(sends);
    const all = await system.conversation("long");
    assert.deepEqual(
      all.map(({ envelope }) => envelope.payload),
      Array.from({ length: 1203 }, (_, n) => n),
    );
  });

  test(`${name}: a filter narrows the history, alone and beside conversation or agent`, async () => {
    await using stage = await on({ agents: office });
    const { system, clock } = stage;
    await system.call("boss", "report", [1], { conversation: "c1" });
    await clock.advance("1h");
    await system.call("boss", "report", [2], {
      conversation: "c2",
      priority: "urgent",
      metadata: { tenant: "acme" },
    });
    await clock.settle();
    const found = async (query: object): Promise<number> => (await system.history(query)).items.length;
    assert.equal(await found({ where: "type:request" }), 4);
    assert.equal(await found({ where: "type:request", conversation: "c1" }), 2);
    assert.equal(await found({ where: "from:boss", agent: "clerk" }), 2);
    assert.equal(await found({ where: "age:<1m" }), 5);
    assert.equal(await found({ where: "priority:urgent type:request" }), 1);
    assert.equal(await found({ where: "metadata.tenant:acme" }), 1);
    assert.equal(await found({ where: "state:done -verb:reply" }), 6);
    assert.equal(await found({ where: "state:waiting" }), 0);
    await failure("HERMOD_BAD_FILTER", system.history({ where: "type:" }));
  });

  test(`${name}: conversation and agent together are refused with a hint`, async () => {
    await using stage = await on();
    const error = await failure("HERMOD_BAD_OPTION", stage.system.history({ conversation: "c", agent: "a" }));
    assert.match(error.hint, /from:NAME/);
  });

  test(`${name}: each message shows its state and its attempts: waiting, running, done, failed and dead`, async () => {
    const gate = new Gate();
    const worker = agent("worker", {
      retry: { retries: 1, base: "1s", jitter: "none" },
      on: {
        notification: async (payload) => {
          if (payload === "slow") await gate.passed;
          if (payload === "bad") throw terminal(new Error("no"));
          if (payload === "twice") throw new Error("again");
        },
        request: () => {
          throw new Error("refused");
        },
      },
    });
    await using stage = await on({ agents: [worker], pull: [Jobs] });
    const { system, clock } = stage;
    await failure("HERMOD_FAILED", system.call("worker", "ask", "call"));
    for (const payload of ["good", "bad", "twice"]) await system.cast("worker", "do", payload);
    await clock.advance("3s");
    await system.cast("worker", "do", "slow");
    await system.cast("worker", "do", "behind");
    await system.cast(Jobs, "note", { text: "held" });
    const held = given(await system.mailbox(Jobs).receive());
    await clock.settle();
    const shown = (await saidIn(system, "-verb:reply")).map(({ envelope, state, attempts }) => {
      const outcomes = attempts.map(({ outcome }) => outcome).join(" ");
      return [envelope.payload, state, outcomes];
    });
    assert.deepEqual(shown, [
      ["call", "failed", "failed"],
      ["good", "done", "acked"],
      ["bad", "dead", "dead"],
      ["twice", "dead", "retried dead"],
      ["slow", "running", ""],
      ["behind", "waiting", ""],
      [{ text: "held" }, "running", ""],
    ]);
    const twice = given((await saidIn(system, "attempts:2"))[0]);
    assert.deepEqual(
      twice.attempts.map(({ number, error }) => [number, error?.message]),
      [
        [1, "again"],
        [2, "again"],
      ],
    );
    assert.equal(given(twice.attempts[1]).startedAt - given(twice.attempts[0]).endedAt, 1000);
    await held.release();
    gate.open();
    await clock.settle();
    assert.deepEqual((await saidIn(system, "state:done")).map(({ envelope }) => envelope.payload).slice(-2), [
      "slow",
      "behind",
    ]);
  });

  test(`${name}: a send is in the history and in the mailbox before an observer or a handler is told of it [31]`, async () => {
    const found: Promise<unknown>[] = [];
    const worker = agent("worker", {
      on: { notification: (_payload, ctx) => void found.push(look(ctx.envelope)) },
    });
    await using stage = await on({ agents: [worker], pull: [Jobs] });
    const { system, clock } = stage;
    const look = async ({ id }: Envelope): Promise<unknown> =>
      only((await saidIn(system)).filter(({ envelope }) => envelope.id === id));
    system.mailbox("worker").observe((envelope) => void found.push(look(envelope)));
    system.mailbox(Jobs).observe(({ id }) => {
      found.push(
        system
          .mailbox(Jobs)
          .peek()
          .then((waiting) => only(waiting.filter((envelope) => envelope.id === id))),
      );
    });
    await system.cast("worker", "go", 1);
    await system.cast(Jobs, "note", { text: "a" });
    await clock.settle();
    assert.equal((await Promise.all(found)).length, 3);
  });

  test(`${name}: what a reader does with a record changes nothing`, async () => {
    await using stage = await on({ agents: [scribe] });
    const { system, clock } = stage;
    await system.cast("scribe", "note", { deep: [1] });
    await clock.settle();
    const record = only(await saidIn(system));
    assert.throws(() => void ((record.envelope.payload as { deep: number[] }).deep[0] = 2), TypeError);
    (record.attempts as unknown[]).length = 0;
    assert.equal(only(await saidIn(system)).attempts.length, 1);
  });
}
