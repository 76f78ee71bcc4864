/** Budgets: what a conversation may spend, counted in one place however many spend at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BudgetError, agent, type Context, type HermodError } from "hermod";
import { caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

/** Runs a test's own code as a handler of one conversation. */
function runner(run: (ctx: Context) => unknown) {
  return agent("runner", {
    concurrency: 50,
    on: { request: (_, ctx) => run(ctx), task: (_, ctx) => run(ctx) },
  });
}

/** What is no budget. */
const wrongBudgets: readonly (readonly [string, unknown])[] = [
  ["less than no tokens", { tokens: -1 }],
  ["half a token", { tokens: 1.5 }],
  ["endless tokens", { tokens: Infinity }],
  ["less than no cost", { cost: -0.1 }],
  ["a cost that is no number", { cost: NaN }],
  ["endless cost", { cost: Infinity }],
  ["a cost as text", { cost: "1" }],
  ["no messages", { messages: 0 }],
  ["half a message", { messages: 1.5 }],
  ["less than no time", { time: -1 }],
  ["a time that is no number", { time: NaN }],
  ["endless time", { time: Infinity }],
  ["a time in words", { time: "soon" }],
  ["an unknown amount", { token: 1 }],
  ["a number", 7],
  ["a word", "much"],
  ["a list", []],
  ["null", null],
];

