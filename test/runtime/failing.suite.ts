/** Failing: whatever a handler throws or gives back, its agent lives on, its asker hears, and nobody else notices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedError, HermodError, agent, contract } from "hermod";
import { simulated } from "hermod/testing";
import * as z from "zod";
import { caught, lettersOf, only, sorted, type On } from "./stage.ts";

const Writer = contract("writer", {
  calls: { draft: { in: z.string(), out: z.string() } },
  casts: { note: z.string() },
});

class Unspeakable extends Error {
  override get message(): string {
    throw new Error("not even a message");
  }
}

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

/** Things that a handler can throw. */
const things: readonly [string, unknown][] = [
  ["an error", new Error("no ink")],
  ["undefined", undefined],
  ["null", null],
  ["text", "no ink"],
  ["a number", 7],
  ["a symbol", Symbol("no ink")],
  ["a function", () => "no ink"],
  ["an object that is its own part", loop()],
  ["an object that cannot be written", { toJSON: () => assert.fail("no") }],
  ["an error without a readable message", new Unspeakable()],
  ["a proxy that is gone", revoked],
  ["an error with a huge message", new Error("x".repeat(1_000_000))],
  [
    "a coded error with details that cannot be sent",
    new HermodError("HERMOD_STORE", "no", { details: { run: () => 1 } }),
  ],
  [
    "a coded error with huge details",
    new HermodError("HERMOD_STORE", "no", { details: { text: "x".repeat(1_000_000) } }),
  ],
];

