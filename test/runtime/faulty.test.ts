/** Stores that fail: nothing is lost or half done, everybody hears, and no timer is left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  crash,
  memory,
  pool,
  start,
  supervisor,
  type Context,
  type OpenStore,
  type Store,
  type TaskDone,
} from "hermod";
import { testClock, testSystem } from "hermod/testing";
import { Jobs, failure, given, isOpen } from "./pull.kit.ts";
import { later } from "./later.ts";
import { caught, only, saidIn } from "./stage.ts";
import { Chief, Worker, chief, held } from "./tasks.kit.ts";

type Faults = Partial<Record<keyof Store, number>>;

/** A memory store whose methods fail the given number of times before they work. */
function faulty(faults: Faults, open: OpenStore = memory()): OpenStore {
  return async (env) => {
    const store = await open(env);
    const failing = (name: string) => {
      return (...all: unknown[]): unknown => {
        const left = faults[name as keyof Store] ?? 0;
        if (left <= 0) return (store[name as keyof Store] as (...all: unknown[]) => unknown)(...all);
        faults[name as keyof Store] = left - 1;
        throw new Error("disk is on fire");
      };
    };
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return name in faults ? failing(String(name)) : value.bind(target);
      },
    });
  };
}

const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });
const modes = { "at once": (open: OpenStore) => open, "with promises": later };

