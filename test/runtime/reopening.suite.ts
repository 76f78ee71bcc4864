/** Reopening: tasks outlive the system that started them, where their store does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenStore } from "hermod";
import { testSystem } from "hermod/testing";
import { caught, only } from "./stage.ts";
import { Worker, held, type Turn } from "./tasks.kit.ts";

export function reopeningSuite(name: string, opening: () => OpenStore): void {
  test(`${name}: a task is found by its id in another system on its store, and ends there [75]`, async () => {
    const store = opening();
    const turns: Turn[] = [];
    const first = await testSystem({ store });
    const { id } = await first.system.task(Worker, "run", "tide", { hold: true, key: "k" });
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store });
    const task = second.system.taskById(Worker, id);
    assert.deepEqual(await task.status(), { id, state: "waiting", attempt: 0, parts: 0 });
    const result = task.result();
    await second.system.spawn(held(turns));
    await second.clock.settle();
    only(turns).finish("ebb");
    assert.equal(await result, "ebb");
    assert.equal((await second.system.task(Worker, "run", "tide", { key: "k" })).id, id);
  });

  test(`${name}: parts, progress and result are there in another system on the store`, async () => {
    const store = opening();
    const turns: Turn[] = [];
    const first = await testSystem({ store, agents: [held(turns)] });
    const { id } = await first.system.task(Worker, "run", "tide");
    await first.clock.settle();
    await only(turns).ctx.progress(0.5);
    only(turns).finish("ebb");
    await first.clock.settle();
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store });
    const task = second.system.taskById(Worker, id);
    assert.equal(await task.result(), "ebb");
    assert.deepEqual([(await task.status()).state, (await task.status()).progress?.fraction], ["done", 0.5]);
    assert.equal((await task.parts().next()).done, true);
    assert.equal(await task.cancel(), "already-finished");
    assert.equal((await caught(second.system.taskById("other", id).result())).code, "HERMOD_NO_TASK");
  });

  test(`${name}: what was cancelled while nobody served it never runs in the next system`, async () => {
    const store = opening();
    const turns: Turn[] = [];
    const first = await testSystem({ store });
    const { id } = await first.system.task(Worker, "run", "tide", { hold: true });
    const delayed = await first.system.task(Worker, "run", "later", { hold: true, delay: "1h" });
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store, agents: [] });
    assert.equal(await second.system.taskById(Worker, id).cancel(), "cancelled-before-start");
    assert.equal(await second.system.taskById(Worker, delayed.id).cancel(), "cancelled-before-start");
    await second.system.spawn(held(turns));
    await second.clock.advance("2h");
    assert.equal(turns.length, 0);
  });
}