function loop(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

/** Things that look like promises and are none. */
const thenables: readonly [string, () => unknown][] = [
  ["throws at then", () => thenable(() => () => assert.fail("no"))],
  ["throws when then is looked at", () => thenable(() => assert.fail("no"))],
  ["ends twice", () => thenable(() => (give: Give, fail: Give) => (give("one"), give("two"), fail("three")))],
];

type Give = (value: unknown) => void;

/** Something whose `then` is what `look` gives. */
function thenable(look: () => unknown): unknown {
  return new Proxy({}, { get: (_, name) => (name === "then" ? look() : undefined) });
}

export function failingSuite(name: string, on: On): void {
  test(`${name}: one failure of ten leaves the nine others handled, and the agent running`, async () => {
    const heard: unknown[] = [];
    const worker = agent("worker", {
      retry: { retries: 0 },
      on: {
        notification: (at) => {
          if (at === 4) throw new Error("no ink");
          heard.push(at);
        },
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    for (let at = 0; at < 10; at++) await system.cast("worker", "", at);
    await clock.settle();
    assert.deepEqual(heard, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    assert.equal(only(await lettersOf(system)).envelope.payload, 4);
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.failed, delivery.successRate], [9, 1, 0.9]);
  });

  for (const [what, thing] of things) {
    test(`${name}: a handler that throws ${what} fails that call alone`, async () => {
      const answer = (payload: unknown): unknown => {
        if (payload === "well") return "well";
        throw thing;
      };
      const late = async (payload: unknown): Promise<unknown> =>
        payload === "well" ? "well" : Promise.reject(thing as Error);
      await using stage = await on({
        agents: [agent("at-once", { on: { request: answer } }), agent("later", { on: { request: late } })],
      });
      const { system } = stage;
      for (const to of ["at-once", "later"]) {
        const error = await caught(system.call(to, "", "ill"));
        assert.ok(error instanceof FailedError);
        assert.ok(error.message.length < 5000);
        assert.equal(await system.call(to, "", "well"), "well");
      }
    });
  }

  for (const [what, make] of thenables) {
    test(`${name}: a handler whose answer ${what} harms nobody`, async () => {
      await using stage = await on({
        agents: [agent("odd", { on: { request: (payload) => (payload === "well" ? "well" : make()) } })],
      });
      const { system, clock } = stage;
      const outcome = system.call("odd", "", "ill").then(String, ({ code }: HermodError) => code);
      await clock.advance("1m");
      assert.match(await outcome, /^(HERMOD_FAILED|one)$/);
      assert.equal(await system.call("odd", "", "well"), "well");
      assert.equal((await system.stats()).delivery.running, 0);
    });
  }

  test(`${name}: a handler that throws leaves its agent running and its asker informed, in each type of message [(23)]`, async () => {
    const heard: unknown[] = [];
    const fail = (): never => {
      throw new Error("no ink");
    };
    const worker = agent("worker", {
      retry: { retries: 0 },
      on: {
        request: fail,
        task: fail,
        notification: fail,
        result: fail,
        response: fail,
        error: fail,
        status: fail,
      },
    });
    const asker = agent("asker", { on: { error: (_, { envelope }) => void heard.push(envelope.inReplyTo) } });
    await using stage = await on({ agents: [worker, asker] });
    const { system, clock } = stage;
    const ask = (type: "request" | "task") => system.send({ from: "asker", to: "worker", type });
    const asked = [await ask("request"), await ask("task")];
    for (const type of ["notification", "result", "response", "error", "status"] as const) {
      await system.send({ from: "asker", to: "worker", type });
    }
    await clock.settle();
    assert.deepEqual(sorted(heard), sorted(asked.map(({ id }) => id)));
    assert.equal((await caught(system.call("worker", "", {}))).code, "HERMOD_FAILED");
  });

  test(`${name}: an answer that cannot be sent fails the call and says why`, async () => {
    const answers: unknown[] = [() => 1, new Date(), "x".repeat(300_000), { deep: NaN }];
    await using stage = await on({
      agents: [agent("odd", { on: { request: (at) => answers[at as number] } })],
    });
    const { system } = stage;
    for (const at of answers.keys()) {
      const error = await caught(system.call("odd", "", at));
      assert.ok(error instanceof FailedError && error.cause instanceof HermodError);
      assert.match(error.cause.code, /^HERMOD_(BAD_PAYLOAD|TOO_LARGE)$/);
      assert.equal(error.retryable, false);
    }
  });

  test(`${name}: a handler without a model asks in vain: NoModel, not retried`, async () => {
    let runs = 0;
    const writer = agent(Writer, {
      on: {
        draft: (topic, ctx) => (runs++, ctx.model.text(topic)),
        note: (topic, ctx) => ctx.model.text(topic),
      },
    });
    await using stage = await on({ agents: [writer] });
    const { system, clock } = stage;
    const error = await caught(system.call(Writer, "draft", "the sea"));
    assert.deepEqual(
      [(error.cause as HermodError).code, error.retryable, runs],
      ["HERMOD_NO_MODEL", false, 1],
    );
    await system.cast(Writer, "note", "the sea");
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.error?.code], ["terminal", "HERMOD_NO_MODEL"]);
  });

  test(`${name}: a handler with a model gets its answers`, async () => {
    const model = simulated({ script: [{ when: "sea", say: "the tide turns" }] });
    const writer = agent(Writer, {
      on: { draft: (topic, ctx) => ctx.model.text(topic), note: () => undefined },
    });
    await using stage = await on({ agents: [writer], model });
    assert.equal(await stage.system.call(Writer, "draft", "the sea"), "the tide turns");
  });

  test(`${name}: what a handler logs is a report with its agent and message`, async () => {
    const levels = ["debug", "info", "warn", "error"] as const;
    const talker = agent("talker", {
      on: {
        request: (_, { log }) => {
          for (const level of levels) log[level](`${level} line`, { level });
        },
      },
    });
    await using stage = await on({ agents: [talker] });
    await stage.system.call("talker", "", {});
    const lines = stage.spy.of("log.written");
    assert.deepEqual(
      lines.map(({ level, text, data }) => [level, text, data]),
      levels.map((level) => [level, `${level} line`, { level }]),
    );
    assert.ok(lines.every((line) => line.agent === "talker" && line.envelope?.to === "talker"));
  });
}