for (const [how, through] of Object.entries(modes)) {
  test(`a send that the store fails (${how}) is refused with what the store said, and the next one works`, async () => {
    await using stage = await testSystem({ agents: [echo], store: through(faulty({ append: 3 })) });
    const { system, spy } = stage;
    for (const send of [
      system.cast("echo", "say", 1),
      system.call("echo", "say", 1),
      system.send({ to: "echo" }),
    ]) {
      const error = await failure("HERMOD_STORE", send);
      assert.equal((error.cause as Error).message, "disk is on fire");
      assert.equal(error.retryable, true);
    }
    assert.equal(spy.of("store.failed").length, 3);
    assert.equal((await system.stats()).calls.waiting, 0);
    assert.equal(await system.call("echo", "say", 2), 2);
  });

  test(`a settlement that the store fails (${how}) leaves the delivery open, to be settled again`, async () => {
    const faults: Faults = { settle: 0 };
    await using stage = await testSystem({ pull: [Jobs], store: through(faulty(faults)) });
    const { system } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await system.mailbox(Jobs).receive());
    faults.settle = 1;
    const error = await failure("HERMOD_STORE", held.ack());
    assert.match(String((error.cause as Error).message), /on fire/);
    await held.ack();
    await failure("HERMOD_SETTLED", held.ack());
    assert.equal(only(await saidIn(system)).state, "done");
  });

  test(`a task that waits for its time has no end while the store (${how}) fails to tell of it`, async () => {
    const faults: Faults = { append: 0 };
    const told: TaskDone[] = [];
    await using stage = await testSystem({
      agents: [held([]), chief(told)],
      store: through(faulty(faults)),
    });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { onDone: [Chief, "stepDone"], delay: "1h" });
    faults.append = 1;
    await failure("HERMOD_STORE", task.cancel());
    assert.equal(await task.cancel(), "cancelled-before-start");
    await clock.advance("1h");
    assert.deepEqual(
      told.map(({ state }) => state),
      ["cancelled"],
    );
  });

  test(`a store that fails (${how}) while a supervisor gives up keeps neither its other children running nor the failure quiet`, async () => {
    const faults: Faults = { withdraw: 0 };
    const fragile = agent("fragile", {
      on: {
        notification: () => {
          throw crash("x");
        },
      },
    });
    const crew = supervisor("crew", { intensity: { restarts: 0 }, children: [echo, fragile] });
    await using stage = await testSystem({ agents: [crew], store: through(faulty(faults)) });
    const { system, clock } = stage;
    faults.withdraw = 1;
    await system.cast("fragile", "break", 1);
    await clock.advance("1s");
    assert.equal((await system.failed)?.supervisor, "crew");
    assert.deepEqual(system.agents(), []);
  });

  test(`a claim that the store fails (${how}) is tried again a second later`, async () => {
    const faults: Faults = { claim: 0 };
    await using stage = await testSystem({ agents: [echo], store: through(faulty(faults)) });
    const { system, clock, spy } = stage;
    await clock.settle();
    faults.claim = 1;
    const asked = system.call("echo", "say", 1);
    await clock.advance(999);
    assert.ok(await isOpen(clock, asked));
    await clock.advance(1);
    assert.equal(await asked, 1);
    assert.deepEqual(
      spy.of("store.failed").map(({ step }) => step),
      ["claim"],
    );
  });

  test(`a receive whose claim the store fails (${how}) says so, and the next one works`, async () => {
    const faults: Faults = { claim: 0 };
    await using stage = await testSystem({ pull: [Jobs], store: through(faulty(faults)) });
    const { system, clock } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    faults.claim = 1;
    await failure("HERMOD_STORE", system.mailbox(Jobs).receive({ timeout: "1s" }));
    assert.equal(given(await system.mailbox(Jobs).receive()).attempt, 1);
    assert.equal(clock.waiting, 1, "the lease");
  });

  test(`an agent whose mailbox the store cannot open (${how}) is not started, and can be started again`, async () => {
    const faults: Faults = { announce: 0 };
    await using stage = await testSystem({ store: through(faulty(faults)) });
    const { system } = stage;
    faults.announce = 1;
    await failure("HERMOD_STORE", system.spawn(echo));
    assert.deepEqual([system.agents(), stage.spy.of("agent.started")], [[], []]);
    await system.spawn(echo);
    assert.equal(await system.call("echo", "say", 1), 1);
    faults.announce = 1;
    await failure("HERMOD_STORE", system.pull(Jobs));
    assert.deepEqual(system.agents(), ["echo"]);
    await system.pull(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    assert.equal(given(await system.mailbox(Jobs).receive()).attempt, 1);
  });

  test(`a system that closes (${how}) while it waits to ask a failing store again leaves no timer`, async () => {
    const faults: Faults = { claim: 0 };
    const stage = await testSystem({ agents: [echo], store: through(faulty(faults)) });
    const { system, clock } = stage;
    faults.claim = 1000;
    const asked = caught(system.call("echo", "say", 1));
    await clock.settle();
    await system.close();
    assert.equal((await asked).code, "HERMOD_CLOSED");
    assert.equal(clock.waiting, 0);
  });

  test(`a close that the store fails (${how}) ends everything else, and says so`, async () => {
    const faults: Faults = { read: 0, withdraw: 0, close: 0 };
    const stage = await testSystem({ agents: [echo], pull: [Jobs], store: through(faulty(faults)) });
    const { system, clock, spy } = stage;
    const receiving = system.mailbox(Jobs).receive();
    const asked = caught(system.call(Jobs, "sum", [1]));
    await clock.settle();
    Object.assign(faults, { read: 1000, withdraw: 1, close: 1 });
    await given(await receiving).release();
    const error = await failure("HERMOD_STORE", system.close());
    assert.equal((error.cause as Error).message, "disk is on fire");
    assert.equal((await asked).code, "HERMOD_CLOSED");
    assert.deepEqual([spy.of("system.closed").length, system.agents()], [1, ["jobs"]]);
  });

  test(`questions that the store fails (${how}) are answered with a code, and asked again`, async () => {
    const faults: Faults = { read: 0, operate: 0, extend: 0 };
    await using stage = await testSystem({ pull: [Jobs], store: through(faulty(faults)) });
    const { system } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await system.mailbox(Jobs).receive());
    const questions: (() => Promise<unknown>)[] = [
      ...[
        () => system.history(),
        () => system.conversation("c"),
        () => system.stats(),
        () => system.mailbox(Jobs).peek(),
      ],
      ...[
        () => system.mailbox(Jobs).stats(),
        () => system.deadLetters.list(),
        () => system.deadLetters.groups(),
      ],
      ...[
        () => system.deadLetters.redrive(),
        () => system.deadLetters.discard({ where: "" }),
        () => held.extend(),
      ],
    ];
    for (const question of questions) {
      Object.assign(faults, { read: 1, extend: 1 });
      await failure("HERMOD_STORE", question());
      Object.assign(faults, { read: 0, extend: 0 });
      await question();
    }
    await held.reject("no");
    faults.operate = 2;
    await failure("HERMOD_STORE", system.deadLetters.redrive());
    await failure("HERMOD_STORE", system.deadLetters.discard({ where: "" }));
    assert.equal((await system.deadLetters.redrive()).redriven, 1);
  });

  test(`a heartbeat that the store fails (${how}) is reported, and the lease is lost`, async () => {
    const faults: Faults = { extend: 0 };
    const signals: AbortSignal[] = [];
    const worker = agent("worker", {
      on: { notification: (_payload, ctx) => new Promise(() => void signals.push(ctx.signal)) },
    });
    const stage = await testSystem({ agents: [worker], store: through(faulty(faults)) });
    const { system, clock, spy } = stage;
    await system.cast("worker", "work", 1);
    await clock.settle();
    faults.extend = 100;
    await clock.advance("30s");
    assert.ok(spy.of("store.failed").filter(({ step }) => step === "extend").length > 3);
    assert.equal(spy.of("lease.expired").length, 1);
    faults.extend = 0;
    await clock.advance("2s");
    assert.equal((given(signals[0]).reason as { code: string }).code, "HERMOD_STALE_LEASE");
    const closed = system.close({ timeout: 0 });
    await clock.advance(0);
    await closed;
    assert.equal(clock.waiting, 0);
  });
}

test("a store that cannot be opened fails the start with what it said", async () => {
  const error = await failure("HERMOD_STORE", start({ store: () => Promise.reject(new Error("locked")) }));
  assert.equal((error.cause as Error).message, "locked");
  const thrown = await failure(
    "HERMOD_STORE",
    start({
      store: () => {
        throw new Error("no such file");
      },
    }),
  );
  assert.match(thrown.message, /no such file/);
});

