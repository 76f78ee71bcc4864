/** What is told of a message reaches whoever works on it, though its mailbox is served by several processes and hands the notice to one of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type Task } from "hermod";
import { Processes, type Process } from "./processes.kit.ts";
import { Jobs, given } from "./pull.kit.ts";
import { caught } from "./stage.ts";

/** Works until it is told to stop; whoever serves it notes the tasks that it was told of. */
function endless(told: string[]) {
  const run = (_: unknown, ctx: Context): Promise<void> =>
    new Promise((_end, fail) => {
      ctx.signal.addEventListener("abort", () => (told.push(ctx.envelope.id), fail(ctx.signal.reason)));
    });
  return agent("endless", { on: { task: run } });
}

/** Processes that serve the same agent, and the tasks of which each was told to stop. */
async function serving(shared: Processes, count: number): Promise<{ all: Process[]; told: string[][] }> {
  const told: string[][] = Array.from({ length: count }, () => []);
  const all: Process[] = [];
  for (const each of told) {
    const process = await shared.join();
    await process.system.spawn(endless(each));
    all.push(process);
  }
  return { all, told };
}

function started(asker: Process, count: number): Promise<Task[]> {
  return Promise.all(Array.from({ length: count }, () => asker.system.task("endless", "", undefined)));
}

test("a cancelled task is told to stop in whichever process it runs", async () => {
  await using shared = new Processes();
  const { told } = await serving(shared, 3);
  const asker = await shared.join();
  const tasks = await started(asker, 3);
  await shared.clock.settle();
  assert.deepEqual(await Promise.all(tasks.map((task) => task.cancel("enough"))), Array(3).fill("signalled"));
  const ends = Promise.all(tasks.map((task) => caught(task.result())));
  await shared.clock.settle();
  assert.deepEqual(
    told.map(({ length }) => length),
    [1, 1, 1],
  );
  assert.deepEqual(told.flat().toSorted(), tasks.map(({ id }) => id).toSorted());
  assert.deepEqual(new Set((await ends).map(({ code }) => code)), new Set(["HERMOD_CANCELLED"]));
});

test("a task is told to stop once it is known who serves its agent, where the hub was started anew", async () => {
  await using shared = new Processes();
  const { all, told } = await serving(shared, 3);
  shared.restart();
  await shared.clock.advance("1s");
  const tasks = await started(all[0] as Process, 3);
  await shared.clock.settle();
  await Promise.all(tasks.map((task) => task.cancel()));
  await shared.clock.settle();
  assert.ok(told.flat().length < 3, "not all are told at once");
  await shared.clock.advance("15s");
  assert.deepEqual(told.flat().toSorted(), tasks.map(({ id }) => id).toSorted());
});

test("whoever reads the parts of a task frees its generator in whichever process it runs", async () => {
  const counter = agent("counter", {
    on: {
      task: async function* () {
        for (let number = 1; number <= 12; number++) yield number;
      },
    },
  });
  await using shared = new Processes();
  for (let count = 0; count < 3; count++) await (await shared.join()).system.spawn(counter);
  const reader = await shared.join();
  const read = async (): Promise<number> => {
    const task = await reader.system.task("counter", "", undefined, { ahead: 2 });
    return (await Array.fromAsync(task.parts())).length;
  };
  const counts = Promise.all([read(), read(), read()]);
  await shared.clock.settle();
  assert.deepEqual(await counts, [12, 12, 12]);
});

test("whoever holds a message of a mailbox that several processes pull from hears that it is wanted no longer", async () => {
  await using shared = new Processes();
  const pullers = [await shared.join(), await shared.join(), await shared.join()];
  for (const { system } of pullers) await system.pull(Jobs);
  const asker = await shared.join();
  const tasks = await Promise.all([1, 2, 3].map((n) => asker.system.task(Jobs, "sum", [n])));
  const held = await Promise.all(
    pullers.map(async ({ system }) => given(await system.mailbox(Jobs).receive())),
  );
  await Promise.all(tasks.map((task) => task.cancel()));
  await shared.clock.settle();
  assert.deepEqual(
    held.map(({ signal }) => signal.aborted),
    [true, true, true],
  );
});
