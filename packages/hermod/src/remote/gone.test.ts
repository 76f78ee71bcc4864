/** Gone: how a system ends whose hub does not answer: at once where nothing is owed, else within its time, and it says what was left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError } from "../core/errors.ts";
import { agent, memory, type OpenStore, type Store } from "../index.ts";
import { linked, type Linking } from "../testing/pipes.ts";
import type { TestClock } from "../testing/clock.ts";
import { testSystem } from "../testing/system.ts";

/** A system behind a hub, whose agent works until the gate is open. */
async function behind(linking: Linking = {}) {
  const gate = Promise.withResolvers<void>();
  const worker = agent("worker", { on: { notification: () => gate.promise, request: () => gate.promise } });
  const hub = linked(memory(), linking);
  const stage = await testSystem({ agents: [worker], pull: ["jobs"], store: hub.open });
  await stage.clock.settle();
  const go = async () => {
    hub.pipes.up = false;
    hub.pipes.cut();
    await stage.clock.settle();
  };
  return { ...stage, hub, gate, go };
}

/** What has come of a promise, in short: nothing yet, what it gave, or the code of its error. */
function seen(promise: Promise<unknown>): () => unknown {
  let outcome: unknown;
  promise.then(
    () => (outcome = "done"),
    (error: unknown) => (outcome = error instanceof HermodError ? error.code : error),
  );
  return () => outcome;
}

/** How often it is looked whether a system has ended. */
const STEP = 100;

/** After how many milliseconds, to the next step, a promise is settled. */
async function lasts(clock: TestClock, promise: Promise<unknown>): Promise<number> {
  const [outcome, from] = [seen(promise), clock.monotonic()];
  await clock.advance(0);
  while (outcome() === undefined && clock.monotonic() - from < 100_000) await clock.advance(STEP);
  assert.equal(outcome(), "done");
  return clock.monotonic() - from;
}

test("a system at rest whose hub is gone ends at once, by a close, a drain, or one that works off what waits", async () => {
  for (const end of ["close", "drain"] as const)
    for (const options of [{}, { timeout: 0 }, { waiting: true, timeout: 0 }]) {
      const { system, clock, go } = await behind();
      await go();
      assert.equal(await lasts(clock, system[end](options)), 0, `${end} ${JSON.stringify(options)}`);
      await system.close();
      assert.equal(clock.waiting, 0);
    }
});

test("a system whose hub goes in the midst of its goodbye ends at once", async () => {
  const { system, clock, hub } = await behind();
  hub.pipes.overheard = (text) => {
    if (!text.includes('"withdraw"')) return;
    hub.pipes.up = false;
    hub.pipes.cut();
  };
  assert.equal(await lasts(clock, system.close()), 0);
});

test("a claim that its hub did not answer is nothing to wait for", async () => {
  const { system, clock, hub } = await behind();
  hub.pipes.overheard = (text) => {
    if (!text.includes('"op":"claim","mailbox":"late"')) return;
    hub.pipes.up = false;
    hub.pipes.cut();
  };
  await system.spawn(agent("late", { on: { notification: () => undefined } }));
  await clock.settle();
  assert.equal(hub.pipes.up, false, "it has asked");
  assert.equal(await lasts(clock, system.drain()), 0);
  await system.close();
});

test("a close waits for the hub to take what was done, and then takes its leave", async () => {
  const { system, clock, spy, gate, hub, go } = await behind();
  const { id } = await system.cast("worker", "", 1);
  await clock.settle();
  await go();
  gate.resolve();
  const closing = system.close({ timeout: "30s" });
  const outcome = seen(closing);
  await clock.advance("5s");
  assert.equal(outcome(), undefined);
  const told: string[] = [];
  hub.pipes.overheard = (text) => void told.push(text);
  hub.pipes.up = true;
  // The longest pause before it connects again.
  await clock.advance("10s");
  assert.equal(outcome(), "done");
  assert.match(told.join(), new RegExp(`"settled".*"withdraw"`, "su"));
  assert.equal(spy.of("system.drained")[0]?.unfinished, 0, id);
  assert.deepEqual(spy.of("store.failed"), []);
});

