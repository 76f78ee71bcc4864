/** State: an agent's data between deliveries, committed with each success and put back by each failure. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, terminal, type Context } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, type On } from "./stage.ts";

const Counter = contract("counter", {
  calls: { add: { in: z.number(), out: z.number() }, read: { in: z.null(), out: z.number() } },
  casts: { bump: z.string() },
});

interface Count {
  count: number;
}

/** A counter whose `bump` does what the text says. */
function counter(retries = 0) {
  return agent(Counter, {
    state: (): Count => ({ count: 0 }),
    retry: { retries, base: 0 },
    on: {
      add: (by, ctx) => (ctx.state.count += by),
      read: (_, ctx) => ctx.state.count,
      bump: (text, ctx) => {
        ctx.state.count++;
        if (text === "fail") throw new Error("no ink");
        if (text === "end") throw terminal(new Error("no ink"));
      },
    },
  });
}

export function stateSuite(name: string, on: On): void {
  test(`${name}: the first state is made by the agent, and what a handler changes is there for the next`, async () => {
    await using stage = await on({ agents: [counter()] });
    const { system } = stage;
    assert.equal(await system.call(Counter, "read", null), 0);
    assert.equal(await system.call(Counter, "add", 2), 2);
    assert.equal(await system.call(Counter, "add", 3), 5);
    assert.equal(await system.call(Counter, "read", null), 5);
  });

  test(`${name}: each agent has a state of its own`, async () => {
    const add = (_: unknown, ctx: Context<Count>): number => ++ctx.state.count;
    const state = (): Count => ({ count: 0 });
    await using stage = await on({
      agents: ["a", "b"].map((self) => agent(self, { state, on: { request: add } })),
    });
    const { system } = stage;
    await system.call("a", "", {});
    assert.deepEqual([await system.call("a", "", {}), await system.call("b", "", {})], [2, 1]);
  });

  test(`${name}: a failure puts the state back to the last committed one, at each attempt`, async () => {
    await using stage = await on({ agents: [counter(3)] });
    const { system, clock } = stage;
    await system.call(Counter, "add", 5);
    await system.cast(Counter, "bump", "fail");
    await clock.advance("1m");
    assert.equal(only(await lettersOf(system)).attempts.length, 4);
    assert.equal(await system.call(Counter, "read", null), 5);
    await system.cast(Counter, "bump", "end");
    await system.cast(Counter, "bump", "go");
    await clock.settle();
    assert.equal(await system.call(Counter, "read", null), 6);
  });

  test(`${name}: a failure before anything was committed puts the first state back`, async () => {
    await using stage = await on({ agents: [counter()] });
    const { system, clock } = stage;
    await system.cast(Counter, "bump", "fail");
    await clock.settle();
    assert.equal(await system.call(Counter, "read", null), 0);
  });

  test(`${name}: the state can be replaced as a whole by changing all that it holds, and keeps bytes`, async () => {
    const keeper = agent("keeper", {
      state: () => ({ bytes: new Uint8Array(), list: [] as unknown[] }),
      on: {
        request: (_, ctx) => {
          ctx.state.bytes = Uint8Array.of(...ctx.state.bytes, 7);
          ctx.state.list.push({ at: ctx.state.list.length });
          if (ctx.state.list.length === 2) throw new Error("no ink");
          return ctx.state;
        },
      },
    });
    await using stage = await on({ agents: [keeper] });
    const { system } = stage;
    assert.deepEqual(await system.call("keeper", "", {}), { bytes: Uint8Array.of(7), list: [{ at: 0 }] });
    await caught(system.call("keeper", "", {}));
    const error = await caught(system.call("keeper", "", {}));
    assert.equal((error.cause as Error).message, "no ink", "still one entry before it");
  });

  test(`${name}: state that is no plain data fails the delivery as Bad State, is put back, and is not retried`, async () => {
    let runs = 0;
    const keeper = agent("keeper", {
      state: () => ({ value: 1 as unknown }),
      on: {
        request: (_, ctx) => ctx.state.value,
        notification: (kind, ctx) => {
          runs++;
          if (kind === "function") ctx.state.value = () => 2;
          if (kind === "date") ctx.state.value = new Date(0);
          if (kind === "nan") ctx.state.value = NaN;
          if (kind === "loop") ctx.state.value = ctx.state;
          if (kind === "map") ctx.state.value = new Map();
        },
      },
    });
    await using stage = await on({ agents: [keeper] });
    const { system, clock } = stage;
    for (const kind of ["function", "date", "nan", "loop", "map"]) await system.cast("keeper", kind, kind);
    await clock.advance("1h");
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ reason, error }) => [reason, error?.code]),
      letters.map(() => ["terminal", "HERMOD_BAD_STATE"]),
    );
    assert.deepEqual([letters.length, runs], [5, 5]);
    assert.equal(await system.call("keeper", "", {}), 1);
  });

  test(`${name}: a state beyond 256 KiB is refused, its caller told, and the one before it stands`, async () => {
    const keeper = agent("keeper", {
      state: () => ({ text: "" }),
      on: {
        request: (size, ctx) =>
          size === 0 ? ctx.state.text.length : (ctx.state.text = "x".repeat(size as number)).length,
      },
    });
    await using stage = await on({ agents: [keeper] });
    const { system } = stage;
    assert.equal(await system.call("keeper", "", 262_000), 262_000);
    const error = await caught(system.call("keeper", "", 262_144));
    assert.deepEqual(
      [error.code, (error.cause as { code?: string }).code],
      ["HERMOD_FAILED", "HERMOD_BAD_STATE"],
    );
    assert.equal(error.retryable, false);
    assert.equal(await system.call("keeper", "", 0), 262_000);
  });

  test(`${name}: a state above 64 KiB is reported with its size, a smaller one is not`, async () => {
    const keeper = agent("keeper", {
      state: () => ({ text: "" }),
      on: { request: (size, ctx) => void (ctx.state.text = "x".repeat(size as number)) },
    });
    await using stage = await on({ agents: [keeper] });
    const { system, spy } = stage;
    await system.call("keeper", "", 65_000);
    assert.equal(spy.of("state.grown").length, 0);
    await system.call("keeper", "", 66_000);
    const { agent: grown, size } = only(spy.of("state.grown"));
    assert.equal(grown, "keeper");
    assert.ok(size > 66_000 && size < 66_100);
  });

  test(`${name}: state is refused together with concurrency above 1`, () => {
    const options = { state: () => ({}), concurrency: 2, on: {} };
    assert.throws(() => agent("keeper", options), {
      code: "HERMOD_BAD_OPTION",
      message: /state and concurrency 2/,
    });
    assert.throws(() => agent("keeper", { state: {} as never, on: {} }), { code: "HERMOD_BAD_OPTION" });
  });

  test(`${name}: a handler that waits sees no other message's changes, since state belongs to one at a time`, async () => {
    const gate = new Gate();
    const slow = agent("slow", {
      state: () => ({ count: 0 }),
      on: {
        request: async (_, ctx) => {
          const before = ctx.state.count;
          await gate.passed;
          return [before, ++ctx.state.count];
        },
      },
    });
    await using stage = await on({ agents: [slow] });
    const { system, clock } = stage;
    const calls = [system.call("slow", "", 1), system.call("slow", "", 2)];
    await clock.settle();
    gate.open();
    assert.deepEqual(await Promise.all(calls), [
      [0, 1],
      [1, 2],
    ]);
  });

  test(`${name}: an agent stopped and started again under its name begins with its first state`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(counter());
    await system.call(Counter, "add", 4);
    await system.cast(Counter, "bump", "fail");
    await clock.settle();
    await running.stop();
    await system.spawn(counter());
    assert.equal(await system.call(Counter, "read", null), 0);
  });

  test(`${name}: a first state that cannot be made fails the message, not the process, and is tried again`, async () => {
    let makes = 0;
    const late = agent("late", {
      state: () => {
        if (++makes < 3) throw new Error("no ink");
        return { made: makes };
      },
      on: { request: (_, ctx) => ctx.state.made },
    });
    await using stage = await on({ agents: [late] });
    const { system } = stage;
    const error = await caught(system.call("late", "", {}));
    assert.equal((error.cause as Error).message, "no ink");
    const made = await system.call("late", "", {}).catch(() => system.call("late", "", {}));
    assert.ok((made as number) >= 3);
  });

  test(`${name}: a state that cannot be put back is made anew for the next message`, async () => {
    let makes = 0;
    const late = agent("late", {
      state: () => (++makes === 2 ? assert.fail("no ink") : { made: makes }),
      on: {
        request: (fails, ctx) => {
          ctx.state.made += 100;
          return fails ? Promise.reject(new Error("no paper")) : ctx.state.made;
        },
      },
    });
    await using stage = await on({ agents: [late] });
    await caught(stage.system.call("late", "", true));
    assert.equal(await stage.system.call("late", "", false), 103);
  });

  test(`${name}: without a state there is none`, async () => {
    await using stage = await on({ agents: [agent("plain", { on: { request: (_, ctx) => ctx.state } })] });
    assert.equal(await stage.system.call("plain", "", {}), undefined);
  });
}
