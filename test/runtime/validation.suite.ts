/** Validation: a payload is checked where it is sent and where it is handled, a reply where it is given and where it is taken. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, type Schema } from "hermod";
import * as v from "valibot";
import { caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const Critic = contract("critic", {
  calls: {
    review: {
      in: v.object({ text: v.string(), tone: v.optional(v.string(), "kind") }),
      out: v.object({ stars: v.pipe(v.number(), v.integer()) }),
    },
    length: {
      in: v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
      out: v.pipe(v.number(), v.transform(String)),
    },
  },
  casts: { note: v.object({ at: v.number() }) },
});

/** A contract of the same name as seen by somebody with another version of it. */
const Older = contract("critic", {
  calls: {
    review: { in: v.object({ words: v.string() }), out: v.object({ rank: v.string() }) },
    retired: { in: v.any(), out: v.any() },
  },
  casts: { note: v.object({ at: v.string() }), gone: v.any() },
});

/** A critic that answers `stars`, whatever that is, and keeps what it was given. */
function critic(given: unknown[] = [], stars: unknown = 5) {
  return agent(Critic, {
    on: {
      review: (input) => (given.push(input), { stars } as { stars: number }),
      length: (length) => (given.push(length), length),
      note: (input) => void given.push(input),
    },
  });
}

/** A schema that answers later. */
function later<In, Out>(schema: Schema<In, Out>): Schema<In, Out> {
  const { validate, ...standard } = schema["~standard"];
  return { "~standard": { ...standard, validate: async (value) => validate(value) } };
}