test("what was done is kept for a hub until the time is over; then it is told what was left", async () => {
  const { system, clock, spy, gate, go } = await behind();
  await system.cast("worker", "", 1);
  await clock.settle();
  await go();
  gate.resolve();
  await clock.settle();
  assert.equal(await lasts(clock, system.close({ timeout: "10s" })), 10_000);
  assert.equal(spy.of("system.drained")[0]?.unfinished, 1);
  const failed = spy.of("store.failed").map(({ step, error }) => [step, (error as HermodError).code]);
  assert.deepEqual(failed, [["close", "HERMOD_UNREACHABLE"]]);
  assert.equal(clock.waiting, 0);
});

test("what is in somebody's hand cannot be given back to a hub that is gone, and is counted", async () => {
  const { system, clock, spy, go } = await behind();
  await system.cast("jobs", "", 1);
  assert.ok(await system.mailbox("jobs").receive());
  await go();
  assert.equal(await lasts(clock, system.close({ timeout: "3s" })), 3000);
  assert.equal(spy.of("system.drained")[0]?.unfinished, 1);
});

test("a message that the hub has not confirmed is waited for; in the end its sender hears that nobody knows", async () => {
  const { system, clock, go } = await behind();
  await go();
  const sent = system.cast("worker", "", 1);
  const refused = assert.rejects(sent, {
    code: "HERMOD_CLOSED",
    message: /closed before the hub answered "append": whether it was done is unknown/u,
  });
  await clock.settle();
  assert.equal(await lasts(clock, system.close({ timeout: "10s" })), 10_000);
  await refused;
});

test("a call that waits for its answer is no work of its system: it ends with it at once", async () => {
  const { system, clock, go } = await behind();
  const asked = seen(system.call("jobs", "", 1, { timeout: "1h" }));
  await clock.settle();
  await go();
  assert.equal(await lasts(clock, system.close()), 0);
  assert.equal(asked(), "HERMOD_CLOSED");
});

test("a store that hangs is left two seconds after the time", async () => {
  for (const step of ["withdraw", "read", "operate"] as const) {
    const store = hanging(step);
    const worker = agent("worker", { on: { notification: () => undefined } });
    const { system, clock, spy } = await testSystem({ agents: [worker], store });
    const drained = { waiting: step === "read", timeout: "3s" } as const;
    const least = step === "read" ? 3000 : 5000;
    assert.equal(await lasts(clock, system.close(drained)), least, step);
    assert.equal(spy.of("store.failed").length, step === "read" ? 0 : 1);
    assert.equal(spy.of("system.closed").length, 1);
  }
});

test("a goodbye whose outcome is unknown, since who had to take it has changed, is said again, and not for ever", async () => {
  for (const [times, said, code] of [
    [2, 3, "done"],
    [Infinity, 3, "HERMOD_UNREACHABLE"],
  ] as const) {
    const changing = forgetful(times);
    const { system, spy } = await testSystem({ store: changing.open });
    const closing = system.close();
    const outcome = seen(closing);
    await closing.catch(() => undefined);
    assert.deepEqual([outcome(), changing.asked()], [code, said]);
    assert.equal(spy.of("store.failed").length, code === "done" ? 0 : 1);
  }
});

/** A store that does not know, so many times, whether it has done what it was asked to. */
function forgetful(times: number): { readonly open: OpenStore; readonly asked: () => number } {
  let asked = 0;
  const open: OpenStore = async (env) => {
    const store = await memory()(env);
    const operate: Store["operate"] = (operation) => {
      if (asked++ < times) throw new HermodError("HERMOD_UNREACHABLE", "whether it was done is unknown");
      return store.operate(operation);
    };
    return Object.assign(Object.create(store) as Store, bound(store), { operate });
  };
  return { open, asked: () => asked };
}

/** A store that never answers one step once its system is there. */
function hanging(step: "withdraw" | "read" | "operate"): OpenStore {
  return async (env) => {
    const store = await memory()(env);
    return Object.assign(Object.create(store) as Store, bound(store), {
      [step]: () => new Promise<never>(() => undefined),
    });
  };
}

function bound(store: Store): object {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(store)) as (keyof Store)[];
  const methods = names.flatMap((name) => {
    const value: unknown = store[name];
    return typeof value === "function" ? [[name, (value as () => unknown).bind(store)]] : [];
  });
  return Object.fromEntries(methods) as object;
}