export function budgetSuite(name: string, on: On): void {
  test(`${name}: amounts are set aside before they are spent, settled at what they were, or given back`, async () => {
    const run = async ({ budget, conversation }: Context): Promise<string> => {
      assert.deepEqual(budget.limits, { tokens: 100, cost: 2 });
      assert.deepEqual(await budget.spent(), {});
      const first = await budget.reserve({ tokens: 60, cost: 0.5 });
      assert.deepEqual(await budget.spent(), { tokens: 60, cost: 0.5 });
      const error = await caught(budget.reserve({ tokens: 41 }));
      assert.ok(error instanceof BudgetError);
      assert.deepEqual(error.details, { conversation, name: "tokens", limit: 100, spent: 60, wanted: 41 });
      assert.deepEqual(await budget.spent(), { tokens: 60, cost: 0.5 });
      await first.settle({ tokens: 30 });
      assert.deepEqual(await budget.spent(), { tokens: 30, cost: 0 });
      const second = await budget.reserve({ tokens: 70 });
      await second.release();
      await second.release();
      assert.deepEqual(await budget.spent(), { tokens: 30, cost: 0 });
      assert.equal((await caught(second.settle({ tokens: 1 }))).code, "HERMOD_SETTLED");
      const third = await budget.reserve({ tokens: 1 });
      await third.settle({ tokens: 500, cost: 1 });
      await third.release();
      assert.deepEqual(await budget.spent(), { tokens: 530, cost: 1 });
      assert.equal((await caught(budget.reserve({ tokens: 1 }))).code, "HERMOD_BUDGET");
      await budget.reserve({ cost: 1 });
      return conversation;
    };
    await using stage = await on({ agents: [runner(run)] });
    const { system } = stage;
    const id = await system.call("runner", "", {}, { budget: { tokens: 100, cost: 2 } });
    assert.deepEqual(await system.spent(id as string), { tokens: 530, cost: 2 });
    assert.deepEqual(await system.spent("another"), {});
  });

  test(`${name}: a reservation that is disposed of unsettled is given back`, async () => {
    const run = async ({ budget }: Context): Promise<unknown> => {
      try {
        await using _ = await budget.reserve({ tokens: 10 });
        throw new Error("no model");
      } catch {
        return budget.spent();
      }
    };
    await using stage = await on({ agents: [runner(run)] });
    assert.deepEqual(await stage.system.call("runner", "", {}, { budget: { tokens: 10 } }), { tokens: 0 });
  });

  test(`${name}: without a budget nothing is refused, and what is spent is counted all the same`, async () => {
    const run = async ({ budget }: Context): Promise<unknown> => {
      assert.equal(budget.limits, undefined);
      await (await budget.reserve({ tokens: 1e9 })).settle({ tokens: 5 });
      return budget.spent();
    };
    await using stage = await on({ agents: [runner(run)] });
    assert.deepEqual(await stage.system.call("runner", "", {}), { tokens: 5 });
  });

  test(`${name}: many who reserve at once never pass the limit together`, async () => {
    let refused = 0;
    const run = async ({ budget }: Context): Promise<void> => {
      const grants = Array.from({ length: 10 }, () => budget.reserve({ tokens: 7 }).catch(() => refused++));
      await Promise.all(grants);
    };
    const boss = agent("boss", {
      on: {
        request: async (_, ctx) => {
          await Promise.all(Array.from({ length: 50 }, () => ctx.call("runner", "", {})));
          return ctx.budget.spent();
        },
      },
    });
    await using stage = await on({ agents: [runner(run), boss] });
    const spent = await stage.system.call("boss", "", {}, { budget: { tokens: 1000 } });
    assert.equal((spent as { tokens: number }).tokens, 994);
    assert.equal(refused, 500 - 142);
  });

  test(`${name}: whoever works within a budget cannot widen it, and may narrow it for what comes of it`, async () => {
    const seen: unknown[] = [];
    const look = (ctx: Context): void => void seen.push(ctx.budget.limits);
    const boss = agent("boss", {
      on: {
        request: async (_, ctx) => {
          await ctx.call("runner", "", {}, { budget: { tokens: 500, cost: 3 } });
          await ctx.call("runner", "", {}, { budget: { tokens: 10 } });
          await ctx.call("runner", "", {});
          await ctx.call("runner", "", {}, { conversation: "other" });
          await ctx.call("runner", "", {}, { conversation: "third", budget: { tokens: 7 } });
        },
      },
    });
    await using stage = await on({ agents: [runner(look), boss] });
    await stage.system.call("boss", "", {}, { budget: { tokens: 100, cost: 5 } });
    assert.deepEqual(seen, [
      { tokens: 100, cost: 3 },
      { tokens: 10, cost: 5 },
      { tokens: 100, cost: 5 },
      undefined,
      { tokens: 7 },
    ]);
  });

  test(`${name}: another conversation spends on its own account`, async () => {
    const spend = async ({ budget }: Context): Promise<unknown> => {
      await budget.reserve({ tokens: 60 });
      return budget.spent();
    };
    const boss = agent("boss", {
      on: {
        request: async (_, ctx) => {
          await ctx.call("runner", "", {});
          const error = await caught(ctx.call("runner", "", {}));
          const other = await ctx.call("runner", "", {}, { conversation: "other" });
          return [(error.cause as HermodError).code, other];
        },
      },
    });
    await using stage = await on({ agents: [runner(spend), boss] });
    assert.deepEqual(await stage.system.call("boss", "", {}, { budget: { tokens: 100 } }), [
      "HERMOD_BUDGET",
      { tokens: 60 },
    ]);
  });

  test(`${name}: what is refused ends its message as a dead letter "budget", without another try`, async () => {
    const run = async ({ budget }: Context): Promise<void> => void (await budget.reserve({ tokens: 11 }));
    await using stage = await on({ agents: [runner(run)] });
    const { system, clock } = stage;
    const task = await system.task("runner", "", {}, { budget: { tokens: 10 } });
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.attempts.length], ["budget", 1]);
    assert.ok((await caught(task.result())).cause instanceof BudgetError);
  });

  test(`${name}: an attempt that fails keeps what it has set aside: it may have spent it`, async () => {
    let attempts = 0;
    const run = async ({ budget }: Context): Promise<unknown> => {
      await budget.reserve({ tokens: 40 });
      if (++attempts === 1) throw new Error("once");
      return budget.spent();
    };
    await using stage = await on({ agents: [runner(run)] });
    const { system, clock } = stage;
    const task = await system.task("runner", "", {}, { budget: { tokens: 100 } });
    await clock.advance("1m");
    assert.deepEqual(await task.result(), { tokens: 80 });
  });

  test(`${name}: the time of a budget is the deadline of all that goes on in it [C16]`, async () => {
    const seen: Context[] = [];
    const last = agent("last", {
      concurrency: 10,
      on: { notification: keep, request: keep, task: keep },
    });
    function keep(_: unknown, ctx: Context): void {
      seen.push(ctx);
    }
    const boss = agent("boss", {
      on: {
        task: async (_, ctx) => {
          await ctx.cast("last", "cast", {});
          await ctx.task("last", "task", {}, { detached: true });
          await ctx.call("last", "call", {}, { timeout: "1h" });
          await ctx.call("last", "shorter", {}, { timeout: "1s" });
          await ctx.call("last", "narrower", {}, { timeout: "1h", budget: { time: "2s" } });
          await ctx.cast("last", "other", {}, { conversation: "other" });
        },
      },
    });
    await using stage = await on({ agents: [boss, last] });
    const { system, clock } = stage;
    const began = clock.now();
    await system.task("boss", "", {}, { budget: { time: "1m" } });
    await clock.settle();
    const left = seen.map(({ envelope, deadline }) => [envelope.operation, deadline && deadline - began]);
    assert.deepEqual(sorted(left), [
      ["call", 60_000],
      ["cast", 60_000],
      ["narrower", 2000],
      ["other", undefined],
      ["shorter", 1000],
      ["task", 60_000],
    ]);
  });

  test(`${name}: when the time of a budget is over, what runs is told, and what comes later is refused`, async () => {
    const codes: string[] = [];
    let signal: AbortSignal | undefined;
    const run = async (ctx: Context): Promise<void> => {
      signal = ctx.signal;
      await new Promise<void>((go) => void stage.clock.after(10_001, go));
      const note = (error: HermodError): void => void codes.push(error.code);
      await ctx.cast("runner", "", {}).catch(note);
      await ctx.publish("some.topic", {}).catch(note);
      await ctx.call("runner", "", {}).catch(note);
      await ctx.task("runner", "", {}, { detached: true }).catch(note);
      await ctx.cast("free", "", {}, { conversation: "other" });
    };
    const heard: unknown[] = [];
    const free = agent("free", { on: { notification: () => void heard.push(1) } });
    await using stage = await on({ agents: [runner(run), free] });
    const { system, clock } = stage;
    await system.task("runner", "", {}, { budget: { time: "10s" } });
    await clock.advance("10s");
    assert.equal(signal?.aborted, true);
    await clock.advance(1);
    assert.deepEqual(codes, ["HERMOD_BUDGET", "HERMOD_BUDGET", "HERMOD_EXPIRED", "HERMOD_EXPIRED"]);
    assert.equal(heard.length, 1);
  });

  test(`${name}: a conversation sends as many messages as it may, the first one included, and replies are free`, async (t) => {
    const codes: unknown[] = [];
    const run = async (ctx: Context): Promise<string> => {
      await ctx.cast("note", "", {});
      await ctx.call("runner2", "", {});
      const error = await ctx.cast("note", "", {}).catch((error: HermodError) => error);
      codes.push(error instanceof BudgetError ? error.details : undefined);
      await ctx.cast("note", "", {}, { conversation: "other" });
      return "answered";
    };
    const note = agent("note", { on: { notification: () => undefined } });
    const second = agent("runner2", { on: { request: () => "free" } });
    await using stage = await on({ agents: [runner(run), note, second] });
    const { system, clock } = stage;
    assert.equal(await system.call("runner", "", {}, { budget: { messages: 3 } }), "answered");
    await clock.settle();
    if (codes[0] === undefined) return t.skip("this store does not count messages yet");
    assert.deepEqual(codes, [
      {
        conversation: (codes[0] as { conversation: string }).conversation,
        name: "messages",
        limit: 3,
        spent: 3,
        wanted: 1,
      },
    ]);
    assert.equal((await saidIn(system, "to:note")).length, 2);
  });

  for (const [what, budget] of wrongBudgets)
    test(`${name}: a budget of ${what} is refused`, async () => {
      await using stage = await on({ agents: [runner(() => undefined)] });
      const { system } = stage;
      const options = { budget: budget as never };
      assert.equal((await caught(system.call("runner", "", {}, options))).code, "HERMOD_BAD_OPTION");
      assert.equal((await caught(system.task("runner", "", {}, options))).code, "HERMOD_BAD_OPTION");
      assert.equal((await caught(system.cast("runner", "", {}, options))).code, "HERMOD_BAD_OPTION");
      assert.equal((await caught(system.publish("topic", {}, options))).code, "HERMOD_BAD_OPTION");
      assert.equal((await saidIn(system)).length, 0);
    });

  test(`${name}: what is no amount cannot be set aside or settled, and leaves the reservation as it was`, async () => {
    const run = async ({ budget }: Context): Promise<unknown> => {
      const held = await budget.reserve({ tokens: 5 });
      for (const wrong of [
        { tokens: -1 },
        { tokens: NaN },
        { cost: Infinity },
        { tokens: "1" },
        { messages: 1 },
        7,
        null,
      ]) {
        assert.equal((await caught(budget.reserve(wrong as never))).code, "HERMOD_BAD_OPTION");
        assert.equal((await caught(held.settle(wrong as never))).code, "HERMOD_BAD_OPTION");
      }
      await held.settle({ tokens: 3 });
      return budget.spent();
    };
    await using stage = await on({ agents: [runner(run)] });
    const { system } = stage;
    assert.deepEqual(await system.call("runner", "", {}), { tokens: 3 });
    for (const wrong of ["", 7, undefined])
      assert.throws(() => system.spent(wrong as never), { code: "HERMOD_BAD_OPTION" });
  });
}
