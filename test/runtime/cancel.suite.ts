/** Cancel: what nobody wants any longer ends, where it waits and where it runs, through all that it has called and handed out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  ExpiredError,
  TimeoutError,
  agent,
  exit,
  pool,
  type Context,
  type Envelope,
  type HermodError,
  type Task,
  type TaskDone,
} from "hermod";
import { derivedId } from "../../packages/hermod/src/core/id.ts";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";
import { Chief, Worker, chief, held, turn, type Turn } from "./tasks.kit.ts";

/** Each calls or hands work to the next; the last one waits. */
function chainOf(by: "call" | "task", seen: Context[]) {
  const pass = (to: string) => async (_: unknown, ctx: Context) => {
    seen.push(ctx);
    if (by === "call") return ctx.call(to, "", {});
    const task = await ctx.task(to, "", {});
    return task.result({ signal: ctx.signal });
  };
  const wait = (_: unknown, ctx: Context) => (seen.push(ctx), aborted(ctx));
  const both = (handler: (_: unknown, ctx: Context) => unknown) => ({ request: handler, task: handler });
  return [
    agent("a", { on: both(pass("b")) }),
    agent("b", { on: both(pass("c")) }),
    agent("c", { on: both(wait) }),
  ];
}

function aborted({ signal }: Context): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

