/** Tasks whose process is killed: found by their id, ended once, and their parts told apart by the life that made them. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  agent,
  start,
  type Envelope,
  type OpenStore,
  type Part,
  type System,
  type Task,
  type TaskDone,
} from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock } from "hermod/testing";
import { caught, only, saidIn } from "../runtime/stage.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";
import { PARTS, ask, planner, writer, type Mode } from "./tasks.scenes.ts";

const pull = ["desk", "ledger"];
const modes: Readonly<Record<string, Mode>> = { AtLeastOnce: "at-least-once", ExactlyOnce: "exactly-once" };

/** The first life, dead: the id of its task. */
async function dead(t: TestContext, scene: string, file: string): Promise<string> {
  const life = Life.begin(t, `tasks.${scene}`, file);
  const id = await life.until("task");
  if (scene.startsWith("stored") || scene.startsWith("running")) {
    await life.until("there");
    await life.kill();
  }
  assert.equal(await life.ended, "SIGKILL");
  return id;
}

async function read(task: Task, after = 0): Promise<Part[]> {
  return Array.fromAsync(task.parts({ after }));
}

/** All that the desk was told, once nothing more is under way. */
async function told(system: System): Promise<TaskDone[]> {
  await system.drain({ waiting: true });
  const { items } = await system.history({ agent: "desk" });
  return items.map(({ envelope }) => envelope.payload as TaskDone);
}

function partsOf(life: string, count: number, attempt: number): unknown[] {
  return Array.from({ length: count }, (_, at) => [`${life} ${at + 1}`, attempt]);
}

const plain = (parts: readonly Part[]) => parts.map(({ value, attempt }) => [value, attempt]);

for (const [name, mode] of Object.entries(modes)) {
  for (const [stage, before] of [
    ["stored", { state: "waiting", attempt: 0, parts: 0 }],
    ["running", { state: "waiting", attempt: 1, parts: PARTS }],
    ["ending", { state: "waiting", attempt: 1, parts: PARTS }],
  ] as const)
    test(`a task (${mode}) whose process is killed when it is ${stage} is found by its id, runs again, and ends once [75]`, async (t) => {
      const file = newFile(t);
      const id = await dead(t, `${stage}${name}`, file);
      const { system, store } = await here(t, file, { pull });
      const task = system.taskById("writer", id);
      assert.deepEqual(await task.status(), { id, ...before });
      assert.deepEqual(plain(await firstOf(task, before.parts)), partsOf("first", before.parts, 1));
      const late = read(task, 1);
      const again = await ask(system, mode);
      await system.spawn(writer("second", 2));
      assert.deepEqual([again.id, await task.result()], [id, "second"]);
      const attempt = before.attempt + 1;
      const parts = [...partsOf("first", before.parts, 1), ...partsOf("second", 2, attempt)];
      assert.deepEqual(plain(await read(task)), parts);
      assert.deepEqual(plain(await late), parts.slice(1), "a reader that goes on after its cursor");
      assert.deepEqual((await ask(system, mode)).id, id);
      assert.deepEqual(await task.status(), {
        ...{ id, state: "done", attempt, result: "second" },
        parts: before.parts + 2,
      });
      assert.deepEqual((await told(system)).map(short), ["done second"]);
      const booked = await saidIn(system, "to:ledger");
      // What an at-least-once handler has cast is sent, whatever becomes of the handler.
      const early = mode === "at-least-once" && stage !== "stored" ? ["first"] : [];
      assert.deepEqual(booked.map(payloadOf), [...early, "second"]);
      assert.equal((await store.load("writer"))?.json, '{"written":1}');
    });

  test(`a task (${mode}) whose process is killed when it is settled is done, and runs no more [75]`, async (t) => {
    const file = newFile(t);
    const id = await dead(t, `settled${name}`, file);
    let runs = 0;
    const { system, store } = await here(t, file, { pull, agents: [writer("second", 2, () => runs++)] });
    const task = system.taskById("writer", id);
    const done = { id, state: "done", attempt: 1, parts: PARTS, result: "first" };
    assert.deepEqual(await task.status(), done);
    assert.equal((await ask(system, mode)).id, id);
    assert.equal(await task.result({ timeout: 0 }), "first");
    assert.deepEqual(plain(await read(task, 1)), partsOf("first", PARTS, 1).slice(1));
    assert.deepEqual((await told(system)).map(short), ["done first"]);
    assert.deepEqual((await saidIn(system, "to:ledger")).map(payloadOf), ["first"]);
    assert.equal((await store.load("writer"))?.json, '{"written":1}');
    assert.equal(runs, 0);
  });
}

/** The first parts, without waiting for more. */
async function firstOf(task: Task, count: number): Promise<Part[]> {
  const found: Part[] = [];
  if (count > 0) for await (const part of task.parts()) if (found.push(part) === count) break;
  return found;
}

function payloadOf({ envelope }: { readonly envelope: Envelope }): unknown {
  return envelope.payload;
}

function short({ state, result, key }: TaskDone): string {
  assert.equal(key, "essay 7");
  return result === undefined ? state : `${state} ${result as string}`;
}

