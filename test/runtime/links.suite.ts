/** Links: how one agent hands work to another: synchronous, with a retry or a stand-in; asynchronous, by handle or message; or both. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  TimeoutError,
  agent,
  topic,
  type Context,
  type HermodError,
  type TaskDone,
} from "hermod";
import { Gate, caught, only, saidIn, type On } from "./stage.ts";
import { Chief, Worker, chief, held, type Turn } from "./tasks.kit.ts";

/** Answers the call of this number, and none before it. */
function answersAt(number: number, asked: Context[] = []) {
  return agent("slow", {
    concurrency: 10,
    on: {
      request: (_, ctx) => {
        asked.push(ctx);
        void ctx.signal;
        return asked.length >= number ? `answer ${asked.length}` : new Promise(() => undefined);
      },
    },
  });
}

export function linkSuite(name: string, on: On): void {
  test(`${name}: after a timeout a call is tried again as often as it says, each time as a new request [74] [(30)]`, async () => {
    const asked: Context[] = [];
    await using stage = await on({ agents: [answersAt(3, asked)] });
    const { system, clock } = stage;
    const call = system.call("slow", "", {}, { timeout: "2s", retries: 3 });
    await clock.advance("1999ms");
    assert.equal(asked.length, 1);
    await clock.advance(1);
    assert.equal(asked.length, 2);
    await clock.advance("2s");
    assert.equal(await call, "answer 3");
    const began = asked[0]?.envelope.sentAt as number;
    assert.deepEqual(
      asked.map(({ envelope }) => [envelope.sentAt - began, (envelope.deadline as number) - began]),
      [
        [0, 2000],
        [2000, 4000],
        [4000, 6000],
      ],
    );
    assert.equal(new Set(asked.map(({ envelope }) => envelope.id)).size, 3);
    assert.ok(asked.slice(0, 2).every(({ signal }) => signal.aborted));
  });

  test(`${name}: an answer, a timeout, nobody there, a refusal, a failure and a cancel are outcomes of their own [C3]`, async () => {
    const answers = agent("answers", {
      on: {
        request: async (how) => {
          if (how === "fail") throw new Error("no ink");
          if (how === "wait") await new Promise(() => undefined);
        },
      },
    });
    const busy = agent("busy", { busy: "reject", on: { request: () => new Promise(() => undefined) } });
    await using stage = await on({ agents: [answers, busy], pull: [Worker] });
    const { system, clock } = stage;
    assert.equal(await system.call("answers", "", "nothing"), undefined);
    const stop = new AbortController();
    const rejected = caught(system.call(Worker, "run", "tide"));
    await (await system.mailbox(Worker).receive())?.reject("not mine");
    const failed = await caught(system.call("answers", "", "fail"));
    void caught(system.call("busy", "", {}));
    await clock.settle();
    const late = caught(system.call("answers", "", "wait", { timeout: 0 }));
    const cancelled = caught(system.call("answers", "", "wait", { signal: stop.signal }));
    await clock.advance(1);
    stop.abort();
    const codes = [
      (await late).code,
      (await caught(system.call("nobody", "", {}))).code,
      (await caught(system.call("busy", "", {}))).code,
      (await rejected).code,
      failed.code,
      (await cancelled).code,
    ];
    assert.deepEqual(
      codes,
      ["TIMEOUT", "NO_AGENT", "OVERLOADED", "REJECTED", "FAILED", "CANCELLED"].map(
        (code) => `HERMOD_${code}`,
      ),
    );
  });

  test(`${name}: after the last retry the caller gets the error, or what it chose to stand for the answer [74] [(30)]`, async () => {
    const asked: Context[] = [];
    await using stage = await on({ agents: [answersAt(Infinity, asked)] });
    const { system, clock } = stage;
    const options = { timeout: "1s", retries: 2 } as const;
    const failed = caught(system.call("slow", "", {}, options));
    await clock.advance("3s");
    assert.ok((await failed) instanceof TimeoutError);
    assert.equal(asked.length, 3);
    for (const fallback of ["unknown", null, "", 0, false, { known: false }]) {
      const value = system.call("slow", "", {}, { timeout: "1s", fallback });
      await clock.advance("1s");
      assert.deepEqual(await value, fallback);
    }
    const made = system.call("slow", "", {}, { timeout: "1s", fallback: (error: HermodError) => error.code });
    const later = system.call("slow", "", {}, { timeout: "1s", fallback: async () => "later" });
    const own = system.call(
      "slow",
      "",
      {},
      {
        timeout: "1s",
        fallback: () => {
          throw new TypeError("mine");
        },
      },
    );
    own.catch(() => undefined);
    await clock.advance("1s");
    assert.deepEqual([await made, await later], ["HERMOD_TIMEOUT", "later"]);
    await assert.rejects(own, TypeError);
  });

  test(`${name}: a stand-in is taken after any failure to answer, and never for a mistake of the asker [74]`, async () => {
    const fails = agent("fails", { on: { request: () => Promise.reject(new Error("no ink")) } });
    await using stage = await on({ agents: [fails, held([])] });
    const { system } = stage;
    const fallback = "stand-in";
    assert.equal(await system.call("fails", "", {}, { fallback }), fallback);
    assert.equal(await system.call("nobody", "", {}, { fallback }), fallback);
    for (const [call, code] of [
      [system.call(Worker, "run", 7 as never, { fallback }), "HERMOD_BAD_PAYLOAD"],
      [system.call(Worker, "walk" as never, "" as never, { fallback }), "HERMOD_NO_OPERATION"],
      [system.call("fails", "", {}, { fallback, timeout: -1 }), "HERMOD_BAD_OPTION"],
      [system.call("fails", "", () => 1, { fallback }), "HERMOD_BAD_PAYLOAD"],
      [system.call("fails", "", {}, { fallback, signal: AbortSignal.abort() }), "HERMOD_CANCELLED"],
    ] as const)
      assert.equal((await caught(call)).code, code);
  });

  test(`${name}: what failed is not asked again, since the answer was an error [74]`, async () => {
    let asked = 0;
    const fails = agent("fails", { on: { request: () => (asked++, Promise.reject(new Error("no ink"))) } });
    await using stage = await on({ agents: [fails] });
    const { system } = stage;
    assert.equal((await caught(system.call("fails", "", {}, { retries: 5 }))).code, "HERMOD_FAILED");
    assert.equal(asked, 1);
  });

  test(`${name}: whoever is overloaded is asked again after a pause`, async () => {
    const gate = new Gate();
    let asked = 0;
    const busy = agent("busy", {
      busy: "reject",
      on: { request: async () => (asked++, await gate.passed, asked) },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    const first = system.call("busy", "", {});
    await clock.settle();
    const refused = await caught(system.call("busy", "", {}));
    assert.equal(refused.code, "HERMOD_OVERLOADED");
    const second = system.call("busy", "", {}, { retries: 50 });
    await clock.advance(50);
    assert.equal(asked, 1);
    gate.open();
    assert.equal(await first, 1);
    await clock.advance("10s");
    assert.equal(await second, 2);
  });

  test(`${name}: a signal ends the call while it pauses between two tries, at once`, async () => {
    const gate = new Gate();
    const busy = agent("busy", { busy: "reject", on: { request: () => gate.passed } });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    const first = system.call("busy", "", {});
    await clock.settle();
    const stop = new AbortController();
    const call = caught(system.call("busy", "", {}, { retries: 100, signal: stop.signal, fallback: "none" }));
    await clock.advance(20);
    const before = (await saidIn(system)).length;
    stop.abort(new Error("enough"));
    assert.ok((await call) instanceof CancelledError);
    await clock.advance("10s");
    assert.equal((await saidIn(system)).length, before);
    gate.open();
    await first;
  });

  test(`${name}: a cancelled handler tries no more, whether it pauses or waits`, async () => {
    const gate = new Gate();
    const busy = agent("busy", { busy: "reject", on: { request: () => gate.passed } });
    let error: HermodError | undefined;
    const patient = agent("patient", {
      on: {
        task: async (_, ctx) => {
          error = await caught(ctx.call("busy", "", {}, { retries: 100, timeout: "1h" }));
          throw error;
        },
      },
    });
    await using stage = await on({ agents: [busy, patient] });
    const { system, clock } = stage;
    const first = system.call("busy", "", {});
    await clock.settle();
    const task = await system.task("patient", "", {});
    await clock.settle();
    await task.cancel();
    await clock.settle();
    assert.equal(error?.code, "HERMOD_CANCELLED");
    assert.equal((await task.status()).state, "cancelled");
    gate.open();
    await first;
  });

  test(`${name}: retries stay within the deadline of the message being handled [C16]`, async () => {
    const asked: Context[] = [];
    let error: HermodError | undefined;
    const outer = agent("outer", {
      on: {
        request: async (_, ctx) =>
          (error = await caught(ctx.call("slow", "", {}, { timeout: "2s", retries: 100 }))).code,
      },
    });
    await using stage = await on({ agents: [outer, answersAt(Infinity, asked)] });
    const { system, clock } = stage;
    const call = caught(system.call("outer", "", {}, { timeout: "5s" }));
    await clock.advance("1m");
    assert.ok((await call) instanceof TimeoutError);
    assert.ok(asked.length <= 4, `${asked.length} requests`);
    const last = (asked[0]?.envelope.sentAt as number) + 5000;
    assert.ok(asked.every(({ envelope }) => (envelope.deadline as number) <= last));
    assert.ok(error?.code === "HERMOD_EXPIRED" || error?.code === "HERMOD_TIMEOUT", error?.code);
  });

  for (const options of [
    { retries: -1 },
    { retries: 1.5 },
    { retries: NaN },
    { retries: 101 },
    { retries: "3" },
  ])
    test(`${name}: ${JSON.stringify(options)} is refused`, async () => {
      await using stage = await on({ agents: [answersAt(1)] });
      const error = await caught(stage.system.call("slow", "", {}, options as never));
      assert.deepEqual([error.code, error.details["option"]], ["HERMOD_BAD_OPTION", "retries"]);
      assert.equal((await saidIn(stage.system)).length, 0);
    });

  test(`${name}: a key and retries are not both: a repeat would wait for the first request's answer`, async () => {
    await using stage = await on({ agents: [answersAt(1)] });
    const error = await caught(stage.system.call("slow", "", {}, { retries: 1, key: "k" }));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.equal(await stage.system.call("slow", "", {}, { retries: 0, key: "k" }), "answer 1");
  });

  test(`${name}: a call to a topic is tried again, too`, async () => {
    const asked: Context[] = [];
    const Questions = topic("questions");
    const answers = agent("answers", {
      topics: [],
      concurrency: 5,
      on: { request: (_, ctx) => (asked.push(ctx), asked.length > 1 ? "yes" : new Promise(() => undefined)) },
    });
    await using stage = await on({ agents: [answers] });
    const { system, clock } = stage;
    const refused = await system.call(Questions, {}, { retries: 2, fallback: "nobody" });
    assert.equal(refused, "nobody");
    const call = system.call("answers", "", {}, { timeout: "1s", retries: 1 });
    await clock.advance("1s");
    assert.equal(await call, "yes");
  });

  test(`${name}: work is handed out with a handle: the asker goes on, and looks later [75]`, async () => {
    const turns: Turn[] = [];
    await using stage = await on({ agents: [held(turns)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    assert.equal((await task.status()).state !== "done", true);
    await clock.advance("1h");
    turns[0]?.finish("ebb");
    await clock.settle();
    const found = system.taskById(Worker, task.id);
    assert.deepEqual([(await found.status()).state, await found.result({ timeout: 0 })], ["done", "ebb"]);
  });

  test(`${name}: work is handed out with a message: its reply comes by itself, tied to its task [76] [(33)]`, async () => {
    const turns: Turn[] = [];
    const told: TaskDone[] = [];
    await using stage = await on({ agents: [held(turns), chief(told)] });
    const { system, clock } = stage;
    const tasks = await Promise.all(
      ["a", "b"].map((input) => system.task(Worker, "run", input, { onDone: [Chief, "stepDone"] })),
    );
    await clock.settle();
    turns[0]?.finish("A");
    await clock.settle();
    turns[1]?.finish("B");
    await clock.settle();
    assert.deepEqual(
      told.map(({ task, result }) => [task, result]),
      [
        [tasks[0]?.id, "A"],
        [tasks[1]?.id, "B"],
      ],
    );
    const [request] = await saidIn(system, `id:"${tasks[0]?.id ?? ""}"`);
    assert.equal(request?.envelope.verb, "task");
  });

  test(`${name}: an orchestrator asks a planner and waits, and hands the steps to workers without waiting [77]`, async () => {
    const turns: Turn[] = [];
    const steps: string[] = [];
    const planner = agent("planner", {
      on: { request: (goal) => [`${String(goal)} 1`, `${String(goal)} 2`] },
    });
    const orchestrator = agent("orchestrator", {
      state: () => ({ done: [] as unknown[] }),
      on: {
        request: async (goal, ctx) => {
          const plan = (await ctx.call("planner", "plan", goal)) as string[];
          for (const step of plan)
            await ctx.task(Worker, "run", step, { detached: true, onDone: ["orchestrator", "over"] });
          return plan.length;
        },
        result: (end, ctx) => {
          ctx.state.done.push((end as TaskDone).result);
          steps.push(ctx.conversation);
        },
      },
    });
    await using stage = await on({ agents: [planner, orchestrator, held(turns)] });
    const { system, clock } = stage;
    assert.equal(await system.call("orchestrator", "", "sea"), 2);
    await clock.advance("5m");
    only(turns).finish("one");
    await clock.settle();
    turns[1]?.finish("two");
    await clock.settle();
    assert.equal(steps.length, 2);
    const said = await system.conversation(steps[0] as string);
    const others = said.filter(({ envelope }) => !envelope.to?.startsWith("~"));
    assert.deepEqual(
      others.map(({ envelope }) => `${envelope.verb} ${envelope.to}`),
      [
        "call orchestrator",
        "call planner",
        ...["task worker", "task worker"],
        ...["reply orchestrator", "reply orchestrator"],
      ],
    );
  });
}
