/** Patterns: several agents at one piece of work, by ordinary messages: in turn, by a plan, against one another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BudgetError, CancelledError, agent, contract, topic } from "hermod";
import {
  blackboard,
  debate,
  fanOut,
  firstGood,
  orchestrate,
  pipeline,
  reviewLoop,
  type DebateRound,
  type DebateTurn,
  type Sender,
  type WorkDone,
  type WriteRound,
} from "hermod/patterns";
import * as z from "zod";
import { answering, both, links, One, settled, Three, Two, waiting, type Turns } from "./patterns.kit.ts";
import { caught, only, saidIn, type On } from "./stage.ts";

const Clues = topic("clues", z.object({ clue: z.string() }));

export function patternSuite(name: string, on: On): void {
  for (const as of both)
    test(`${name}: a pipeline (${as}) hands on what each stage gives, in order, and functions stand between`, async () => {
      const agents = answering((input, _ctx, self) => `${input} ${self}`);
      await using stage = await on({ agents });
      const { system } = stage;
      const ended = await pipeline(
        system,
        [
          [One, "run", { as }],
          (text: string) => text.toUpperCase(),
          [Two, "run", { as, conversation: "c1" }],
        ],
        "sea",
      );
      assert.equal(ended, "SEA ONE two");
      const asked = only(
        await system.conversation("c1").then((all) => all.filter(({ envelope }) => envelope.to === "two")),
      );
      assert.deepEqual([asked.envelope.verb, asked.envelope.payload], [as, "SEA ONE"]);
    });

  test(`${name}: a pipeline ends with its first stage that fails, and asks nobody behind it`, async () => {
    const agents = answering((_input, _ctx, self) => {
      if (self === "two") throw new Error("no ink");
      return self;
    });
    await using stage = await on({ agents });
    const { system } = stage;
    const error = await caught(
      pipeline(
        system,
        [
          [One, "run"],
          [Two, "run"],
          [Three, "run"],
        ],
        "sea",
      ),
    );
    assert.deepEqual([error.code, error.message], ["HERMOD_FAILED", "two.run failed: no ink"]);
    assert.deepEqual(await saidIn(system, "to:three"), []);
  });

  test(`${name}: the signal of a link ends a task whenever it fires, also while it is handed out`, async () => {
    const turns: Turns = {};
    await using stage = await on({ agents: waiting(turns) });
    const { system, clock } = stage;
    for (const moment of ["before", "while", "after"]) {
      const ending = new AbortController();
      if (moment === "before") ending.abort(new CancelledError("enough"));
      const asked = caught(pipeline(system, [[One, "run", { as: "task", signal: ending.signal }]], moment));
      if (moment === "after") await clock.settle();
      ending.abort(new CancelledError("enough"));
      assert.equal((await asked).code, "HERMOD_CANCELLED", moment);
      await clock.settle();
    }
    const last = turns["one"]?.map(({ input, ctx }) => [input, ctx.signal.aborted]) ?? [];
    assert.deepEqual(last.at(-1), ["after", true]);
    assert.ok(last.every(([, aborted]) => aborted === true));
    const tasks = await saidIn(system, "to:one type:task");
    assert.deepEqual(
      tasks.map(({ envelope, state }) => `${envelope.payload as string} ${state}`),
      ["while failed", "after failed"],
    );
  });

  for (const as of both)
    test(`${name}: an orchestration (${as}) works off its plan side by side within its bound, and tells who combines what failed`, async () => {
      const turns: Turns = {};
      await using stage = await on({ agents: waiting(turns) });
      const { system, clock } = stage;
      const combined: WorkDone<string, string, string>[] = [];
      const whole = orchestrate(
        system,
        {
          plan: (text: string) => text.split(" "),
          worker: [One, "run", { as, delivery: "at-least-once", retry: { retries: 0 } }],
          combine: (work: WorkDone<string, string, string>) => combined.push(work),
          concurrency: 2,
        },
        "a b c",
      );
      await clock.settle();
      assert.deepEqual(
        turns["one"]?.map(({ input }) => input),
        ["a", "b"],
      );
      turns["one"]?.[1]?.fail(new Error("no ink"));
      await clock.settle();
      assert.deepEqual(
        turns["one"]?.map(({ input }) => input),
        ["a", "b", "c"],
      );
      turns["one"]?.[2]?.finish("C");
      turns["one"]?.[0]?.finish("A");
      assert.equal(await settled(whole, clock), 1);
      const { input, done, failed } = only(combined);
      assert.deepEqual(
        [input, done],
        [
          "a b c",
          [
            { job: "a", result: "A" },
            { job: "c", result: "C" },
          ],
        ],
      );
      assert.equal(only(failed).job, "b");
      assert.match(only(failed).error.message, /no ink/);
    });

  test(`${name}: a job that fails goes to the next worker, as often as it may`, async () => {
    const asked: string[] = [];
    const agents = answering((input, _ctx, self) => {
      asked.push(`${self} ${input}`);
      if (self !== "three") throw new Error("no ink");
      return input.toUpperCase();
    });
    await using stage = await on({ agents });
    const { done, failed } = await orchestrate(
      stage.system,
      {
        plan: () => ["a", "b"],
        worker: links("call"),
        combine: (work: WorkDone<unknown, string, string>) => work,
        concurrency: 1,
        attempts: 2,
      },
      null,
    );
    assert.deepEqual(asked, ["one a", "two a", "two b", "three b"]);
    assert.deepEqual([done, failed.map(({ job }) => job)], [[{ job: "b", result: "B" }], ["a"]]);
  });

  test(`${name}: a bound of the whole work is nothing that another worker is asked for`, async () => {
    let asked = 0;
    const call = (() => (asked++, Promise.reject(new BudgetError("spent")))) as unknown as Sender["call"];
    await using stage = await on({ agents: answering(() => "ok") });
    const { failed } = await orchestrate(
      { call, task: stage.system.task },
      {
        plan: () => ["a"],
        worker: links("call"),
        combine: (work: WorkDone<unknown, string, string>) => work,
        concurrency: 1,
        attempts: 3,
      },
      null,
    );
    assert.deepEqual([asked, only(failed).error.code], [1, "HERMOD_BUDGET"]);
  });

  test(`${name}: a plan that is no list is refused, and an empty one combined`, async () => {
    await using stage = await on({ agents: answering(() => "ok") });
    const options = {
      worker: [One, "run"] as const,
      combine: (work: WorkDone) => work.done.length,
      concurrency: 1,
    };
    const plan = () => "a b" as unknown as string[];
    assert.equal(
      (await caught(orchestrate(stage.system, { ...options, plan }, null))).code,
      "HERMOD_BAD_REPLY",
    );
    assert.equal(await orchestrate(stage.system, { ...options, plan: () => [] as string[] }, null), 0);
  });

  test(`${name}: an orchestration that is handled again finds its tasks by their keys`, async () => {
    const done: string[] = [];
    const agents = answering((input) => (done.push(input), input.toUpperCase()));
    await using stage = await on({ agents });
    const work = () =>
      orchestrate(
        stage.system,
        {
          plan: () => ["a", "b"],
          worker: [One, "run", { as: "task", key: "order 7" }],
          combine: (all: WorkDone<unknown, string, string>) => all.done.map(({ result }) => result),
          concurrency: 2,
        },
        null,
      );
    assert.deepEqual(await work(), ["A", "B"]);
    assert.deepEqual(await work(), ["A", "B"]);
    assert.deepEqual(done, ["a", "b"]);
  });

  test(`${name}: in a debate each side hears the last words of the others, and the judge ends it early`, async () => {
    const { agents, heard } = debaters(2);
    await using stage = await on({ agents });
    const sides = [
      [Pro, "argue"],
      [Con, "argue"],
    ] as const;
    const ended = await debate(stage.system, { sides, judge: [Judge, "rule"], rounds: 5 }, "sea?");
    assert.deepEqual([ended.rounds, ended.verdict], [2, { over: true, last: false }]);
    assert.deepEqual(heard, ["pro 1: ", "con 1: pro says 1", "pro 2: con says 1", "con 2: pro says 2"]);
    assert.deepEqual(
      ended.said.map(({ from, says }) => `${from}: ${says}`),
      ["pro: pro says 1", "con: con says 1", "pro: pro says 2", "con: con says 2"],
    );
  });

  test(`${name}: a debate without end ends after its last round, of which the judge knows`, async () => {
    const { agents } = debaters(Infinity);
    await using stage = await on({ agents });
    const sides = [
      [Pro, "argue"],
      [Con, "argue"],
    ] as const;
    const ended = await debate(stage.system, { sides, judge: [Judge, "rule"], rounds: 3 }, "sea?");
    assert.deepEqual([ended.rounds, ended.verdict], [3, { over: false, last: true }]);
  });

  test(`${name}: a text is written anew with what the reviewer said, until it is content`, async () => {
    const { agents, rounds } = scribes(3);
    await using stage = await on({ agents });
    const options = { write: [Scribe, "write"], review: [Critic, "review"], rounds: 5 } as const;
    const ended = await reviewLoop(stage.system, options, "sea");
    assert.deepEqual(ended, { text: "sea 3", accepted: true, rounds: 3, notes: ["more", "more", "fine"] });
    assert.deepEqual(rounds, [
      { input: "sea", notes: [] },
      { input: "sea", text: "sea 1", notes: ["more"] },
      { input: "sea", text: "sea 2", notes: ["more", "more"] },
    ]);
  });

  test(`${name}: a reviewer who is never content is asked no more often than the bound`, async () => {
    const { agents } = scribes(Infinity);
    await using stage = await on({ agents });
    const options = { write: [Scribe, "write"], review: [Critic, "review"], rounds: 2 } as const;
    const ended = await reviewLoop(stage.system, options, "sea");
    assert.deepEqual(ended, { text: "sea 2", accepted: false, rounds: 2, notes: ["more", "more"] });
    assert.equal((await saidIn(stage.system, "to:critic")).length, 2);
  });

  test(`${name}: patterns are put together like functions`, async () => {
    const agents = answering((input, _ctx, self) => `${input} ${self}`);
    await using stage = await on({ agents });
    const quickest = (text: string, sender: Sender) => firstGood(sender, [[Two, "run"]], text);
    assert.equal(
      await pipeline(stage.system, [[One, "run"], quickest, [Three, "run"]], "sea"),
      "sea one two three",
    );
  });

  test(`${name}: what is no link and no bound is refused by name, before anybody is asked`, async () => {
    await using stage = await on({ agents: answering(() => "ok") });
    const { system } = stage;
    const worker = [One, "run"] as const;
    const combine = () => 1;
    for (const wrong of [
      () => pipeline(system, [One] as never, "x" as never),
      () => pipeline(system, [[One, "run", { as: "cast" }]] as never, "x" as never),
      () => pipeline(system, "one" as never, "x" as never),
      () => fanOut(system, links("call"), "x", { quorum: 4 }),
      () => fanOut(system, links("call"), "x", { quorum: 0 }),
      () => fanOut(system, links("call"), "x", { concurrency: 0 }),
      () => fanOut(system, links("call"), "x", { most: 1 } as never),
      () => fanOut(system, links("call"), "x", { good: true as never }),
      () => firstGood(system, [], "x" as never),
      () => orchestrate(system, { plan: () => ["a"], worker, combine, concurrency: 0 }, null),
      () => orchestrate(system, { plan: () => ["a"], worker, combine, concurrency: 1, attempts: 0 }, null),
      () => orchestrate(system, { plan: () => ["a"], worker: [] as never, combine, concurrency: 1 }, null),
      () => debate(system, { sides: [[Pro, "argue"]], judge: [Judge, "rule"], rounds: 0 }, "x"),
      () => reviewLoop(system, { write: [Scribe, "write"], review: [Critic, "review"], rounds: 1.5 }, "x"),
      () => blackboard(system, Clues, { post: { clue: "x" }, done: true as never }),
      () => blackboard(system, Clues, { post: { clue: "x" }, done: () => true, timeout: -1 }),
    ])
      assert.equal((await caught(wrong())).code, "HERMOD_BAD_OPTION", String(wrong));
    const strange = caught(pipeline(system, [[5, "run"]] as never, "x" as never));
    assert.equal((await strange).code, "HERMOD_BAD_ADDRESS");
    assert.deepEqual(await saidIn(system), []);
  });
}

const argue = { in: z.custom<DebateTurn<string, string>>(), out: z.string() };
const Pro = contract("pro", { calls: { argue } });
const Con = contract("con", { calls: { argue } });
const Judge = contract("judge", {
  calls: {
    rule: {
      in: z.custom<DebateRound<string, string>>(),
      out: z.object({ over: z.boolean(), last: z.boolean() }),
    },
  },
});

/** Two sides, and a judge who has heard enough after some rounds. */
function debaters(enough: number) {
  const heard: string[] = [];
  const side = (target: typeof Pro | typeof Con) =>
    agent(target, {
      on: {
        argue: (turn: DebateTurn<string, string>) => {
          heard.push(`${target.name} ${turn.round}: ${turn.heard.map(({ says }) => says).join()}`);
          return `${target.name} says ${turn.round}`;
        },
      },
    });
  const rule = ({ round, last }: DebateRound<string, string>) => ({ over: round >= enough, last });
  return { heard, agents: [side(Pro), side(Con), agent(Judge, { on: { rule } })] };
}

const Scribe = contract("scribe", {
  calls: { write: { in: z.custom<WriteRound<string, string>>(), out: z.string() } },
});
const Critic = contract("critic", {
  calls: {
    review: { in: z.object({ text: z.string() }), out: z.object({ ok: z.boolean(), note: z.string() }) },
  },
});

/** A writer, and a reviewer who is content with a text of this number. */
function scribes(enough: number) {
  const rounds: WriteRound<string, string>[] = [];
  const write = (round: WriteRound<string, string>) => `${round.input} ${rounds.push(round)}`;
  const review = ({ text }: { text: string }) => {
    const ok = Number(text.split(" ")[1]) >= enough;
    return { ok, note: ok ? "fine" : "more" };
  };
  return { rounds, agents: [agent(Scribe, { on: { write } }), agent(Critic, { on: { review } })] };
}
