/** What is checked here is checked by the compiler: patterns know what their links take and give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, topic, type System } from "hermod";
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
  type FannedOut,
  type Reviewed,
  type WorkDone,
} from "hermod/patterns";
import * as z from "zod";

/** True when both types are the same, `any` considered. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
function holds<_T extends true>(): void {}

const verdict = z.object({ ok: z.boolean(), note: z.string() });
const Finder = contract("finder", {
  calls: { find: { in: z.string(), out: z.array(z.string()) }, count: { in: z.string(), out: z.number() } },
  casts: { forget: z.string() },
});
const Writer = contract("writer", { calls: { write: { in: z.array(z.string()), out: z.string() } } });
const Critic = contract("critic", {
  calls: { review: { in: z.object({ text: z.string() }), out: verdict } },
});
const Drafter = contract("drafter", {
  calls: {
    draft: {
      in: z.object({ input: z.string(), text: z.string().optional(), notes: z.array(z.string()) }),
      out: z.string(),
    },
  },
});
const Speaker = contract("speaker", {
  calls: { argue: { in: z.custom<DebateTurn<string, string>>(), out: z.string() } },
});
const Judge = contract("judge", {
  calls: {
    rule: {
      in: z.custom<DebateRound<string, string>>(),
      out: z.object({ over: z.boolean(), why: z.string() }),
    },
  },
});
const Joiner = contract("joiner", {
  calls: { join: { in: z.custom<WorkDone<string, string, number>>(), out: z.string() } },
});
const Clues = topic("clues", z.object({ clue: z.string() }));

const find = [Finder, "find"] as const;
const count = [Finder, "count"] as const;
const write = [Writer, "write"] as const;
const join = [Joiner, "join"] as const;
const review = [Critic, "review"] as const;

const never = (_check: (system: System) => Promise<void>): void => assert.equal(typeof _check, "function");

test("a pipeline gives what its last stage gives, and each stage takes what the one before it gives", () =>
  never(async (system) => {
    const text = await pipeline(
      system,
      [
        [Finder, "find"],
        [Writer, "write"],
      ],
      "sea",
    );
    holds<Equal<typeof text, string>>();
    const long = await pipeline(
      system,
      [
        [Finder, "find", { as: "task" }],
        (found: string[]) => found.join(" "),
        [Finder, "count", { timeout: "1s" }],
      ],
      "sea",
    );
    holds<Equal<typeof long, number>>();
    const plain = await pipeline(system, [find, (found) => found.length], "sea");
    holds<Equal<typeof plain, number>>();
    const mixed = await pipeline(
      system,
      [
        find,
        (found) => found.join(),
        count,
        (n) => [`${n}`],
        write,
        (text, on) => on.call(Finder, "count", text),
      ],
      "sea",
    );
    holds<Equal<typeof mixed, number>>();
    const inner = await pipeline(system, [find, (found, on) => pipeline(on, [write, count], found)], "sea");
    holds<Equal<typeof inner, number>>();
    const awaited = await pipeline(system, [async (text: string) => text.length], "sea");
    holds<Equal<typeof awaited, number>>();
    await pipeline(
      system,
      [
        ["finder", "find"],
        [Writer, "write"],
      ],
      "sea",
    );
    // @ts-expect-error -- a number is no topic
    await pipeline(system, [[Finder, "find"]], 5);
    // @ts-expect-error -- no such operation
    await pipeline(system, [[Finder, "fnd"]], "sea");
    // @ts-expect-error -- a cast gives nothing
    await pipeline(system, [[Finder, "forget"]], "sea");
    // @ts-expect-error -- a number is no list of facts
    await pipeline(system, [count, write], "sea");
    // @ts-expect-error -- the function takes what the finder does not give
    await pipeline(system, [[Finder, "find"], (found: number) => found], "sea");
    // @ts-expect-error -- the writer does not take what the function gives
    await pipeline(system, [(text: string) => text.length, [Writer, "write"]], "sea");
    // @ts-expect-error -- no stage
    await pipeline(system, [], "sea");
    // @ts-expect-error -- no such way to ask
    await pipeline(system, [[Finder, "find", { as: "cast" }]], "sea");
    // @ts-expect-error -- nobody is cancelled over a word
    await pipeline(system, [[Finder, "find", { signal: "stop" }]], "sea");
  }));

test("a fan-out gives the answers of those who were asked", () =>
  never(async (system) => {
    const all = await fanOut(
      system,
      [
        [Finder, "find"],
        [Finder, "count"],
      ],
      "sea",
    );
    holds<Equal<typeof all, FannedOut<string[] | number>>>();
    const first = await firstGood(system, [[Critic, "review"]], { text: "x" }, { good: ({ ok }) => ok });
    holds<Equal<typeof first, { ok: boolean; note: string }>>();
    await fanOut(system, [[Critic, "review"]], { text: "x" }, { quorum: 1, agree: ({ note }) => note });
    // @ts-expect-error -- what one of them does not take
    await fanOut(system, [review, find], { text: "x" });
    // @ts-expect-error -- no such operation
    await fanOut(system, [[Critic, "revew"]], { text: "x" });
    // @ts-expect-error -- no such field in an answer
    await fanOut(system, [[Critic, "review"]], { text: "x" }, { good: ({ okay }) => okay });
    // @ts-expect-error -- the first good answer needs no quorum
    await firstGood(system, [[Critic, "review"]], { text: "x" }, { quorum: 2 });
  }));

test("an orchestration's plan, workers and combiner fit together", () =>
  never(async (system) => {
    const plan = [Finder, "find"] as const;
    const worker = [Finder, "count", { as: "task" }] as const;
    const whole = await orchestrate(
      system,
      { plan, worker, combine: [Joiner, "join"], concurrency: 2 },
      "sea",
    );
    holds<Equal<typeof whole, string>>();
    const sum = await orchestrate(
      system,
      {
        plan: (text: string) => text.split(" "),
        worker: [
          [Finder, "count"],
          [Finder, "count"],
        ],
        combine: ({ done, failed }: WorkDone<string, string, number>) => done.length - failed.length,
        concurrency: 2,
        attempts: 2,
      },
      "the sea",
    );
    holds<Equal<typeof sum, number>>();
    const failures = await orchestrate(
      system,
      { plan, worker, combine: ({ input, failed }) => `${input}: ${failed.length}`, concurrency: 2 },
      "sea",
    );
    holds<Equal<typeof failures, string>>();
    // @ts-expect-error -- a plan is a list
    await orchestrate(system, { plan: count, worker, combine: () => 1, concurrency: 2 }, "sea");
    // @ts-expect-error -- a worker takes a job
    await orchestrate(system, { plan, worker: write, combine: () => 1, concurrency: 2 }, "sea");
    // @ts-expect-error -- the joiner wants numbers
    await orchestrate(system, { plan, worker: find, combine: join, concurrency: 2 }, "sea");
    // @ts-expect-error -- the bound is missing
    await orchestrate(system, { plan, worker, combine: join }, "sea");
    // @ts-expect-error -- the plan takes a text
    await orchestrate(system, { plan, worker, combine: join, concurrency: 2 }, 5);
  }));

test("a debate gives the judge's words", () =>
  never(async (system) => {
    const sides = [
      [Speaker, "argue"],
      [Speaker, "argue"],
    ] as const;
    const ended = await debate(system, { sides, judge: [Judge, "rule"], rounds: 2 }, "sea or land?");
    holds<Equal<typeof ended.verdict, { over: boolean; why: string }>>();
    holds<Equal<(typeof ended.said)[number]["says"], string>>();
    // @ts-expect-error -- a judge says when it is over
    await debate(system, { sides, judge: [Speaker, "argue"], rounds: 2 }, "sea or land?");
    // @ts-expect-error -- a side takes a turn
    await debate(system, { sides: [[Finder, "find"]], judge: [Judge, "rule"], rounds: 2 }, "sea or land?");
  }));

test("a review loop gives the writer's text", () =>
  never(async (system) => {
    const write = [Drafter, "draft"] as const;
    const ended = await reviewLoop(system, { write, review: [Critic, "review"], rounds: 2 }, "sea");
    holds<Equal<typeof ended, Reviewed<string>>>();
    const brief = ({ text }: { text: string }) => ({ ok: text.length < 9, note: "" });
    await reviewLoop(system, { write, review: brief, rounds: 2 }, "sea");
    await reviewLoop(
      system,
      { write, review: ({ text }) => ({ ok: text === "", note: "" }), rounds: 2 },
      "sea",
    );
    // @ts-expect-error -- no such field of a text that is reviewed
    await reviewLoop(system, { write, review: ({ txt }) => txt, rounds: 1 }, "sea");
    // @ts-expect-error -- a reviewer says whether it is ok
    await reviewLoop(system, { write, review: [Finder, "find"], rounds: 2 }, "sea");
    // @ts-expect-error -- the writer takes a text
    await reviewLoop(system, { write, review: [Critic, "review"], rounds: 2 }, 5);
  }));

test("a blackboard gives what its topic takes", () =>
  never(async (system) => {
    const { findings } = await blackboard(system, Clues, {
      post: { clue: "?" },
      done: (clues) => clues.length > 1,
    });
    for (const { says } of findings) holds<Equal<typeof says, { clue: string }>>();
    // @ts-expect-error -- no clue
    await blackboard(system, Clues, { post: { hint: "?" }, done: () => true });
    // @ts-expect-error -- no such field
    await blackboard(system, Clues, { post: { clue: "?" }, done: ([clue]) => clue?.says.hint === "" });
  }));