export function validationSuite(name: string, on: On): void {
  test(`${name}: a payload that does not fit is refused at the send, with the path of what is wrong`, async () => {
    await using stage = await on({ agents: [critic()] });
    const { system } = stage;
    for (const send of [
      system.call(Critic, "review", { text: 7 } as never),
      system.cast(Critic, "note", { at: "noon" } as never),
    ]) {
      const error = await caught(send);
      assert.deepEqual([error.code, error.category, error.retryable], ["HERMOD_BAD_PAYLOAD", "usage", false]);
      assert.match(error.message, /^critic\.(review|note) input does not fit its schema: \$\.(text|at): /);
    }
    assert.equal((await saidIn(system)).length, 0);
  });

  test(`${name}: an unknown operation is refused at the send, with the nearest ones`, async () => {
    await using stage = await on({ agents: [critic()] });
    const { system } = stage;
    const error = await caught(system.call(Critic, "reveiw" as "review", { text: "sea" }));
    assert.equal(error.code, "HERMOD_NO_OPERATION");
    assert.match(error.message, /critic has no call "reveiw"\. Did you mean "review"\?/);
    assert.match(
      (await caught(system.cast(Critic, "review" as "note", {} as never))).message,
      /It is a call\./,
    );
  });

  test(`${name}: a handler is given what the schema yields, defaults and transformations included`, async () => {
    const given: unknown[] = [];
    await using stage = await on({ agents: [critic(given)] });
    const { system } = stage;
    await system.call(Critic, "review", { text: "sea" });
    assert.equal(await system.call(Critic, "length", "tide"), "4");
    assert.deepEqual(given, [{ text: "sea", tone: "kind" }, 4]);
    assert.deepEqual(
      (await saidIn(system, "verb:call")).map(({ envelope }) => envelope.payload),
      [{ text: "sea" }, "tide"],
    );
  });

  test(`${name}: a message that does not fit its handler's contract is set aside as unreadable and never retried`, async () => {
    const given: unknown[] = [];
    await using stage = await on({ agents: [critic(given)] });
    const { system, clock } = stage;
    await system.cast(Older, "note", { at: "noon" });
    await system.cast(Older, "gone", {});
    await system.cast(Critic, "note", { at: 12 });
    await clock.advance("1h");
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ reason, error, attempts }) => [reason, error?.code, attempts.length]),
      [
        ["unreadable", "HERMOD_BAD_PAYLOAD", 1],
        ["unreadable", "HERMOD_NO_OPERATION", 1],
      ],
    );
    assert.match(letters[0]?.error?.message ?? "", /critic\.note input does not fit its schema: \$\.at: /);
    assert.deepEqual(given, [{ at: 12 }]);
  });

  test(`${name}: a call that does not fit the callee's contract is told to its caller as it is`, async () => {
    await using stage = await on({ agents: [critic()] });
    const { system } = stage;
    const codes: string[] = [];
    for (const delivery of ["at-most-once", "at-least-once", "exactly-once"] as const) {
      codes.push((await caught(system.call(Older, "review", { words: "sea" }, { delivery }))).code);
      codes.push((await caught(system.call(Older, "retired", {}, { delivery }))).code);
    }
    assert.deepEqual(
      codes,
      Array.from({ length: 3 }, () => ["HERMOD_BAD_PAYLOAD", "HERMOD_NO_OPERATION"]).flat(),
    );
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason }) => reason),
      Array.from({ length: 4 }, () => "unreadable"),
    );
  });

  test(`${name}: a reply that does not fit is Failed for its caller, with Bad Reply as cause`, async () => {
    await using stage = await on({ agents: [critic([], 4.5)] });
    const { system, clock } = stage;
    const error = await caught(system.call(Critic, "review", { text: "sea" }, { delivery: "at-least-once" }));
    assert.deepEqual(
      [error.code, (error.cause as { code?: string }).code],
      ["HERMOD_FAILED", "HERMOD_BAD_REPLY"],
    );
    assert.match(error.message, /critic\.review reply does not fit its schema: \$\.stars: /);
    await clock.advance("1h");
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.attempts.length], ["terminal", 1]);
  });

  test(`${name}: a reply that does not fit the caller's own contract is Bad Reply there`, async () => {
    const Lenient = contract("critic", { calls: { review: { in: v.any(), out: v.any() } } });
    await using stage = await on({ agents: [agent(Lenient, { on: { review: () => ({ stars: "many" }) } })] });
    const error = await caught(stage.system.call(Critic, "review", { text: "sea" }));
    assert.deepEqual([error.code, error.category], ["HERMOD_BAD_REPLY", "failure"]);
    assert.equal((await stage.system.stats()).calls.waiting, 0);
  });

  test(`${name}: schemas may take their time, at the send, at the handler and at the reply`, async () => {
    const Slow = contract("slow", {
      calls: { ask: { in: later(v.number()), out: later(v.pipe(v.number(), v.maxValue(10))) } },
      casts: { note: later(v.number()) },
    });
    const given: number[] = [];
    await using stage = await on({
      agents: [agent(Slow, { on: { ask: (at) => at + 1, note: (at) => void given.push(at) } })],
    });
    const { system, clock } = stage;
    assert.equal(await system.call(Slow, "ask", 1), 2);
    assert.equal((await caught(system.call(Slow, "ask", "1" as never))).code, "HERMOD_BAD_PAYLOAD");
    assert.equal((await caught(system.call(Slow, "ask", 10))).code, "HERMOD_FAILED");
    assert.equal((await caught(system.cast(Slow, "note", "1" as never))).code, "HERMOD_BAD_PAYLOAD");
    await system.cast(Slow, "note", 7);
    await clock.settle();
    assert.deepEqual(given, [7]);
  });

  test(`${name}: a schema that throws refuses the message, and names itself`, async () => {
    const broken: Schema = {
      "~standard": { version: 1, vendor: "own", validate: () => assert.fail("out of order") },
    };
    const Odd = contract("odd", { casts: { note: broken } });
    await using stage = await on({ agents: [agent(Odd, { on: { note: () => undefined } })] });
    const { system, clock } = stage;
    const error = await caught(system.cast(Odd, "note", {}));
    assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
    assert.match(error.message, /the schema of odd\.note input threw: out of order/);
    await system.send({ to: "odd", operation: "note", payload: {} });
    await clock.settle();
    assert.equal(only(await lettersOf(system)).reason, "unreadable");
  });
}