test("a start that fails after its store was opened closes the store again", async () => {
  const wrong: readonly object[] = [
    { interceptors: [{ name: 5 }] },
    { agents: [echo, echo] },
    { pull: [Jobs, Jobs] },
    { reports: "loud" },
  ];
  for (const options of wrong) {
    let open = 0;
    const store: OpenStore = async (env) => {
      const opened = await memory()(env);
      const close = opened.close.bind(opened);
      open++;
      return Object.assign(opened, { close: () => (open--, close()) });
    };
    const clock = testClock();
    await caught(start({ ...options, store, clock }));
    assert.deepEqual([open, clock.waiting], [0, 0], JSON.stringify(options));
  }
  const unannounced = await caught(start({ store: faulty({ announce: 1 }), clock: testClock() }));
  assert.equal(unannounced.code, "HERMOD_STORE");
});

test("a spawn that a close overtakes is refused, and nothing of it is left", async () => {
  const stage = await testSystem({ store: later(memory()) });
  const { system, clock } = stage;
  const spawning = caught(system.spawn(echo));
  await system.close();
  assert.equal((await spawning).code, "HERMOD_CLOSED");
  await clock.settle();
  assert.deepEqual([system.agents(), clock.waiting], [[], 0]);
});

test("a breaker whose store takes its time looks for calls no more once the system is closed", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  let held = false;
  const slow: OpenStore = async (env) => {
    const store = await memory()(env);
    const claim: Store["claim"] = (...given) => {
      if (!held || given[4] === undefined) return store.claim(...given);
      return promise;
    };
    return new Proxy(store, {
      get: (target, name) => {
        if (name === "claim") return claim;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  const stage = await testSystem({ agents: [pool(echo, { size: 2 })], store: slow });
  held = true;
  stage.system.breakers.open("echo");
  await stage.clock.settle();
  await stage[Symbol.asyncDispose]();
  resolve(0);
  await stage.clock.settle();
  assert.equal(stage.clock.waiting, 0);
});

/** A memory store whose task logs grow as fast as they are read: every page of one is full. */
function growing(): OpenStore {
  return async (env) => {
    const store = await memory()(env);
    const entry = { type: "part", attempt: 1, value: "more" };
    const parts = async (_: string, __: number, limit: number): Promise<unknown> => {
      await new Promise<void>((go) => env.clock.pause(go));
      return Array.from({ length: limit }, () => entry);
    };
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = name === "parts" ? parts : Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

test("a task that runs is cancelled at once, though its log grows as fast as it is read [75] [C15]", async () => {
  let signal: AbortSignal | undefined;
  const writer = agent("writer", {
    on: { task: (_, ctx) => new Promise((end) => (signal = ctx.signal).addEventListener("abort", end)) },
  });
  await using stage = await testSystem({ agents: [writer], store: growing() });
  const { system, clock } = stage;
  const task = await system.task("writer", "write", {});
  await clock.settle();
  const answer: string[] = [];
  void task.cancel("enough").then((cancelled) => answer.push(cancelled));
  await clock.advance("10ms");
  assert.deepEqual([answer, signal?.aborted], [["signalled"], true]);
});

/** A memory store whose history answers nobody. */
function silent(): OpenStore {
  return async (env) =>
    new Proxy(await memory()(env), {
      get: (target, name) => {
        const value: unknown =
          name === "read" ? () => new Promise(() => undefined) : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

test("the tasks of an abandoned handler hear of it before the store was looked at [(40)] [C16]", async () => {
  const signals: AbortSignal[] = [];
  const aborted = ({ signal }: Context) => new Promise((end) => signal.addEventListener("abort", end));
  const worker = agent("worker", {
    on: { task: (_, ctx) => (signals.push(ctx.signal), aborted(ctx)) },
  });
  const chief = agent("chief", {
    on: { request: async (_, ctx) => (await ctx.task("worker", "work", {}), aborted(ctx)) },
  });
  await using stage = await testSystem({ agents: [worker, chief], store: silent() });
  const { system, clock } = stage;
  const stop = new AbortController();
  const answer = caught(system.call("chief", "plan", {}, { signal: stop.signal }));
  await clock.settle();
  stop.abort();
  await clock.settle();
  assert.deepEqual([(await answer).code, only(signals).aborted], ["HERMOD_CANCELLED", true]);
});

test("a task whose attempts all ended their process has failed, and says why [68]", async () => {
  let died: Parameters<OpenStore>[0]["died"] | undefined;
  const open: OpenStore = (env) => ((died = env.died), memory()(env));
  const stuck = agent("stuck", { on: { task: () => new Promise(() => undefined) } });
  await using stage = await testSystem({ agents: [stuck], store: open });
  const { system, clock } = stage;
  const task = await system.task("stuck", "write", {});
  await clock.settle();
  const [record] = await system.conversation(task.id);
  const { envelope } = given(record);
  const letter = {
    id: task.id,
    envelope,
    reason: "exhausted",
    attempts: [],
    diedAt: 0,
    generation: 0,
  } as const;
  given(died)(letter);
  await clock.settle();
  const error = await caught(task.result({ timeout: 0 }));
  assert.equal(error.code, "HERMOD_FAILED");
  assert.equal(error.message, `none of the attempts of stuck at message ${task.id} came to an end`);
});
