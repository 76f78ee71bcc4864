/** Wrap: functions that were there before, as agents. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asAgent, contract, type Context } from "hermod";
import * as z from "zod";
import { caught, only, saidIn, type On } from "./stage.ts";

const Summarizer = contract("summarizer", { calls: { sum: { in: z.string(), out: z.string() } } });
const Several = contract("several", {
  calls: { a: { in: z.string(), out: z.string() } },
  casts: { b: z.string() },
});
const Notes = contract("notes", { casts: { add: z.string() } });

async function* letters(text: string) {
  for (const letter of text) yield letter;
}

export function wrapSuite(name: string, on: On): void {
  test(`${name}: a function is an agent in one line, called, given tasks and told`, async () => {
    const told: string[] = [];
    const shout = async (text: string, { signal }: { signal: AbortSignal }) => {
      assert.equal(signal.aborted, false);
      told.push(text);
      return text.toUpperCase();
    };
    await using stage = await on({ agents: [asAgent("shouter", shout)] });
    const { system, clock } = stage;
    assert.equal(await system.call("shouter", "", "sea"), "SEA");
    assert.equal(await (await system.task("shouter", "", "tide")).result(), "TIDE");
    await system.cast("shouter", "", "moon");
    await clock.settle();
    assert.deepEqual(told, ["sea", "tide", "moon"]);
  });

  test(`${name}: with a contract of one operation its input and its result are checked`, async () => {
    const notes: string[] = [];
    const agents = [
      asAgent(Summarizer, (text) => (text === "" ? (5 as never) : `${text.length} letters`)),
      asAgent(Notes, (note) => void notes.push(note)),
    ];
    await using stage = await on({ agents });
    const { system, clock } = stage;
    assert.equal(await system.call(Summarizer, "sum", "sea"), "3 letters");
    assert.equal((await caught(system.call(Summarizer, "sum", 5 as never))).code, "HERMOD_BAD_PAYLOAD");
    const { cause } = await caught(system.call(Summarizer, "sum", ""));
    assert.equal((cause as { code?: string }).code, "HERMOD_BAD_REPLY");
    await system.cast(Notes, "add", "low water");
    await clock.settle();
    assert.deepEqual(notes, ["low water"]);
  });

  test(`${name}: a generator, and any other async iterable, gives parts; text is joined where there is no result`, async () => {
    const counted = async function* (text: string) {
      yield* letters(text);
      return text.length;
    };
    const stream = (text: string) => ReadableStream.from(letters(text));
    const agents = [
      asAgent("letters", letters),
      asAgent("counted", counted),
      asAgent("streamed", stream),
      asAgent("nothing", async function* () {}),
      asAgent("later", async (text: string) => letters(text)),
      asAgent("numbers", async function* () {
        yield "one";
        yield 1;
      }),
    ];
    await using stage = await on({ agents });
    const told = async (to: string) => {
      const task = await stage.system.task(to, "", "sea");
      const parts: unknown[] = [];
      for await (const { value } of task.parts()) parts.push(value);
      return [parts, await task.result()];
    };
    const pieces = ["s", "e", "a"];
    assert.deepEqual(await told("letters"), [pieces, "sea"]);
    assert.deepEqual(await told("counted"), [pieces, 3]);
    assert.deepEqual(await told("streamed"), [pieces, "sea"]);
    assert.deepEqual(await told("later"), [pieces, "sea"]);
    assert.deepEqual(await told("numbers"), [["one", 1], undefined]);
    assert.deepEqual(await told("nothing"), [[], undefined]);
    assert.equal(await stage.system.call("letters", "", "sea"), "sea");
  });

  test(`${name}: the signal of a wrapped function fires when it is cancelled, and a generator is ended where it yields`, async () => {
    const seen: Context[] = [];
    let ended = 0;
    const endless = async function* (_input: unknown, ctx: Context) {
      seen.push(ctx);
      try {
        for (;;) {
          yield "again";
          await ctx.progress(0.5);
          await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve, { once: true }));
        }
      } finally {
        ended++;
      }
    };
    await using stage = await on({ agents: [asAgent("endless", endless)] });
    const { system, clock } = stage;
    const task = await system.task("endless", "", null);
    await clock.settle();
    assert.equal(await task.cancel(), "signalled");
    await clock.settle();
    assert.equal(only(seen).signal.aborted, true);
    assert.equal(ended, 1);
    assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
  });

  test(`${name}: what a wrapped function throws is told as of any agent, and options are those of an agent`, async () => {
    const broken = () => {
      throw new Error("no ink");
    };
    await using stage = await on({
      agents: [asAgent("broken", broken, { retry: { retries: 1, base: "1s" } })],
    });
    const { system, clock } = stage;
    assert.match((await caught(system.call("broken", "", null))).message, /no ink/);
    await system.cast("broken", "", null);
    await clock.advance("1m");
    const { attempts } = only(await saidIn(system, "type:notification"));
    assert.equal(attempts.length, 2);
  });

  test(`${name}: what cannot be wrapped is refused by name`, () => {
    for (const wrong of [
      () => asAgent(Several, (() => "x") as never),
      () => asAgent("x", 5 as never),
      () => asAgent("x", () => 1, { state: () => ({}) } as never),
      () => asAgent("x", () => 1, { on: {} } as never),
      () => asAgent("x", () => 1, { lane: 1 } as never),
      () => asAgent("x", () => 1, null as never),
    ])
      assert.throws(wrong, { code: "HERMOD_BAD_OPTION" }, String(wrong));
    assert.throws(() => asAgent("a b", () => 1), { code: "HERMOD_BAD_ADDRESS" });
    const typed = (): void => {
      // @ts-expect-error -- the contract takes text
      asAgent(Summarizer, (text: number) => `${text}`);
      // @ts-expect-error -- the contract gives text
      asAgent(Summarizer, (text) => text.length);
      // @ts-expect-error -- a state is for agents with handlers
      asAgent("x", () => 1, { state: () => 1 });
    };
    assert.equal(typeof typed, "function");
  });
}