for (const [scene, answer, attempts] of [
  ["cancelledWaiting", "cancelled-before-start", 0],
  ["cancelledRunning", "signalled", 1],
  ["cancelledDelayed", "cancelled-before-start", 0],
  ["cancelledRetrying", "cancelled-before-start", 1],
] as const)
  test(`a task that was ${scene.replace("cancelled", "cancelled ").toLowerCase()} before the kill never runs again [75]`, async (t) => {
    const file = newFile(t);
    const life = await killedAt(t, `tasks.${scene}`, file, "answer");
    assert.equal(await life.until("answer"), answer);
    await neverRuns(t, file, await life.until("task"), attempts);
  });

test("a task that was cancelled before its time, and of which nobody was told when its process died, never runs, and its desk hears of it once", async (t) => {
  const file = newFile(t);
  const life = Life.begin(t, "tasks.cancelledUntold", file);
  assert.equal(await life.ended, "SIGKILL");
  await neverRuns(t, file, await life.until("task"), 0);
});

async function neverRuns(t: TestContext, file: string, id: string, attempts: number): Promise<void> {
  let runs = 0;
  const clock = testClock();
  // The attempt that was killed was the last one: it was cancelled all the same.
  const agents = [writer("second", 2, () => runs++, 0)];
  const options = { pull, clock, file: { thread: false }, agents };
  const { system } = await here(t, file, options);
  const task = system.taskById("writer", id);
  const again = ask(system, "at-least-once");
  await clock.advance("3h");
  assert.equal((await again).id, id);
  assert.equal((await caught(task.result({ timeout: 0 }))).code, "HERMOD_CANCELLED");
  const { state, attempt, error } = await task.status();
  assert.deepEqual([state, attempt, error?.code], ["cancelled", attempts, "HERMOD_CANCELLED"]);
  assert.equal(await task.cancel(), "already-finished");
  assert.equal(runs, 0);
  const { items } = await system.history({ agent: "desk" });
  assert.deepEqual(
    items.map(({ envelope }) => short(envelope.payload as TaskDone)),
    ["cancelled"],
  );
  assert.deepEqual((await system.deadLetters.list()).items, []);
}

test("a task that died with its process is failed, and its desk hears of it once, though two more processes die over telling it", async (t) => {
  const file = newFile(t);
  // Only from the second start on a store writes down who runs.
  const life = await killedAt(t, "tasks.lastAttempt", file, "there");
  await killedAt(t, "tasks.lastAttempt", file, "there");
  for (const scene of ["deadUntold", "deadUnrecorded"])
    assert.equal(await Life.begin(t, `tasks.${scene}`, file).ended, "SIGKILL", scene);
  const { system } = await here(t, file, { pull, agents: [writer("second", 2)] });
  const task = system.taskById("writer", await life.until("task"));
  assert.equal((await caught(task.result())).code, "HERMOD_FAILED");
  const { state, attempt, parts } = await task.status();
  assert.deepEqual([state, attempt, parts], ["failed", 2, 2 * PARTS]);
  assert.deepEqual((await told(system)).map(short), ["failed"]);
  assert.equal(only((await system.deadLetters.list({ where: "to:writer" })).items).reason, "exhausted");
});

test("a task whose time comes while it is being cancelled is signalled, and not said to have been cancelled before its start", async (t) => {
  const clock = testClock();
  const file = newFile(t);
  const store: OpenStore = async (env) => {
    const opened = await sqlite(file, { thread: false })(env);
    const record = opened.record.bind(opened);
    opened.record = async (...entry) => {
      opened.record = record;
      await clock.advance("1h");
      return record(...entry);
    };
    return opened;
  };
  const begun = Promise.withResolvers<unknown>();
  const heeding = (ctx: { readonly signal: AbortSignal }) =>
    new Promise((_, reject) => {
      ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
      begun.resolve(0);
    });
  const system = await start({
    store,
    clock,
    pull,
    agents: [writer("first", 0, heeding)],
    statistics: false,
  });
  const task = await ask(system, "at-least-once", { delay: "1h" });
  assert.equal(await task.cancel(), "signalled");
  await begun.promise;
  await clock.settle();
  assert.equal((await task.status()).state, "cancelled");
  const closing = system.close();
  await clock.advance(0);
  await closing;
});

test("a cancelled task whose agent is restarted for another one that does not stop never runs again", async (t) => {
  const clock = testClock();
  const runs: unknown[] = [];
  const deaf = agent("writer", {
    concurrency: 2,
    on: { task: (name) => (runs.push(name), new Promise(() => undefined)) },
  });
  const { system, spy } = await here(t, newFile(t), { agents: [deaf], clock, file: { thread: false } });
  const tasks = [await system.task("writer", "write", "a"), await system.task("writer", "write", "b")];
  await clock.settle();
  for (const task of tasks) {
    assert.equal(await task.cancel(), "signalled");
    await clock.advance("3s");
  }
  await spy.seen("agent.restarted");
  await clock.advance("10s");
  assert.deepEqual(runs, ["a", "b"]);
  for (const task of tasks) assert.equal((await task.status()).state, "cancelled");
});

test("a task that a killed one had handed out by a key is found by it, and is not handed out twice [75]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "tasks.nested", file, "working");
  const steps: string[] = [];
  let digs = 0;
  const worker = agent("worker", { on: { task: () => ++digs } });
  const agents = [planner((line) => steps.push(line)), worker];
  const { system } = await here(t, file, { pull, agents });
  assert.equal(await (await ask(system, "at-least-once")).result(), 1);
  assert.deepEqual([steps, digs], [[`step ${await life.until("step")}`], 1]);
  assert.equal((await saidIn(system, "to:worker")).length, 1);
  only(await told(system));
});
