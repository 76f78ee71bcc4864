/** Cast and send: one way, to one recipient; what an envelope carries, and who gets a message that nobody takes yet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NoAgentError, agent, contract, fromMap, toMap, type Context, type Envelope } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const Writer = contract("writer", {
  calls: { draft: { in: z.string(), out: z.string() } },
  casts: {
    remember: z.object({ fact: z.string() }),
    hurry: { in: z.string(), priority: "urgent", delivery: "at-most-once" },
  },
});

/** A writer that keeps the messages it got. */
function writer(heard: Envelope[]) {
  const keep = (_: unknown, { envelope }: { envelope: Envelope }): void => void heard.push(envelope);
  return agent(Writer, { on: { draft: () => "", remember: keep, hurry: keep } });
}

/** An agent by name that keeps the messages it got. */
function listener(name: string, heard: Envelope[]) {
  return agent(name, { on: { notification: (_, { envelope }) => void heard.push(envelope) } });
}

export function castSuite(name: string, on: On): void {
  test(`${name}: a cast resolves with its envelope when it is stored, and no reply comes [24]`, async () => {
    const gate = new Gate();
    const heard: Envelope[] = [];
    const slow = agent("slow", {
      on: { notification: (_, { envelope }) => (heard.push(envelope), gate.passed.then(() => "ignored")) },
    });
    await using stage = await on({ agents: [slow] });
    const { system, clock } = stage;
    const sent = await system.cast("slow", "note", { text: "the tide turns" });
    assert.equal(sent.to, "slow");
    gate.open();
    await clock.settle();
    assert.deepEqual(only(heard), sent);
    assert.deepEqual(
      (await saidIn(system)).map(({ envelope, state }) => [envelope.verb, state]),
      [["cast", "done"]],
    );
  });

  test(`${name}: a cast reaches the named agent alone [16]`, async () => {
    const heard: [Envelope[], Envelope[]] = [[], []];
    await using stage = await on({ agents: [listener("north", heard[0]), listener("south", heard[1])] });
    await stage.system.cast("north", "", {});
    await stage.clock.settle();
    assert.deepEqual(
      heard.map(({ length }) => length),
      [1, 0],
    );
  });

  test(`${name}: an agent is handed a message as soon as it has come, without time passing [26]`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [listener("north", heard)] });
    const { system, clock } = stage;
    await system.cast("north", "", {});
    await clock.settle();
    assert.equal(only(heard).sentAt, clock.now());
  });

  test(`${name}: messages wait while their consumer is slow or away, and are handled when it is back [18]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const first = agent("box", { on: { notification: (payload) => (heard.push(payload), gate.passed) } });
    await using stage = await on();
    const { system, clock } = stage;
    await system.cast("box", "", "while away", { hold: true });
    await clock.advance("1h");
    await system.spawn(first);
    await system.cast("box", "", "while slow");
    await clock.advance("1h");
    assert.deepEqual(heard, ["while away"]);
    gate.open();
    await clock.settle();
    assert.deepEqual(heard, ["while away", "while slow"]);
  });

  test(`${name}: what is held for an instance waits in the mailbox of its agent, where an observer sees it`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    await system.cast("box#user-42", "", "while away", { hold: true });
    const notification = (_: unknown, ctx: Context): void => void heard.push(ctx.envelope);
    await system.spawn(agent("box", { keyed: true, on: { notification } }));
    await clock.settle();
    assert.equal(only(heard).to, "box#user-42");
    const seen: unknown[] = [];
    system.mailbox("box").observe(({ to }) => void seen.push(to));
    await system.cast("box#user-7", "", {});
    await clock.settle();
    assert.deepEqual(seen, ["box#user-7"]);
    assert.deepEqual(
      heard.map(({ to }) => to),
      ["box#user-42", "box#user-7"],
    );
    const unknown = await caught(system.cast("bax#user-7", "", {}));
    assert.equal(unknown.code, "HERMOD_NO_AGENT");
  });

  test(`${name}: every message has an id of its own, names its sender, and belongs to a conversation [1] [(26)]`, async () => {
    const heard: Envelope[] = [];
    const teller = agent("teller", { on: { notification: (_, ctx) => ctx.cast("north", "", {}) } });
    await using stage = await on({ agents: [listener("north", heard), teller] });
    const { system, clock } = stage;
    await system.cast("north", "", {});
    await system.cast("teller", "", {});
    await system.send({ to: "north", from: "somebody" });
    await clock.settle();
    const all = (await saidIn(system)).map(({ envelope }) => envelope);
    assert.equal(new Set(all.map(({ id }) => id)).size, 4);
    assert.deepEqual(
      heard.map(({ from }) => from).toSorted(),
      ["somebody", "teller", system.address].toSorted(),
    );
    assert.ok(all.every(({ conversationId }) => conversationId.length > 0));
  });

  test(`${name}: the sequence of one sender grows with each message, and its times tell when [11]`, async () => {
    const heard: Envelope[] = [];
    const teller = agent("teller", {
      on: {
        notification: async (_, ctx) => {
          for (let at = 0; at < 3; at++) await ctx.cast("north", "", {});
        },
      },
    });
    await using stage = await on({ agents: [listener("north", heard), teller] });
    const { system, clock } = stage;
    const first = await system.cast("teller", "", {});
    await clock.advance("1s");
    const second = await system.cast("north", "", {});
    const third = await system.send({ to: "north" });
    const fourth = await system.send({ to: "north" });
    await clock.settle();
    const numbers = [first, ...heard].map(({ sequence }) => sequence);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(numbers).size, 7);
    assert.ok(third.sequence > second.sequence && fourth.sequence > third.sequence);
    assert.equal(second.sentAt - first.sentAt, 1000);
  });

  test(`${name}: a plain send is a notification of normal priority, at least once, and gives back what it sent [67]`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [listener("north", heard)] });
    const { system, clock } = stage;
    const sent = await system.send({ to: "north", payload: { text: "the tide turns" } });
    assert.deepEqual(
      [sent.type, sent.verb, sent.priority, sent.delivery],
      ["notification", "cast", 2, "at-least-once"],
    );
    assert.deepEqual([sent.from, sent.to, sent.sentAt], [system.address, "north", clock.now()]);
    await clock.settle();
    assert.deepEqual(only(heard), sent);
  });

  test(`${name}: what a message carries arrives: target, operation, payload, options, sender and metadata [12]`, async () => {
    const heard: Envelope[] = [];
    const attempts: number[] = [];
    const fails = agent("north", {
      on: { notification: (_, { envelope }) => (heard.push(envelope), Promise.reject(new Error("no ink"))) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock, spy } = stage;
    const sent = await system.cast(
      "north",
      "note",
      { text: "sea" },
      {
        priority: "high",
        delivery: "at-least-once",
        retry: { retries: 2, base: 10, jitter: "none" },
        key: "k-1",
        orderKey: "o-1",
        conversation: "c-1",
        trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        metadata: { tenant: "bay", depth: 3 },
        timeout: "1h",
      },
    );
    await clock.advance("1s");
    assert.deepEqual(heard[0], sent);
    const {
      to,
      operation,
      payload,
      priority,
      delivery,
      idempotencyKey,
      orderKey,
      conversationId,
      trace,
      metadata,
    } = sent;
    assert.deepEqual(
      [to, operation, payload, priority, delivery],
      ["north", "note", { text: "sea" }, 3, "at-least-once"],
    );
    assert.deepEqual([idempotencyKey, orderKey, conversationId], ["k-1", "o-1", "c-1"]);
    assert.deepEqual(
      [trace, metadata],
      ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", { tenant: "bay", depth: 3 }],
    );
    for (const { attempt } of spy.of("delivery.started")) attempts.push(attempt);
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  test(`${name}: priority, timeout and number of retries are set for a single message [13]`, async () => {
    const heard: string[] = [];
    const fails = agent("fails", {
      on: {
        notification: (_, { envelope }) => (
          heard.push(envelope.operation),
          Promise.reject(new Error("no ink"))
        ),
      },
    });
    await using stage = await on();
    const { system, clock } = stage;
    const send = (operation: string, options: object) =>
      system.cast("fails", operation, {}, { hold: true, ...options });
    await send("normal", { retry: { retries: 0 } });
    await send("urgent", { priority: "urgent", retry: { retries: 1, base: 0 } });
    await send("brief", { timeout: "1s" });
    await clock.advance("2s");
    await system.spawn(fails);
    await clock.advance("1h");
    assert.deepEqual(heard, ["urgent", "urgent", "normal"]);
    assert.deepEqual(
      sorted((await lettersOf(system)).map(({ envelope, reason }) => [envelope.operation, reason])),
      [
        ["brief", "expired"],
        ["normal", "exhausted"],
        ["urgent", "exhausted"],
      ],
    );
  });

  test(`${name}: a contract sets priority and mode of its casts, and a single cast may say otherwise`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [writer(heard)] });
    const { system, clock } = stage;
    await system.cast(Writer, "hurry", "");
    await clock.settle();
    await system.cast(Writer, "hurry", "", { priority: 1, delivery: "at-least-once" });
    await clock.settle();
    await system.cast(Writer, "remember", { fact: "" });
    await clock.settle();
    assert.deepEqual(
      heard.map(({ priority, delivery }) => [priority, delivery]),
      [
        [4, "at-most-once"],
        [1, "at-least-once"],
        [2, "at-least-once"],
      ],
    );
  });

  test(`${name}: raw bytes arrive as bytes, and the handler's input has the contract's type [14]`, async () => {
    const Archive = contract("archive", {
      casts: { keep: z.object({ name: z.string(), bytes: z.instanceof(Uint8Array) }) },
    });
    const kept: { name: string; bytes: Uint8Array }[] = [];
    await using stage = await on({
      agents: [agent(Archive, { on: { keep: (file) => void kept.push(file) } })],
    });
    await stage.system.cast(Archive, "keep", { name: "tide", bytes: Uint8Array.of(0, 255, 7) });
    await stage.clock.settle();
    assert.deepEqual(kept, [{ name: "tide", bytes: Uint8Array.of(0, 255, 7) }]);
  });

  test(`${name}: a payload is copied at the send: what its sender changes later changes nothing`, async () => {
    const heard: unknown[] = [];
    await using stage = await on({
      agents: [agent("north", { on: { notification: (payload) => void heard.push(payload) } })],
    });
    const { system, clock } = stage;
    const payload = { list: [1] };
    await system.cast("north", "", payload);
    payload.list.push(2);
    await clock.settle();
    assert.deepEqual(heard, [{ list: [1] }]);
  });

  test(`${name}: a cast to nobody is refused, names the nearest agents and makes no mailbox`, async () => {
    await using stage = await on({ agents: [listener("north", [])] });
    const { system } = stage;
    for (const send of [
      () => system.cast("nort", "", {}),
      () => system.send({ to: "nort" }),
      () => system.info("nort", {}),
    ]) {
      const error = await caught(send());
      assert.ok(error instanceof NoAgentError);
      assert.match(error.message, /Did you mean "north"\?/);
    }
    const { router, mailboxes } = await system.stats();
    assert.deepEqual([router.failed, router.routed, mailboxes.length], [3, 0, 1]);
  });

  test(`${name}: a message that names no recipient is refused, and kept as a dead letter of no recipient`, async () => {
    await using stage = await on({ agents: [listener("north", [])] });
    const { system } = stage;
    const error = await caught(system.send({ payload: { text: "sea" } }));
    assert.ok(error instanceof NoAgentError);
    assert.match(error.message, /names no recipient/);
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.mailbox, letter.error?.code],
      ["no-recipient", undefined, "HERMOD_NO_AGENT"],
    );
    assert.deepEqual(letter.envelope.payload, { text: "sea" });
  });

  test(`${name}: a message held for an unknown recipient is delivered when that one is there`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    const cast = await system.cast("later", "", { at: 1 }, { hold: true });
    const sent = await system.send({ to: "later", payload: { at: 2 } }, { hold: true });
    await clock.advance("1d");
    await system.spawn(listener("later", heard));
    await clock.settle();
    assert.deepEqual(heard, [cast, sent]);
  });

  test(`${name}: 100 quick sends are 100 deliveries, none failed, in order`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [listener("north", heard)] });
    const { system, clock } = stage;
    await Promise.all(Array.from({ length: 100 }, (_, at) => system.cast("north", "", at)));
    await clock.settle();
    assert.deepEqual(
      heard.map(({ payload }) => payload),
      Array.from({ length: 100 }, (_, at) => at),
    );
    const { router, delivery } = await system.stats();
    assert.deepEqual(
      [router.delivered, delivery.acknowledged, delivery.failed, router.failed],
      [100, 100, 0, 0],
    );
  });

  test(`${name}: a message sent again as its map is recognised, and has no second effect`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [listener("north", heard)] });
    const { system, clock, spy } = stage;
    const sent = await system.cast("north", "", { text: "sea" });
    const map: unknown = JSON.parse(JSON.stringify(toMap(sent)));
    assert.deepEqual(await system.send(fromMap(map)), sent);
    await clock.settle();
    assert.deepEqual(await system.send(fromMap(map)), sent);
    await clock.settle();
    assert.equal(heard.length, 1);
    assert.equal(spy.of("message.duplicated").length, 2);
    assert.equal((await system.stats()).router.duplicates, 2);
    const other = await caught(system.send({ ...fromMap(map), payload: { text: "another" } }));
    assert.equal(other.code, "HERMOD_CONFLICT");
  });

  test(`${name}: a repeated idempotency key has no second effect, for each operation and recipient by itself [(11)]`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [listener("north", heard), listener("south", heard)] });
    const { system, clock } = stage;
    const options = { key: "k" };
    const first = await system.cast("north", "pay", { sum: 5 }, options);
    assert.equal((await system.cast("north", "pay", { sum: 5 }, options)).id, first.id);
    await system.cast("north", "refund", { sum: 5 }, options);
    await system.cast("south", "pay", { sum: 5 }, options);
    await clock.settle();
    assert.equal((await system.cast("north", "pay", { sum: 5 }, options)).id, first.id);
    assert.equal((await caught(system.cast("north", "pay", { sum: 6 }, options))).code, "HERMOD_CONFLICT");
    await clock.settle();
    assert.deepEqual(sorted(heard.map(({ to, operation }) => `${to} ${operation}`)), [
      "north pay",
      "north refund",
      "south pay",
    ]);
  });

  test(`${name}: an agent is registered by starting it, once [(37)] [30]`, async () => {
    await using stage = await on({ agents: [listener("north", [])] });
    const { system } = stage;
    assert.deepEqual([system.agents(), (await system.stats()).router.routes], [["north"], 1]);
    const error = await caught(system.spawn(listener("north", [])));
    assert.equal(error.code, "HERMOD_DUPLICATE_AGENT");
    assert.deepEqual([system.agents(), (await system.stats()).router.routes], [["north"], 1]);
    const running = await system.spawn(listener("south", []));
    assert.deepEqual(system.agents(), ["north", "south"]);
    await running.stop();
    assert.deepEqual([system.agents(), (await system.stats()).router.routes], [["north"], 1]);
    assert.equal(
      (await caught(on({ agents: [listener("east", []), listener("east", [])] }))).code,
      "HERMOD_DUPLICATE_AGENT",
    );
  });

  test(`${name}: what cannot be sent is refused at the send: functions, endless data, too much, a wrong name`, async () => {
    await using stage = await on({ agents: [listener("north", [])], limits: { size: 1000 } });
    const { system } = stage;
    const loop: { self?: unknown } = {};
    loop.self = loop;
    const refused = async (payload: unknown) => (await caught(system.cast("north", "", payload))).code;
    assert.equal(await refused(() => undefined), "HERMOD_BAD_PAYLOAD");
    assert.equal(await refused(new Date()), "HERMOD_BAD_PAYLOAD");
    assert.equal(await refused(loop), "HERMOD_TOO_LARGE");
    assert.equal(await refused("x".repeat(1000)), "HERMOD_TOO_LARGE");
    assert.equal((await caught(system.cast("no such name", "", {}))).code, "HERMOD_BAD_ADDRESS");
    assert.equal((await caught(system.cast(7 as unknown as string, "", {}))).code, "HERMOD_BAD_ADDRESS");
    assert.equal((await caught(system.send("hello" as never))).code, "HERMOD_BAD_ENVELOPE");
    assert.equal((await caught(system.send(null as never))).code, "HERMOD_BAD_ENVELOPE");
    for (const operation of ["x".repeat(101), "line\nbreak", 7]) {
      assert.equal((await caught(system.cast("north", operation as string, {}))).code, "HERMOD_NO_OPERATION");
    }
    assert.equal(
      (await caught(system.send({ to: "north", type: "question" as "task" }))).code,
      "HERMOD_BAD_ENVELOPE",
    );
    assert.equal(
      (await caught(system.cast("north", "", {}, { metadata: [] as never }))).code,
      "HERMOD_BAD_OPTION",
    );
    assert.equal((await system.stats()).router.routed, 0);
  });

  test(`${name}: options of a cast are refused by name when they are misspelt or wrong`, async () => {
    await using stage = await on({ agents: [listener("north", [])] });
    const wrong = [
      { prioriti: 1 },
      { priority: 5 },
      { delivery: "once" },
      { retry: { retires: 3 } },
      { orderKey: "" },
      { signal: 1 },
    ];
    for (const options of wrong) {
      const error = await caught(stage.system.cast("north", "", {}, options as object));
      assert.equal(error.code, "HERMOD_BAD_OPTION");
      assert.match(error.message, new RegExp(Object.keys(options)[0]?.slice(0, 5) as string));
    }
  });
}