export function cancelSuite(name: string, on: On): void {
  test(`${name}: a task that waits is taken out at once, and never runs`, async () => {
    const turns: Turn[] = [];
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [held(turns), chief(told)] });
    const { system, clock } = stage;
    await system.task(Worker, "run", "first");
    const task = await system.task(Worker, "run", "tide", { onDone: [Chief, "stepDone"] });
    await clock.settle();
    const result = caught(task.result());
    assert.equal(await task.cancel("too late"), "cancelled-before-start");
    const error = await result;
    assert.ok(error instanceof CancelledError);
    assert.deepEqual(error.details, { task: task.id, id: task.id, reason: "too late" });
    const { state, attempt } = await task.status();
    assert.deepEqual([state, attempt], ["cancelled", 0]);
    assert.equal(await task.cancel(), "already-finished");
    turns[0]?.finish("1");
    await clock.advance("1m");
    assert.deepEqual([turns.length, told.map(({ state }) => state)], [1, ["cancelled"]]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a task that runs is told to stop, and is over when it does; twice says the same [C15]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns, { heed: false })] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const { ctx, fail } = only(turns);
    assert.equal(await task.cancel("enough"), "signalled");
    assert.equal(await task.cancel("enough"), "signalled");
    await clock.settle();
    assert.equal(ctx.signal.aborted, true);
    const reason = ctx.signal.reason as HermodError;
    assert.deepEqual(
      [reason.code, reason.message],
      ["HERMOD_CANCELLED", `task ${task.id} was cancelled: enough`],
    );
    assert.equal((await task.status()).state, "running");
    fail(new Error("cleaned up"));
    await clock.settle();
    assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
    assert.equal(await task.cancel(), "already-finished");
    await clock.advance("1h");
    assert.equal(turns.length, 1);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a cancelled handler that ends normally is done, with its result`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns, { heed: false })] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    await task.cancel();
    await clock.settle();
    only(turns).finish("what there was");
    assert.equal(await task.result(), "what there was");
    assert.equal((await task.status()).state, "done");
  });

  test(`${name}: a task is cancelled before its time and between two attempts, and is told of once`, async () => {
    const turns: Turn[] = [];
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [held(turns), chief(told)] });
    const { system, clock } = stage;
    const onDone = [Chief, "stepDone"] as const;
    const delayed = await system.task(Worker, "run", "later", { delay: "1h", onDone });
    const retried = await system.task(Worker, "run", "again", { onDone });
    await clock.settle();
    turns[0]?.fail(new Error("no ink"));
    await clock.settle();
    for (const [task, attempt] of [
      [delayed, 0],
      [retried, 1],
    ] as const) {
      assert.equal(await task.cancel(), "cancelled-before-start");
      const status = await task.status();
      assert.deepEqual([status.state, status.attempt], ["cancelled", attempt]);
      assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
      assert.equal(await task.cancel(), "already-finished");
    }
    await clock.advance("2h");
    assert.equal(turns.length, 1);
    assert.deepEqual(
      told.map(({ task, state }) => [task, state]),
      [
        [delayed.id, "cancelled"],
        [retried.id, "cancelled"],
      ],
    );
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: what is told of a cancelled task is one message, whether it waited or ran`, async () => {
    const turns: Turn[] = [];
    const told: Envelope[] = [];
    const hear = agent(Chief, {
      on: { plan: (text) => text, stepDone: (_, { envelope }) => void told.push(envelope) },
    });
    await using stage = await on({ agents: [held(turns), hear] });
    const { system, clock } = stage;
    const onDone = [Chief, "stepDone"] as const;
    const delayed = await system.task(Worker, "run", "later", { delay: "1h", onDone });
    const running = await system.task(Worker, "run", "now", { onDone });
    await clock.settle();
    const { sentAt } = only(turns).ctx.envelope;
    for (const task of [delayed, running]) await task.cancel();
    await clock.settle();
    // Who thinks that a task waits tells of it, though another process may just have begun it: the words of both are the same message.
    const word = ({ id }: Task): string => derivedId(sentAt, id, "chief", "cancelled");
    assert.deepEqual(sorted(told.map(({ id }) => id)), sorted([delayed, running].map(word)));
  });

  test(`${name}: a task that was cancelled before its time is told of once, also when its agent stops before`, async () => {
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [chief(told)] });
    const { system, clock } = stage;
    const worker = await system.spawn(held([]));
    const task = await system.task(Worker, "run", "later", { delay: "1h", onDone: [Chief, "stepDone"] });
    await task.cancel();
    await worker.stop();
    await clock.advance("2h");
    assert.deepEqual(
      told.map(({ state }) => state),
      ["cancelled"],
    );
    assert.equal((await task.status()).state, "cancelled");
  });

  test(`${name}: what is done, unknown or another agent's is not cancelled`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    await turns[0]?.ctx.progress(0.5);
    const stranger = system.taskById("other", task.id);
    assert.equal(await stranger.cancel(), "unknown");
    assert.equal(await system.taskById(Worker.at("key"), task.id).cancel(), "unknown");
    assert.equal(await system.taskById(Worker, "no-such-task").cancel(), "unknown");
    await clock.settle();
    assert.equal(only(turns).ctx.signal.aborted, false);
    only(turns).fail(new Error("no ink"));
    await clock.advance("1s");
    turns[1]?.finish("ebb");
    assert.equal(await task.result(), "ebb");
    assert.equal(await stranger.cancel(), "unknown");
    assert.equal(await task.cancel(), "already-finished");
  });

  test(`${name}: the id of a message that is no task is an unknown task`, async () => {
    let count = 0;
    await using stage = await on({ agents: [agent("plain", { on: { notification: () => void count++ } })] });
    const { system, clock } = stage;
    const { id } = await system.cast("plain", "note", {}, { delay: "1s" });
    const task = system.taskById("plain", id);
    assert.equal(await task.cancel(), "unknown");
    assert.equal((await task.status()).state, "unknown");
    assert.equal((await caught(task.result())).code, "HERMOD_NO_TASK");
    await clock.advance("1s");
    assert.equal(count, 1);
  });

  for (const by of ["call", "task"] as const)
    test(`${name}: a cancel reaches three agents deep by ${by} at once: nothing waits for a timer [C15] [C16]`, async () => {
      const seen: Context[] = [];
      await using stage = await on({ agents: chainOf(by, seen) });
      const { system, clock } = stage;
      const task = await system.task("a", "", {});
      await clock.settle();
      assert.equal(seen.length, 3);
      const signals = seen.map(({ signal }) => signal);
      const began = clock.monotonic();
      assert.equal(await task.cancel("enough"), "signalled");
      await clock.settle();
      assert.deepEqual(
        signals.map(({ aborted }) => aborted),
        [true, true, true],
      );
      assert.equal(clock.monotonic(), began);
      await clock.settle();
      assert.equal((await task.status()).state, "cancelled");
      await clock.advance("1m");
      assert.equal(seen.length, 3);
    });

  test(`${name}: a caller's signal stops its callee, and all that it has called [(40)]`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: chainOf("call", seen) });
    const { system, clock } = stage;
    const stop = new AbortController();
    const call = caught(system.call("a", "", {}, { signal: stop.signal, timeout: "1h" }));
    await clock.settle();
    const signals = seen.map(({ signal }) => signal);
    const began = clock.monotonic();
    stop.abort(new Error("enough"));
    assert.ok((await call) instanceof CancelledError);
    await clock.settle();
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, true],
    );
    assert.ok(signals.every(({ reason }) => reason instanceof CancelledError));
    assert.match(String(signals[0]?.reason), /enough/u);
    assert.equal(clock.monotonic(), began);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a call that nobody waits for any more is taken out where it waits: it never runs [(40)]`, async () => {
    const gate = new Gate();
    let runs = 0;
    await using stage = await on({
      agents: [agent("busy", { on: { request: () => (runs++, gate.passed) } })],
    });
    const { system, clock } = stage;
    const first = system.call("busy", "", {}, { timeout: "1h" });
    const stop = new AbortController();
    for (const delivery of ["at-most-once", "at-least-once"] as const)
      void caught(system.call("busy", "", {}, { signal: stop.signal, timeout: "1h", delivery }));
    await clock.settle();
    stop.abort();
    await clock.settle();
    gate.open();
    await first;
    await clock.advance("1m");
    assert.equal(runs, 1);
    assert.deepEqual(await lettersOf(system), []);
    assert.equal((await system.mailbox("busy").stats()).waiting, 0);
  });

  test(`${name}: calls of a handler end when it does not want them, the handler's own end aside`, async () => {
    const seen: Context[] = [];
    const inner = agent("inner", { on: { request: (_, ctx) => (seen.push(ctx), aborted(ctx)) } });
    const outer = agent("outer", {
      on: {
        request: async (_, ctx) => {
          const stop = new AbortController();
          const call = caught(ctx.call("inner", "", {}, { signal: stop.signal }));
          await new Promise<void>((go) => void stage.clock.after(10, go));
          stop.abort();
          return (await call).code;
        },
      },
    });
    await using stage = await on({ agents: [inner, outer] });
    const call = stage.system.call("outer", "", {});
    await stage.clock.advance(10);
    assert.equal(await call, "HERMOD_CANCELLED");
    await stage.clock.settle();
    assert.equal(only(seen).signal.aborted, true);
  });

  test(`${name}: detached tasks outlive what started them, and others end with it`, async () => {
    const turns: Turn[] = [];
    const manager = agent("manager", {
      on: {
        task: async (_, ctx) => {
          await ctx.task(Worker, "run", "own");
          await ctx.task(Worker, "run", "detached", { detached: true });
          return aborted(ctx);
        },
      },
    });
    const worker = agent(Worker, { concurrency: 2, on: { run: (input, ctx) => turn(turns, input, ctx) } });
    await using stage = await on({ agents: [manager, worker] });
    const { system, clock } = stage;
    const task = await system.task("manager", "", {});
    await clock.settle();
    assert.equal(turns.length, 2);
    await task.cancel();
    await clock.settle();
    assert.deepEqual(
      turns.map(({ input, ctx }) => [input, ctx.signal.aborted]),
      [
        ["own", true],
        ["detached", false],
      ],
    );
  });

  test(`${name}: a task that a handler had just begun to hand out when it was cancelled ends with it`, async () => {
    const turns: Turn[] = [];
    const gate = new Gate();
    const manager = agent("manager", {
      on: {
        task: async (_, ctx) => {
          void ctx.signal;
          await gate.passed;
          await ctx.task(Worker, "run", "late");
          return "done";
        },
      },
    });
    await using stage = await on({ agents: [manager, held(turns)] });
    const { system, clock } = stage;
    const task = await system.task("manager", "", {});
    await clock.settle();
    await task.cancel();
    await clock.settle();
    gate.open();
    assert.equal(await task.result(), "done");
    await clock.settle();
    assert.ok(turns.every(({ ctx }) => ctx.signal.aborted));
    const [inner] = await saidIn(system, "to:worker verb:task");
    const handle = system.taskById(Worker, inner?.envelope.id as string);
    assert.equal((await handle.status()).state, "cancelled");
  });

  test(`${name}: a handler that fails and is tried again finds the tasks it has handed out`, async () => {
    const turns: Turn[] = [];
    let attempts = 0;
    const manager = agent("manager", {
      retry: { retries: 1, base: "1s", jitter: "none" },
      on: {
        task: async (_, ctx) => {
          const step = await ctx.task(Worker, "run", "step", { key: `${ctx.idempotencyKey}/step` });
          if (++attempts === 1) throw new Error("once");
          return step.result();
        },
      },
    });
    await using stage = await on({ agents: [manager, held(turns)] });
    const { system, clock } = stage;
    const task = await system.task("manager", "", {});
    await clock.advance("1s");
    only(turns).finish("ebb");
    assert.equal(await task.result(), "ebb");
  });

  test(`${name}: a handler that goes on 5 s after its cancel is reported as stuck, and not tried again`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns, { heed: false })] });
    const { system, clock, spy } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    void only(turns).ctx.signal;
    await task.cancel();
    await clock.advance("4s");
    assert.deepEqual(spy.of("handler.stuck"), []);
    await clock.advance("3s");
    assert.equal(only(spy.of("handler.stuck")).envelope.id, task.id);
    assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
    await clock.advance("1h");
    assert.equal(turns.length, 1);
    assert.equal((await caught(only(turns).ctx.progress(1))).code, "HERMOD_CANCELLED");
    const next = await system.task(Worker, "run", "next");
    await clock.settle();
    turns[1]?.finish("ebb");
    assert.equal(await next.result(), "ebb");
  });

  test(`${name}: a cancel is served while its agent is busy, whatever waits before it [C15]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    for (let at = 0; at < 50; at++) await system.task(Worker, "run", `${at}`, { priority: "urgent" });
    await clock.settle();
    const { ctx } = turns.find(({ ctx }) => ctx.envelope.id === task.id) ?? only(turns);
    const running = system.taskById(Worker, ctx.envelope.id);
    await running.cancel();
    await clock.settle();
    assert.equal(ctx.signal.aborted, true);
  });

  for (const kind of ["agent", "pool", "keyed agent"] as const)
    test(`${name}: of tasks that run side by side in one ${kind} only the cancelled one is told`, async () => {
      const turns: Turn[] = [];
      const handlers = { run: (input: string, ctx: Context) => turn(turns, input, ctx) };
      const isKeyed = kind === "keyed agent";
      const worker =
        kind === "pool"
          ? pool(agent(Worker, { on: handlers }), { size: 3 })
          : agent(Worker, { on: handlers, ...(isKeyed ? { keyed: true } : { concurrency: 3 }) });
      await using stage = await on({ agents: [worker] });
      const { system, clock } = stage;
      const tasks: Task[] = [];
      for (const input of ["a", "b", "c"])
        tasks.push(await system.task(isKeyed ? Worker.at(input) : Worker, "run", input));
      await clock.settle();
      assert.equal(await tasks[1]?.cancel(), "signalled");
      await clock.settle();
      assert.deepEqual(
        turns.map(({ input, ctx }) => [input, ctx.signal.aborted]),
        [
          ["a", false],
          ["b", true],
          ["c", false],
        ],
      );
      turns[0]?.finish("A");
      assert.equal(await tasks[0]?.result(), "A");
      const found = system.taskById(isKeyed ? Worker.at("a") : Worker, tasks[0]?.id as string);
      assert.equal((await found.status()).state, "done");
    });

  test(`${name}: a cancel right after the start ends the task, whether it had begun or not`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    for (let at = 0; at < 20; at++) {
      const task = await system.task(Worker, "run", `${at}`);
      for (let turns = 0; turns < at % 5; turns++) await Promise.resolve();
      const answer = await task.cancel();
      assert.ok(answer === "cancelled-before-start" || answer === "signalled", answer);
      await clock.settle();
      assert.equal((await task.status()).state, "cancelled");
      assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
    }
    await clock.advance("1h");
    assert.ok(turns.every(({ ctx }) => ctx.signal.aborted));
  });

  test(`${name}: what was taken from its mailbox and has not begun never runs once it is cancelled`, async () => {
    const turns: Turn[] = [];
    const run = (input: string, ctx: Context) => turn(turns, input, ctx, false);
    const worker = agent(Worker, { busy: "interrupt", on: { run } });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    await system.task(Worker, "run", "first");
    await clock.settle();
    const task = await system.task(Worker, "run", "second");
    const stop = new AbortController();
    const call = caught(system.call(Worker, "run", "third", { signal: stop.signal }));
    await clock.settle();
    assert.equal(await task.cancel(), "signalled");
    stop.abort();
    assert.equal((await call).code, "HERMOD_CANCELLED");
    await clock.settle();
    turns[0]?.finish("1");
    await clock.settle();
    assert.deepEqual(
      turns.map(({ input }) => input),
      ["first"],
    );
    assert.equal((await task.status()).state, "cancelled");
    assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
    const next = await system.task(Worker, "run", "fourth");
    await clock.settle();
    turns[1]?.finish("4");
    assert.equal(await next.result(), "4");
  });

  test(`${name}: a thousand cancelled at once end all, and leave nothing waiting`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const tasks = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => system.task(Worker, "run", `${at}`)),
    );
    await Promise.all(tasks.map((task) => task.cancel()));
    await clock.settle();
    const states = await Promise.all(tasks.map((task) => task.status()));
    assert.deepEqual(new Set(states.map(({ state }) => state)), new Set(["cancelled"]));
    const { waiting, running, delayed } = await system.mailbox(Worker).stats();
    assert.deepEqual([waiting, running, delayed], [0, 0, 0]);
  });

  test(`${name}: whoever holds a pulled task hears of its cancel, whether they ask for more or not`, async () => {
    await using stage = await on({ pull: [Worker] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const delivery = await system.mailbox(Worker).receive();
    assert.equal(delivery?.signal.aborted, false);
    assert.equal(await task.cancel("enough"), "signalled");
    await clock.settle();
    assert.equal(delivery?.signal.aborted, true);
    assert.match(String(delivery?.signal.reason), /enough/u);
    await delivery?.nack();
    await clock.advance("1h");
    assert.equal(await system.mailbox(Worker).tryReceive(), undefined);
    assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
  });

  test(`${name}: a pulled call whose caller gave up tells whoever holds it, though they wait for others only [(40)]`, async () => {
    await using stage = await on({ pull: [Worker] });
    const { system, clock } = stage;
    const mailbox = system.mailbox(Worker);
    const stop = new AbortController();
    const call = caught(system.call(Worker, "run", "tide", { signal: stop.signal }));
    const delivery = await mailbox.receive();
    void mailbox.receive({ where: "priority:urgent" });
    await clock.settle();
    stop.abort();
    await call;
    await clock.settle();
    assert.equal(delivery?.signal.aborted, true);
    await delivery?.ack();
  });

  test(`${name}: a pulled call that times out tells whoever holds it, and one that is settled watches its deadline no more [(40)]`, async () => {
    await using stage = await on({ pull: [Worker] });
    const { system, clock } = stage;
    const mailbox = system.mailbox(Worker);
    const late = caught(system.call(Worker, "run", "tide", { timeout: "5s" }));
    const delivery = await mailbox.receive();
    const signal = delivery?.signal;
    await clock.advance(4999);
    assert.equal(signal?.aborted, false);
    await clock.advance(1);
    assert.equal(signal?.aborted, true);
    assert.ok(signal?.reason instanceof ExpiredError);
    assert.ok((await late) instanceof TimeoutError);
    await delivery?.ack();
    const call = system.call(Worker, "run", "tide", { timeout: "5s" });
    const next = await mailbox.receive();
    const before = next?.signal;
    await next?.reply("ebb");
    assert.equal(await call, "ebb");
    await clock.advance("1m");
    assert.equal(before?.aborted, false);
  });

  test(`${name}: a pulled task that was cancelled between two attempts is not given again`, async () => {
    await using stage = await on({ pull: [Worker] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await (await system.mailbox(Worker).receive())?.nack({ delay: "1s" });
    assert.equal(await task.cancel(), "cancelled-before-start");
    await clock.advance("1m");
    assert.equal(await system.mailbox(Worker).tryReceive(), undefined);
    assert.equal((await system.mailbox(Worker).stats()).delayed, 0);
  });

  test(`${name}: a task that was steered into a running handler ends with it`, async () => {
    const gate = new Gate();
    const worker = agent("worker", {
      busy: "steer",
      on: {
        task: async (_, ctx) => {
          await gate.passed;
          ctx.steered();
          return "both";
        },
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const first = await system.task("worker", "", 1);
    await clock.settle();
    const second = await system.task("worker", "", 2);
    await clock.settle();
    gate.open();
    assert.deepEqual([await first.result(), await second.result()], ["both", "both"]);
    assert.equal((await second.status()).state, "done");
  });

  test(`${name}: a task that is interrupted by the next one is over`, async () => {
    const turns: Turn[] = [];
    const worker = agent(Worker, { busy: "interrupt", on: { run: (input, ctx) => turn(turns, input, ctx) } });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const first = await system.task(Worker, "run", "first");
    await clock.settle();
    await system.task(Worker, "run", "second");
    await clock.settle();
    assert.equal((await caught(first.result())).code, "HERMOD_INTERRUPTED");
    assert.equal((await first.status()).state, "failed");
    assert.equal(turns.length, 2);
  });

  test(`${name}: nested tasks inherit a deadline and shrink it; a detached one does not [C16]`, async () => {
    const seen: Context[] = [];
    const keep = (_: unknown, ctx: Context) => void seen.push(ctx);
    const manager = agent("manager", {
      on: {
        task: async (_, ctx) => {
          await ctx.task("last", "unsaid", {});
          await ctx.task("last", "shorter", {}, { timeout: "1s" });
          await ctx.task("last", "longer", {}, { timeout: "1h" });
          await ctx.task("last", "delayed", {}, { delay: "2s", timeout: "1h" });
          await ctx.task("last", "detached", {}, { detached: true });
          await ctx.task("last", "own", {}, { detached: true, timeout: "1h" });
        },
      },
    });
    await using stage = await on({ agents: [manager, agent("last", { on: { task: keep } })] });
    const { system, clock } = stage;
    const began = clock.now();
    await system.task("manager", "", {}, { timeout: "5s" });
    await clock.advance("3s");
    const deadlines = seen.map(({ envelope, deadline }) => [
      envelope.operation,
      deadline && deadline - began,
    ]);
    assert.deepEqual(deadlines, [
      ["unsaid", 5000],
      ["shorter", 1000],
      ["longer", 5000],
      ["detached", undefined],
      ["own", 3_600_000],
      ["delayed", 5000],
    ]);
  });

  test(`${name}: at a task's deadline its handler's signal fires, with all that it waits for [C16]`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: chainOf("task", seen) });
    const { system, clock } = stage;
    const task = await system.task("a", "", {}, { timeout: "5s" });
    await clock.settle();
    const signals = seen.map(({ signal }) => signal);
    await clock.advance(4999);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false],
    );
    await clock.advance(1);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, true],
    );
    assert.ok(signals[0]?.reason instanceof ExpiredError);
    assert.equal((await task.status()).state, "failed");
    assert.ok((await caught(task.result())).cause instanceof ExpiredError);
  });

  test(`${name}: a timeout of 0 means now, for tasks as for calls [C3]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { timeout: 0 });
    const result = caught(task.result());
    await clock.advance(1);
    const error = await result;
    const known = [error.code, (error.cause as HermodError | undefined)?.code];
    assert.ok(known.includes("HERMOD_EXPIRED"), known.join());
    assert.equal((await task.status()).state, "failed");
  });

  test(`${name}: an idle task is told so; progress and parts begin its time anew`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", {
      idle: "10s",
      timeout: "1h",
      retry: { retries: 0 },
    });
    await clock.advance("9s");
    const { ctx } = only(turns);
    await ctx.progress(0.1);
    await clock.advance("9s");
    await ctx.progress(0.2);
    assert.equal(ctx.deadline, clock.now() + 10_000);
    await clock.advance(9999);
    assert.equal(ctx.signal.aborted, false);
    await clock.advance(1);
    assert.equal(ctx.signal.aborted, true);
    const reason = ctx.signal.reason as HermodError;
    assert.ok(reason instanceof TimeoutError);
    assert.deepEqual(reason.details, { task: task.id, idle: 10_000 });
    assert.ok((await caught(task.result())).cause instanceof TimeoutError);
    const streaming = agent("streaming", {
      on: {
        task: async function* (_, { signal }) {
          for (let at = 0; at < 5; at++) {
            await new Promise<void>((go) => void clock.after(8000, go));
            signal.throwIfAborted();
            yield at;
          }
        },
      },
    });
    await system.spawn(streaming);
    const stream = await system.task("streaming", "", {}, { idle: "10s" });
    await clock.advance("40s");
    assert.deepEqual([(await stream.status()).state, (await stream.status()).parts], ["done", 5]);
  });

  test(`${name}: a task with idle time and a deadline that passes is told of the deadline`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    await system.task(Worker, "run", "tide", { idle: "10s", timeout: "10s" });
    await system.task(Worker, "run", "tide", { idle: "10s", timeout: "35s", retry: { retries: 0 } });
    await clock.advance("10s");
    assert.ok(turns[0]?.ctx.signal.reason instanceof ExpiredError);
    await turns[1]?.ctx.progress(0.1);
    await clock.advance("9s");
    await turns[1]?.ctx.progress(0.2);
    await clock.advance("9s");
    await turns[1]?.ctx.progress(0.3);
    await clock.advance("7s");
    assert.ok(turns[1]?.ctx.signal.reason instanceof ExpiredError);
  });

  test(`${name}: a deadline passes for a handler that never looked at its signal, too`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns, { heed: false })] });
    const { system, clock, spy } = stage;
    const task = await system.task(Worker, "run", "tide", { timeout: "2s" });
    await clock.advance("9s");
    assert.equal(only(spy.of("handler.stuck")).envelope.id, task.id);
    await clock.advance("1m");
    assert.equal((await task.status()).state, "failed");
  });

  test(`${name}: a handler that ends its agent ends its task`, async () => {
    const leave = (): never => {
      throw exit("bye");
    };
    await using stage = await on({ agents: [agent("works", { on: { task: leave } })] });
    const task = await stage.system.task("works", "", {});
    assert.equal(await task.result(), "bye");
  });
}
