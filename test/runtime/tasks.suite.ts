/** Tasks: long work with a handle that tells where it stands, gives its result, and can be made again from its id. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ExpiredError,
  FailedError,
  NoAgentError,
  TimeoutError,
  agent,
  contract,
  terminal,
  type Context,
  type Envelope,
  type Task,
  type TaskDone,
  type HermodError,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";
import { Chief, Worker, chief, held, turn, type Turn } from "./tasks.kit.ts";

const short = { retries: 1, base: "1s", jitter: "none" } as const;

export function taskSuite(name: string, on: On): void {
  test(`${name}: a task is handed out at once, goes on by itself, and is awaited for its result [68] [75]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const idle = clock.waiting;
    const task = await system.task(Worker, "run", "tide");
    assert.deepEqual([typeof task.id, task.agent], ["string", "worker"]);
    await clock.settle();
    const { ctx, finish } = only(turns);
    assert.deepEqual([ctx.envelope.id, ctx.envelope.verb, ctx.envelope.type], [task.id, "task", "task"]);
    assert.equal(ctx.envelope.replyTo, undefined);
    const result = task.result();
    finish("ebb");
    assert.equal(await result, "ebb");
    assert.equal(await task.result({ timeout: 0 }), "ebb");
    await clock.advance("1m");
    assert.equal(clock.waiting, idle);
  });

  test(`${name}: a task goes through waiting, running, waiting for its retry, running, done`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const first = await system.task(Worker, "run", "first");
    const task = await system.task(Worker, "run", "second");
    await clock.settle();
    const base = { id: task.id, parts: 0 };
    assert.deepEqual(await task.status(), { ...base, state: "waiting", attempt: 0 });
    turns[0]?.finish("1");
    await clock.settle();
    assert.deepEqual(await task.status(), { ...base, state: "running", attempt: 1 });
    turns[1]?.fail(new Error("no ink"));
    await clock.settle();
    assert.deepEqual(await task.status(), { ...base, state: "waiting", attempt: 1 });
    await clock.advance("1s");
    assert.deepEqual(await task.status(), { ...base, state: "running", attempt: 2 });
    turns[2]?.finish("2");
    await clock.settle();
    assert.deepEqual(await task.status(), { ...base, state: "done", attempt: 2, result: "2" });
    assert.equal((await first.status()).state, "done");
  });

  test(`${name}: a task that failed for good says so, with the handler's error inside, and nothing of an unknown one`, async () => {
    const fails = agent("fails", {
      on: { task: () => Promise.reject(terminal(Object.assign(new Error("no ink"), { name: "InkError" }))) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    const task = await system.task("fails", "write", {});
    await clock.settle();
    const status = await task.status();
    assert.deepEqual([status.state, status.attempt, status.error?.code], ["failed", 1, "HERMOD_FAILED"]);
    const error = await caught(task.result());
    assert.ok(error instanceof FailedError);
    assert.match(error.message, /^fails\.write failed: no ink/u);
    const cause = error.cause as Error;
    assert.deepEqual([cause.name, cause.message], ["InkError", "no ink"]);
    assert.equal(only(await lettersOf(system)).reason, "terminal");
    const nothing = system.taskById("fails", "no-such-task");
    assert.deepEqual(await nothing.status(), { id: "no-such-task", state: "unknown", attempt: 0, parts: 0 });
    assert.equal((await caught(nothing.result())).code, "HERMOD_NO_TASK");
    assert.equal((await caught(nothing.parts().next())).code, "HERMOD_NO_TASK");
    assert.equal((await caught(nothing.result({ timeout: 0 }))).code, "HERMOD_NO_TASK");
  });

  test(`${name}: the progress of a task is told, the last one stands, and other messages have none`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const { ctx, finish } = only(turns);
    await ctx.progress(0.25);
    assert.deepEqual((await task.status()).progress, { fraction: 0.25, at: clock.now() });
    await clock.advance(10);
    await ctx.progress(0.5, "half");
    assert.deepEqual((await task.status()).progress, { fraction: 0.5, note: "half", at: clock.now() });
    for (const wrong of [-0.1, 1.1, NaN, Infinity, "1", undefined])
      assert.equal((await caught(ctx.progress(wrong as number))).code, "HERMOD_BAD_OPTION");
    assert.equal((await caught(ctx.progress(1, 7 as never))).code, "HERMOD_BAD_OPTION");
    finish("ebb");
    await clock.settle();
    const call = system.call(Worker, "run", "call");
    await clock.settle();
    await turns[1]?.ctx.progress(1);
    turns[1]?.finish("called");
    assert.equal(await call, "called");
    assert.equal((await task.status()).progress?.fraction, 0.5);
  });

  test(`${name}: a result is waited for 30 s by default, and the task goes on after that [68]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    let over = false;
    const late = caught(task.result()).finally(() => (over = true));
    const soon = caught(task.result({ timeout: "1s" }));
    await clock.advance(29_999);
    assert.equal(over, false);
    assert.equal((await soon).details["timeout"], 1000);
    await clock.advance(1);
    const error = await late;
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual(error.details, { task: task.id, agent: "worker", timeout: 30_000 });
    assert.equal((await task.status()).state, "running");
    assert.equal(only(turns).ctx.signal.aborted, false);
    turns[0]?.finish("ebb");
    assert.equal(await task.result(), "ebb");
  });

  test(`${name}: a wait for a result ends with its signal, and while parts come in it ends in time`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const stop = new AbortController();
    const waiting = task.result({ signal: stop.signal });
    await clock.settle();
    stop.abort(new Error("enough"));
    await assert.rejects(waiting, { message: "enough" });
    await assert.rejects(task.result({ signal: stop.signal }), { message: "enough" });
    const { ctx } = only(turns);
    const timed = caught(task.result({ timeout: 10 }));
    clock.after(10, () => void ctx.progress(0.1));
    await clock.advance(10);
    assert.ok((await timed) instanceof TimeoutError);
  });

  for (const wrong of [-1, NaN, Infinity, "soon", null])
    test(`${name}: ${String(wrong)} is no timeout of a result, and no idle time or timeout of a task`, async () => {
      await using stage = await on({ agents: [held([])] });
      const { system } = stage;
      const task = await system.task(Worker, "run", "tide");
      const timeout = wrong as number;
      if (wrong !== null) assert.equal((await caught(task.result({ timeout }))).code, "HERMOD_BAD_OPTION");
      for (const options of [{ timeout }, { idle: timeout }, { delay: timeout }])
        assert.equal(
          (await caught(system.task(Worker, "run", "tide", options))).code,
          "HERMOD_BAD_OPTION",
          Object.keys(options).join(""),
        );
      assert.equal((await saidIn(system)).length, 1);
    });

  test(`${name}: wrong options of a task and of its handle are refused by name [(24)]`, async () => {
    await using stage = await on({ agents: [held([])] });
    const { system } = stage;
    const start = (options: object) => caught(system.task(Worker, "run", "tide", options));
    for (const [options, option] of [
      [{ idel: "1s" }, "idel"],
      [{ idle: 0 }, "idle"],
      [{ delivery: "at-most-once" }, "delivery"],
      [{ detached: "yes" }, "detached"],
      [{ hold: 1 }, "hold"],
      [{ key: "" }, "key"],
    ] as const) {
      const error = await start(options);
      assert.deepEqual([error.code, error.details["option"]], ["HERMOD_BAD_OPTION", option]);
    }
    assert.match((await start({ signal: AbortSignal.abort() })).message, /"signal"/u);
    for (const onDone of ["chief", {}, null, 7])
      assert.equal((await start({ onDone })).code, "HERMOD_BAD_OPTION", JSON.stringify(onDone));
    assert.equal((await start({ onDone: [] })).code, "HERMOD_BAD_ADDRESS");
    assert.equal((await start({ onDone: [Chief, "plan"] })).code, "HERMOD_NO_OPERATION");
    assert.equal((await start({ onDone: [Chief, "stepDome"] })).code, "HERMOD_NO_OPERATION");
    assert.equal((await start({ onDone: ["chief", ""] })).code, "HERMOD_BAD_OPTION");
    assert.equal((await start({ onDone: ["chief"] })).code, "HERMOD_NO_OPERATION");
    assert.equal(
      (await caught(system.task(Worker, "rum" as never, "tide" as never))).code,
      "HERMOD_NO_OPERATION",
    );
    assert.equal((await caught(system.task(Worker, "run", 7 as never))).code, "HERMOD_BAD_PAYLOAD");
    assert.ok((await caught(system.task("worke", "run", "tide"))) instanceof NoAgentError);
    assert.throws(() => system.taskById(Worker, ""), { code: "HERMOD_BAD_OPTION" });
    assert.throws(() => system.taskById("", "id"), { code: "HERMOD_BAD_ADDRESS" });
    assert.equal((await saidIn(system)).length, 0);
    const task = await system.task(Worker, "run", "tide");
    assert.throws(() => task.parts({ after: -1 }), { code: "HERMOD_BAD_OPTION" });
    assert.throws(() => task.parts({ from: 1 } as object), { code: "HERMOD_BAD_OPTION" });
    assert.throws(() => task.parts({ signal: 1 as never }), { code: "HERMOD_BAD_OPTION" });
    assert.equal((await caught(task.result({ signal: 1 as never }))).code, "HERMOD_BAD_OPTION");
    assert.equal((await caught(task.cancel(7 as never))).code, "HERMOD_BAD_OPTION");
  });

  test(`${name}: its end comes as a message to whom the start named, in the contract's type [76] [(33)]`, async () => {
    const turns: Turn[] = [];
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [held(turns), chief(told)] });
    const { system, clock } = stage;
    const onDone = [Chief, "stepDone"] as const;
    const task = await system.task(Worker, "run", "tide", { key: "step-1", onDone });
    const failed = await system.task(Worker, "run", "fails", { onDone, retry: short });
    const cancelled = await system.task(Worker, "run", "cancelled", { onDone });
    await clock.settle();
    turns[0]?.finish("ebb");
    await clock.settle();
    const common = { agent: "worker", operation: "run" };
    assert.deepEqual(told, [{ task: task.id, ...common, key: "step-1", state: "done", result: "ebb" }]);
    turns[1]?.fail(new Error("no ink"));
    await clock.settle();
    assert.equal(told.length, 1);
    await cancelled.cancel();
    await clock.settle();
    assert.deepEqual(
      [told[1]?.task, told[1]?.state, told[1]?.error?.code],
      [cancelled.id, "cancelled", "HERMOD_CANCELLED"],
    );
    await clock.advance("1s");
    turns.at(-1)?.fail(new Error("no ink"));
    await clock.settle();
    assert.deepEqual(
      [told[2]?.task, told[2]?.state, told[2]?.error?.code],
      [failed.id, "failed", "HERMOD_FAILED"],
    );
    const ends = await saidIn(system, "to:chief");
    assert.deepEqual(
      ends.map(({ envelope }) => [envelope.inReplyTo, envelope.correlationId, envelope.conversationId]),
      [task, cancelled, failed].map(({ id }) => [id, id, id]),
    );
  });

  test(`${name}: an agent by message type is told by a result or an error`, async () => {
    const told: unknown[] = [];
    const hear = (payload: unknown, ctx: Context): void =>
      void told.push([ctx.envelope.type, ctx.envelope.operation, (payload as TaskDone).state]);
    await using stage = await on({
      agents: [
        agent("clerk", { on: { result: hear, error: hear } }),
        agent("works", {
          on: { task: (text) => (text === "bad" ? Promise.reject(terminal("no")) : "ok") },
        }),
      ],
    });
    const { system, clock } = stage;
    await system.task("works", "", "good", { onDone: ["clerk", "over"] });
    await system.task("works", "", "bad", { onDone: ["clerk", "over"] });
    await clock.settle();
    assert.deepEqual(told, [
      ["result", "over", "done"],
      ["error", "over", "failed"],
    ]);
  });

  test(`${name}: nobody to tell does not hurt the task: its end is kept as a dead letter [(39)]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock, spy } = stage;
    const task = await system.task(Worker, "run", "tide", { onDone: ["nobody", "over"] });
    const failed = await system.task(Worker, "run", "fails", {
      onDone: ["nobody", "over"],
      retry: { retries: 0 },
    });
    await clock.settle();
    turns[0]?.finish("ebb");
    assert.equal(await task.result(), "ebb");
    await clock.settle();
    turns[1]?.fail(new Error("no ink"));
    await clock.settle();
    assert.equal((await failed.status()).state, "failed");
    assert.equal(turns.length, 2);
    const letters = await lettersOf(system, "to:nobody");
    assert.deepEqual(
      letters.map(({ reason }) => reason),
      ["no-recipient", "no-recipient"],
    );
    assert.equal(spy.of("reply.missed").length, 2);
  });

  test(`${name}: a start with the key of an earlier one gives the same task, and with other content is refused`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const first = await system.task(Worker, "run", "tide", { key: "k" });
    const second = await system.task(Worker, "run", "tide", { key: "k" });
    assert.equal(second.id, first.id);
    await clock.settle();
    only(turns).finish("ebb");
    assert.equal(await second.result(), "ebb");
    const third = await system.task(Worker, "run", "tide", { key: "k" });
    assert.equal(await third.result(), "ebb");
    const error = await caught(system.task(Worker, "run", "flood", { key: "k" }));
    assert.deepEqual([error.code, error.details["id"]], ["HERMOD_CONFLICT", first.id]);
    assert.notEqual((await system.task(Worker, "run", "flood", { key: "other" })).id, first.id);
    await clock.settle();
    assert.equal(turns.length, 2);
  });

  test(`${name}: a thousand starts by one key at once are one task`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const tasks = await Promise.all(
      Array.from({ length: 1000 }, () => system.task(Worker, "run", "tide", { key: "k" })),
    );
    await clock.settle();
    only(turns).finish("ebb");
    assert.deepEqual(new Set(await Promise.all(tasks.map((task) => task.result()))), new Set(["ebb"]));
    assert.equal(new Set(tasks.map(({ id }) => id)).size, 1);
  });

  test(`${name}: what is asked of one handle at the same time counts each entry once`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const { ctx, finish } = only(turns);
    await ctx.progress(0.1);
    const result = task.result();
    const all = await Promise.all([task.status(), task.status(), task.status()]);
    await ctx.progress(0.2);
    const more = await Promise.all([task.status(), task.status()]);
    assert.deepEqual(
      [...all, ...more].map(({ progress }) => progress?.fraction),
      [0.1, 0.1, 0.1, 0.2, 0.2],
    );
    finish("ebb");
    assert.equal(await result, "ebb");
  });

  test(`${name}: an answer before the handler's end is the result, whatever the handler says or does after it`, async () => {
    const gate = new Gate();
    const told: TaskDone[] = [];
    let attempts = 0;
    const works = agent(Worker, {
      retry: short,
      on: {
        run: async (_, ctx) => {
          attempts++;
          await ctx.progress(0.5);
          await ctx.reply(`early ${attempts}`);
          await ctx.progress(1);
          await gate.passed;
          if (attempts === 1) throw new Error("after the answer");
          return "late";
        },
      },
    });
    await using stage = await on({ agents: [works, chief(told)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { onDone: [Chief, "stepDone"] });
    await clock.settle();
    assert.equal(await task.result(), "early 1");
    const status = await task.status();
    assert.deepEqual([status.state, status.result, status.progress?.fraction], ["done", "early 1", 0.5]);
    gate.open();
    await clock.advance("1m");
    assert.equal(attempts, 2);
    assert.equal(await task.result(), "early 1");
    assert.deepEqual((await task.status()).state, "done");
    assert.deepEqual(
      told.map(({ state, result }) => [state, result]),
      [["done", "early 1"]],
    );
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a reply or a result that does not fit the contract fails the task`, async () => {
    const works = agent(Worker, { on: { run: () => 7 as never } });
    await using stage = await on({ agents: [works] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { retry: { retries: 0 } });
    await clock.settle();
    const error = await caught(task.result());
    assert.deepEqual(
      [error.code, (error.cause as { code?: string }).code],
      ["HERMOD_FAILED", "HERMOD_BAD_REPLY"],
    );
  });

  test(`${name}: results and parts are what the contract's schemas make of them, as the replies to calls are`, async () => {
    const Counter = contract("counter", {
      calls: {
        count: { in: z.string(), out: z.string().transform(Number), chunk: z.string().transform(Number) },
      },
    });
    const counter = agent(Counter, {
      on: {
        count: async function* (text) {
          yield "1";
          return text;
        },
      },
    });
    await using stage = await on({ agents: [counter] });
    const { system } = stage;
    assert.equal(await system.call(Counter, "count", "2"), 2);
    const task = await system.task(Counter, "count", "2");
    for (const handle of [task, system.taskById(Counter, task.id)]) {
      assert.equal(await handle.result(), 2);
      assert.equal((await handle.parts().next()).value?.value, 1);
    }
  });

  for (const empty of [undefined, null, "", 0, false, {}, []])
    test(`${name}: ${JSON.stringify(empty) ?? "nothing"} is a result like any other`, async () => {
      await using stage = await on({ agents: [agent("echo", { on: { task: () => empty } })] });
      const task = await stage.system.task("echo", "", {});
      assert.deepEqual(await task.result(), empty);
      assert.equal((await task.status()).state, "done");
    });

  test(`${name}: a task whose deadline passes before it begins is expired, and whoever waits hears of it`, async () => {
    const turns: Turn[] = [];
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [held(turns), chief(told)] });
    const { system, clock } = stage;
    await system.task(Worker, "run", "first");
    const task = await system.task(Worker, "run", "tide", { timeout: "5s", onDone: [Chief, "stepDone"] });
    const result = caught(task.result({ timeout: "1h" }));
    await clock.advance("6s");
    turns[0]?.finish("1");
    await clock.settle();
    assert.ok((await result) instanceof ExpiredError);
    assert.deepEqual([(await task.status()).state, turns.length], ["failed", 1]);
    assert.deepEqual(
      told.map(({ state, error }) => [state, error?.code]),
      [["failed", "HERMOD_EXPIRED"]],
    );
    assert.equal(only(await lettersOf(system)).reason, "expired");
  });

  test(`${name}: a task that is stopped with its agent has failed`, async () => {
    const turns: Turn[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(held(turns));
    await system.task(Worker, "run", "first");
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const result = caught(task.result());
    turns[0]?.finish("1");
    const stopping = running.stop();
    await clock.settle();
    await stopping;
    assert.equal((await result).code, "HERMOD_NO_AGENT");
    assert.equal(turns.length, 1);
    assert.equal((await task.status()).state, "failed");
  });

  test(`${name}: a dead task that is given back runs again, and what ended it before ends it no more`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { retry: { retries: 0 } });
    await clock.settle();
    turns[0]?.fail(new Error("no ink"));
    await clock.settle();
    assert.equal((await task.status()).state, "failed");
    assert.deepEqual(await system.deadLetters.redrive({ dryRun: true }), {
      matched: 1,
      redriven: 1,
      skipped: {},
    });
    assert.equal((await task.status()).state, "failed");
    await system.deadLetters.redrive();
    await clock.settle();
    assert.equal((await task.status()).state, "running");
    const result = task.result();
    const read = task.parts();
    turns[1]?.finish("ebb");
    assert.equal(await result, "ebb");
    assert.equal((await read.next()).done, true);
    assert.deepEqual([(await task.status()).state, (await task.status()).error], ["done", undefined]);
  });

  test(`${name}: a task that exactly once hands out another commits it with its own end, under an id that a rerun gives again`, async () => {
    const turns: Turn[] = [];
    const ids: string[] = [];
    const manager = agent("manager", {
      retry: short,
      on: {
        task: async (_, ctx) => {
          const task = await ctx.task(Worker, "run", "step");
          ids.push(task.id);
          assert.equal((await task.status()).state, "unknown");
          if (ids.length === 1) throw new Error("once");
          return task.id;
        },
      },
    });
    await using stage = await on({ agents: [manager, held(turns)] });
    const { system, clock } = stage;
    const task = await system.task("manager", "", {}, { delivery: "exactly-once" });
    await clock.settle();
    assert.equal(turns.length, 0);
    await clock.advance("1s");
    assert.deepEqual(ids, [ids[0], ids[0]]);
    const inner = system.taskById(Worker, (await task.result()) as string);
    only(turns).finish("ebb");
    assert.equal(await inner.result(), "ebb");
    assert.equal(only(turns).ctx.envelope.causeId, task.id);
  });

  test(`${name}: a key names its task as long as that is remembered, and other content under it is refused`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const first = await system.task(Worker, "run", "tide", { key: "k" });
    await clock.settle();
    only(turns).finish("ebb");
    await clock.advance("2d");
    const again = await system.task(Worker, "run", "tide", { key: "k" });
    assert.equal(again.id, first.id);
    assert.equal(await again.result(), "ebb");
    assert.equal((await caught(system.task(Worker, "run", "moon", { key: "k" }))).code, "HERMOD_CONFLICT");
    assert.notEqual((await system.task(Worker, "run", "tide", { key: "other" })).id, first.id);
  });

  test(`${name}: a key that was used before gives its task, also to an exactly-once handler that hands it out again`, async () => {
    const turns: Turn[] = [];
    const handles: Task<string>[] = [];
    const manager = agent("manager", {
      on: {
        notification: async (_, ctx) =>
          void handles.push(await ctx.task(Worker, "run", "tide", { key: "k" })),
      },
    });
    await using stage = await on({ agents: [held(turns), manager] });
    const { system, clock } = stage;
    const first = await system.task(Worker, "run", "tide", { key: "k" });
    await clock.settle();
    only(turns).finish("ebb");
    await system.cast("manager", "", {}, { delivery: "exactly-once" });
    await clock.settle();
    assert.equal(only(handles).id, first.id);
    assert.equal(await only(handles).result(), "ebb");
    assert.equal(turns.length, 1);
  });

  test(`${name}: an exactly-once handler that waits for what it hands out itself is told that this cannot be`, async () => {
    const errors: HermodError[] = [];
    const turns: Turn[] = [];
    const manager = agent("manager", {
      on: {
        task: async (_, ctx) => {
          const task = await ctx.task(Worker, "run", "tide");
          errors.push(await caught(task.result()));
          return "done";
        },
      },
    });
    await using stage = await on({ agents: [manager, held(turns)] });
    const { system, clock } = stage;
    const began = clock.monotonic();
    const task = await system.task("manager", "", {}, { delivery: "exactly-once" });
    assert.equal(await task.result(), "done");
    const error = only(errors);
    assert.equal(error.code, "HERMOD_UNSUPPORTED");
    assert.match(error.message, /exactly-once handler/u);
    assert.equal(clock.monotonic(), began);
    await clock.settle();
    assert.equal(turns.length, 1);
  });

  test(`${name}: the end of an exactly-once task, its outputs and who is told come in one step`, async () => {
    const told: TaskDone[] = [];
    const heard: Envelope[] = [];
    let attempts = 0;
    const works = agent(Worker, {
      retry: short,
      on: {
        run: async (_, ctx) => {
          await ctx.cast("log", "", "written");
          await ctx.reply("early");
          if (++attempts === 1) throw new Error("once");
          return "late";
        },
      },
    });
    const log = agent("log", { on: { notification: (_, ctx) => void heard.push(ctx.envelope) } });
    await using stage = await on({ agents: [works, log, chief(told)] });
    const { system, clock } = stage;
    const options = { delivery: "exactly-once", onDone: [Chief, "stepDone"] } as const;
    const task = await system.task(Worker, "run", "tide", options);
    await clock.settle();
    assert.deepEqual([(await task.status()).state, told.length, heard.length], ["waiting", 0, 0]);
    await clock.advance("1s");
    assert.equal(await task.result(), "early");
    assert.deepEqual([told.map(({ result }) => result), heard.length], [["early"], 1]);
  });

  test(`${name}: a task is described with context and priority, in a conversation of its own [7]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [agent("researcher", { on: { task: hold } })] });
    const { system, clock } = stage;
    function hold(_: unknown, ctx: Context): Promise<unknown> {
      return turn(turns, "", ctx);
    }
    const description = "find out what turns the tide";
    const payload = { description, context: { notes: ["moon"], deep: true } };
    const low = await system.task("researcher", "study", payload, { priority: "low" });
    await clock.settle();
    const other = await system.task("researcher", "study", { description: "other" });
    const urgent = await system.task(
      "researcher",
      "study",
      { description: "urgent" },
      { priority: "urgent" },
    );
    for (let at = 0; at < 3; at++) {
      await clock.settle();
      turns[at]?.finish("done");
    }
    await clock.settle();
    assert.deepEqual(
      turns.map(({ ctx }) => ctx.envelope.id),
      [low.id, urgent.id, other.id],
    );
    const { envelope, conversation } = (turns[0] as Turn).ctx;
    assert.deepEqual([envelope.payload, envelope.priority, envelope.operation], [payload, 1, "study"]);
    assert.equal(conversation, low.id);
    assert.equal(new Set(turns.map(({ ctx }) => ctx.conversation)).size, 3);
  });

  test(`${name}: a task that is handed out for later runs then, and its time to live begins then`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const began = clock.now();
    const task = await system.task(Worker, "run", "tide", { delay: "1h", timeout: "5s" });
    await clock.advance("59m");
    assert.deepEqual([(await task.status()).state, turns.length], ["waiting", 0]);
    await clock.advance("1m");
    assert.equal(only(turns).ctx.deadline, began + 3_605_000);
    only(turns).finish("ebb");
    assert.equal(await task.result(), "ebb");
  });

  test(`${name}: a task for somebody who is not there yet is held where that is asked for`, async () => {
    const turns: Turn[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { hold: true });
    assert.equal((await task.status()).state, "waiting");
    await system.spawn(held(turns));
    await clock.settle();
    only(turns).finish("ebb");
    assert.equal(await task.result(), "ebb");
  });

  test(`${name}: who pulls a task replies to end it; an ack ends it without the result that its contract promises`, async () => {
    await using stage = await on({ pull: [Worker] });
    const { system } = stage;
    const mailbox = system.mailbox(Worker);
    const told: Task[] = [];
    for (const input of ["reply", "ack", "nack", "reject"])
      told.push(await system.task(Worker, "run", input, { retry: short }));
    const [replied, acked, nacked, rejected] = told as [Task, Task, Task, Task];
    const first = await mailbox.receive();
    assert.deepEqual([first?.envelope.id, (await replied.status()).state], [replied.id, "running"]);
    await first?.reply("ebb");
    assert.equal(await replied.result(), "ebb");
    await (await mailbox.receive())?.ack();
    assert.deepEqual(
      [(await acked.status()).state, (await caught(acked.result())).code],
      ["done", "HERMOD_BAD_REPLY"],
    );
    await (await mailbox.receive())?.nack();
    assert.deepEqual([(await nacked.status()).state, (await nacked.status()).attempt], ["waiting", 1]);
    await (await mailbox.receive())?.reject("no");
    assert.match((await caught(rejected.result())).message, /rejected run: no/u);
    await stage.clock.advance("1s");
    await (await mailbox.receive())?.nack({ error: new Error("no ink") });
    assert.match((await caught(nacked.result())).message, /no ink/u);
    assert.equal((await nacked.status()).attempt, 2);
  });

  test(`${name}: a system that drains lets its tasks end, and whoever waits has their results`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const waits = await system.task(Worker, "run", "waits");
    await clock.settle();
    const results = [task.result(), caught(waits.result())] as const;
    const draining = system.drain();
    await clock.settle();
    turns[0]?.finish("ebb");
    await clock.settle();
    await draining;
    assert.equal(await results[0], "ebb");
    assert.equal((await results[1]).code, "HERMOD_CLOSED");
    assert.equal((await waits.status()).state, "waiting");
  });

  test(`${name}: tasks are of their contract's types`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const same: Task<string, string> = system.taskById(Worker, task.id);
    await clock.settle();
    only(turns).finish("ebb");
    const text: string = await same.result();
    assert.equal(text.length, 3);
    // @ts-expect-error: a result is text.
    const wrong: Promise<number> = task.result();
    assert.equal(await wrong, "ebb");
    // @ts-expect-error: the contract has no such call.
    assert.equal((await caught(system.task(Worker, "walk", "tide"))).code, "HERMOD_NO_OPERATION");
    // @ts-expect-error: it takes text.
    assert.equal((await caught(system.task(Worker, "run", 7))).code, "HERMOD_BAD_PAYLOAD");
  });

  test(`${name}: whoever waits for a task finds that its system has ended`, async () => {
    const stage = await on({ agents: [held([], { heed: false })] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const result = caught(task.result());
    const part = caught(task.parts().next());
    await clock.settle();
    await stage[Symbol.asyncDispose]();
    assert.deepEqual([(await result).code, (await part).code], ["HERMOD_CLOSED", "HERMOD_CLOSED"]);
    assert.equal((await caught(task.result())).code, "HERMOD_CLOSED");
    assert.equal((await caught(task.cancel())).code, "HERMOD_CLOSED");
    assert.equal((await caught(system.task(Worker, "run", "late"))).code, "HERMOD_CLOSED");
  });
}
