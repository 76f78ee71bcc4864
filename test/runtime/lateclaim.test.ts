/** Late claims: a process that was frozen between a claim and its handling wakes when another one has done the work. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, type OpenStore, type Store, type TaskDone } from "hermod";
import { testSystem } from "hermod/testing";
import { kept } from "./stores.ts";
import { Gate, only, saidIn } from "./stage.ts";
import { Worker, Chief, chief, held, type Turn } from "./tasks.kit.ts";

/** The same store for a process that hears at the gate alone what it has claimed. */
function frozen(open: OpenStore, gate: Gate): OpenStore {
  return async (env) => {
    const store = await open(env);
    const claim: Store["claim"] = async (mailbox, ...rest) => {
      const count = await store.claim(mailbox, ...rest);
      if (count > 0 && mailbox === Worker.name) await gate.passed;
      return count;
    };
    return new Proxy(store, {
      get: (target, name) => (name === "claim" ? claim : Reflect.get(target, name)),
    });
  };
}

test("who wakes with a task that another has ended, against its cancellation, tells nobody that it was cancelled", async () => {
  const shared = kept(memory());
  const gate = new Gate();
  const [late, turns, told]: [Turn[], Turn[], TaskDone[]] = [[], [], []];
  await using sleeper = await testSystem({
    agents: [held(late, { heed: false })],
    store: frozen(shared, gate),
  });
  await using other = await testSystem({ agents: [chief(told)], store: shared, seed: 2 });
  const task = await other.system.task(Worker, "run", "tide", { onDone: [Chief, "stepDone"] });
  await sleeper.clock.settle();
  await other.system.spawn(held(turns, { heed: false }));
  await sleeper.clock.advance("30s");
  await other.clock.settle();
  assert.equal(await task.cancel(), "signalled");
  only(turns).finish("turned");
  await other.clock.settle();
  assert.deepEqual([late.length, told.map(({ state }) => state)], [0, ["done"]]);

  gate.open();
  await sleeper.clock.settle();
  late[0]?.finish("turned late");
  await sleeper.clock.settle();
  await other.clock.settle();
  assert.deepEqual([late.length, told.map(({ state }) => state)], [1, ["done"]]);
  const { state, result } = await task.status();
  assert.deepEqual([state, result], ["done", "turned"]);
});

test("who wakes with a task that another has taken out says no second time that it was cancelled", async () => {
  const shared = kept(memory());
  const gate = new Gate();
  const [late, told]: [Turn[], TaskDone[]] = [[], []];
  await using sleeper = await testSystem({
    agents: [held(late, { heed: false })],
    store: frozen(shared, gate),
  });
  await using other = await testSystem({ agents: [chief(told)], store: shared, seed: 2 });
  const task = await other.system.task(Worker, "run", "tide", { onDone: [Chief, "stepDone"] });
  await sleeper.clock.settle();
  await sleeper.clock.advance("30s");
  await other.clock.settle();
  assert.equal(await task.cancel(), "cancelled-before-start");
  await other.clock.settle();
  assert.deepEqual(
    told.map(({ state }) => state),
    ["cancelled"],
  );

  gate.open();
  await sleeper.clock.settle();
  await other.clock.settle();
  assert.deepEqual([late.length, told.map(({ state }) => state)], [0, ["cancelled"]]);
});

test("who wakes with a message whose agent has opened its breaker meanwhile gives it back, and no attempt is used", async () => {
  const gate = new Gate();
  const worked: string[] = [];
  const work = agent(Worker, { breaker: {}, on: { run: (input) => (worked.push(input), input) } });
  await using stage = await testSystem({ agents: [work], store: frozen(kept(memory()), gate) });
  const { system, clock } = stage;
  const task = await system.task(Worker, "run", "tide");
  await clock.settle();
  system.breakers.open(Worker.name);
  gate.open();
  await clock.settle();
  assert.deepEqual([worked, (await task.status()).state], [[], "waiting"]);
  system.breakers.auto(Worker.name);
  await clock.settle();
  assert.deepEqual([worked, (await task.status()).state], [["tide"], "done"]);
  assert.equal(only(await saidIn(system)).attempts.length, 1);
});
