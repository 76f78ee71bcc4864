/** Fan-out: several are asked the same, side by side, until enough good answers are there; the others are cancelled. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type HermodError } from "hermod";
import { fanOut, firstGood } from "hermod/patterns";
import {
  answering,
  both,
  links,
  One,
  Runner,
  runner,
  settled,
  three,
  turnOf,
  Two,
  waiting,
  type Turns,
} from "./patterns.kit.ts";
import { Gate, caught, saidIn, type On } from "./stage.ts";

export function fanOutSuite(name: string, on: On): void {
  for (const as of both) {
    test(`${name}: a fan-out (${as}) asks all side by side, and tells of each in their order, whoever was first`, async () => {
      const turns: Turns = {};
      await using stage = await on({ agents: waiting(turns) });
      const { system, clock } = stage;
      const fan = fanOut(system, links(as), "sea", { good: (answer) => answer !== "bad" });
      await clock.settle();
      turnOf(turns, "three").finish("3");
      await clock.settle();
      turnOf(turns, "two").finish("bad");
      turnOf(turns, "one").finish("1");
      const { answers, outcomes } = await settled(fan, clock);
      assert.deepEqual(answers, ["1", "3"]);
      assert.deepEqual(outcomes, [
        { from: "one", state: "good", answer: "1" },
        { from: "two", state: "bad", answer: "bad" },
        { from: "three", state: "good", answer: "3" },
      ]);
    });

    test(`${name}: a fan-out (${as}) that has its quorum ends at once, and the signal of the losers fires`, async () => {
      const turns: Turns = {};
      await using stage = await on({ agents: waiting(turns) });
      const { system, clock } = stage;
      const fan = fanOut(system, links(as), "sea", { quorum: 2 });
      await clock.settle();
      turnOf(turns, "one").finish("1");
      turnOf(turns, "two").finish("2");
      const { answers, outcomes } = await settled(fan, clock);
      assert.deepEqual(answers, ["1", "2"]);
      assert.deepEqual(outcomes[2], { from: "three", state: "dropped" });
      await clock.settle();
      assert.equal(turnOf(turns, "three").ctx.signal.aborted, true);
      assert.equal(turns["three"]?.length, 1);
    });

    test(`${name}: the first good answer (${as}) is the answer, and the others are cancelled`, async () => {
      const turns: Turns = {};
      await using stage = await on({ agents: waiting(turns) });
      const { system, clock } = stage;
      const first = firstGood(system, links(as), "sea", { good: (answer) => answer.length > 2 });
      await clock.settle();
      turnOf(turns, "two").finish("no");
      await clock.settle();
      turnOf(turns, "three").finish("yes");
      assert.equal(await settled(first, clock), "yes");
      await clock.settle();
      assert.equal(turnOf(turns, "one").ctx.signal.aborted, true);
    });

    test(`${name}: when the caller of a fan-out (${as}) is cancelled, so are all that it has asked`, async () => {
      const turns: Turns = {};
      const asks = (ctx: Context) => fanOut(ctx, links(as), "sea").then(({ outcomes }) => outcomes.length);
      await using stage = await on({ agents: [...waiting(turns), runner(asks)] });
      const { system, clock } = stage;
      const ending = new AbortController();
      const asked = caught(system.call(Runner, "run", null, { signal: ending.signal }));
      await clock.settle();
      ending.abort();
      assert.equal((await asked).code, "HERMOD_CANCELLED");
      await clock.settle();
      for (const { name: each } of three) assert.equal(turnOf(turns, each).ctx.signal.aborted, true);
    });

    test(`${name}: a deadline reaches all that a fan-out (${as}) has asked [C16]`, async () => {
      const turns: Turns = {};
      const asks = (ctx: Context) => fanOut(ctx, links(as), "sea").then(({ outcomes }) => outcomes.length);
      await using stage = await on({ agents: [...waiting(turns), runner(asks)] });
      const { system, clock } = stage;
      const asked = caught(system.call(Runner, "run", null, { timeout: "5s" }));
      await clock.advance("1s");
      const deadlines = new Set(three.map(({ name: each }) => turnOf(turns, each).ctx.deadline));
      assert.deepEqual([...deadlines], [clock.now() + 4000]);
      await clock.advance("4s");
      assert.equal((await asked).code, "HERMOD_TIMEOUT");
      for (const { name: each } of three) assert.equal(turnOf(turns, each).ctx.signal.aborted, true);
    });
  }

  test(`${name}: without a quorum a fan-out tells of members that fail, and fails itself for none`, async () => {
    const agents = answering((_input, _ctx, self) => {
      if (self === "two") throw new Error("no ink");
      return self;
    });
    await using stage = await on({ agents });
    const { answers, outcomes } = await fanOut(stage.system, links("call"), "sea");
    assert.deepEqual(answers, ["one", "three"]);
    const [, failed] = outcomes;
    assert.equal(failed?.state === "failed" && (failed.error as HermodError).code, "HERMOD_FAILED");
  });

  test(`${name}: a quorum that cannot be reached any more is an error at once, which tells of each, and the rest is cancelled`, async () => {
    const turns: Turns = {};
    await using stage = await on({ agents: waiting(turns) });
    const { system, clock } = stage;
    const fan = caught(
      fanOut(system, links("call"), "sea", { quorum: 2, good: (answer) => answer !== "bad" }),
    );
    await clock.settle();
    turnOf(turns, "one").finish("bad");
    turnOf(turns, "two").fail(new Error("no ink"));
    const error = await fan;
    assert.deepEqual([error.code, error.details["quorum"], error.details["good"]], ["HERMOD_QUORUM", 2, 0]);
    const outcomes = error.details["outcomes"] as {
      state: string;
      error?: { code: string; message: string };
    }[];
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      ["bad", "failed", "dropped"],
    );
    assert.match(outcomes[1]?.error?.message ?? "", /no ink/);
    await clock.settle();
    assert.equal(turnOf(turns, "three").ctx.signal.aborted, true);
  });

  test(`${name}: only answers that say the same make a quorum where they are to agree`, async () => {
    const says: Record<string, string> = { one: "left 1", two: "right 2", three: "left 3" };
    await using stage = await on({ agents: answering((_input, _ctx, self) => says[self] ?? "") });
    const agree = (answer: string) => answer.split(" ")[0] ?? "";
    const { answers } = await fanOut(stage.system, links("call"), "where?", { quorum: 2, agree });
    assert.deepEqual(answers, ["left 1", "left 3"]);
    says["three"] = "up 3";
    const error = await caught(fanOut(stage.system, links("call"), "where?", { quorum: 2, agree }));
    assert.deepEqual([error.code, error.details["good"]], ["HERMOD_QUORUM", 1]);
  });

  for (const as of both)
    test(`${name}: a fan-out (${as}) asks no more at a time than it may, and those who are not needed any more not at all`, async () => {
      const turns: Turns = {};
      await using stage = await on({ agents: waiting(turns) });
      const { system, clock } = stage;
      const fan = fanOut(system, links(as), "sea", { concurrency: 1, quorum: 2 });
      await clock.settle();
      assert.deepEqual(Object.keys(turns), ["one"]);
      turnOf(turns, "one").finish("1");
      await clock.settle();
      assert.deepEqual(Object.keys(turns), ["one", "two"]);
      turnOf(turns, "two").finish("2");
      const { outcomes } = await settled(fan, clock);
      assert.deepEqual(outcomes[2], { from: "three", state: "dropped" });
      await clock.settle();
      assert.deepEqual(await saidIn(system, "to:three"), []);
    });

  test(`${name}: an answer that is still looked at when the quorum is there is not needed any more`, async () => {
    const gates = { one: new Gate(), two: new Gate(), three: new Gate() };
    await using stage = await on({ agents: answering((_input, _ctx, self) => self) });
    const { system, clock } = stage;
    const good = (answer: string) => gates[answer as "one"].passed.then(() => true);
    const fan = fanOut(system, links("call"), "sea", { quorum: 1, good });
    await clock.settle();
    for (const which of ["two", "one", "three"] as const) {
      gates[which].open();
      await clock.settle();
    }
    const { answers, outcomes } = await fan;
    assert.deepEqual(answers, ["two"]);
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      ["dropped", "good", "dropped"],
    );
  });

  test(`${name}: a judge of answers that throws ends the fan-out with its error, and cancels the rest`, async () => {
    const turns: Turns = {};
    await using stage = await on({ agents: waiting(turns) });
    const { system, clock } = stage;
    const wrong = () => {
      throw new RangeError("no taste");
    };
    const fan = fanOut(system, links("call"), "sea", { good: wrong });
    const failed = assert.rejects(fan, { message: "no taste" });
    await clock.settle();
    turnOf(turns, "one").finish("1");
    await failed;
    await clock.settle();
    assert.equal(turnOf(turns, "three").ctx.signal.aborted, true);
  });

  test(`${name}: a budget holds over a fan-out: no more is set aside than there is, whoever asks first`, async () => {
    const spends = async (_input: string, ctx: Context): Promise<string> => {
      await using reserved = await ctx.budget.reserve({ tokens: 40 });
      await ctx.call("clerk", "", null);
      await reserved.settle({ tokens: 40 });
      return "paid";
    };
    const clerk = agent("clerk", { concurrency: 3, on: { request: () => "noted" } });
    const asks = async (ctx: Context) =>
      (await fanOut(ctx, links("call"), "sea")).outcomes.map(({ state }) => state);
    await using stage = await on({ agents: [...answering(spends), clerk, runner(asks)] });
    const { system } = stage;
    const terms = { conversation: "c1", budget: { tokens: 100 } } as const;
    const states = (await system.call(Runner, "run", null, terms)) as string[];
    assert.deepEqual(states.toSorted(), ["failed", "good", "good"]);
    assert.equal((await system.spent("c1"))["tokens"], 80);
  });

  test(`${name}: a budget of messages ends a fan-out where it ends`, async () => {
    const asks = async (ctx: Context) =>
      (await fanOut(ctx, links("call"), "sea")).outcomes.map(({ state }) => state);
    await using stage = await on({ agents: [...answering(() => "ok"), runner(asks)] });
    const states = await stage.system.call(Runner, "run", null, { budget: { messages: 3 } });
    assert.deepEqual(states, ["good", "good", "failed"]);
  });

  test(`${name}: a circle is refused in a pattern as in any call`, async () => {
    const circle = async (ctx: Context) => {
      const { outcomes } = await fanOut(
        ctx,
        [
          [One, "run"],
          [Two, "run"],
        ],
        "sea",
      );
      return outcomes.map((outcome) =>
        outcome.state === "failed" ? (outcome.error as HermodError).cause : outcome.state,
      );
    };
    const back = async (_input: string, ctx: Context, self: string) =>
      self === "one" ? String(await ctx.call(Runner, "run", null)) : "fine";
    await using stage = await on({
      agents: [...answering(back), runner(async (ctx) => (await circle(ctx)).map(codeOf))],
    });
    assert.deepEqual(await stage.system.call(Runner, "run", null), ["HERMOD_LOOP", "good"]);
  });
}

function codeOf(value: unknown): string {
  return String((value as HermodError).code ?? value);
}
