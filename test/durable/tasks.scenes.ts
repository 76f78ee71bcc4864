/** Scenes of tasks whose process is killed: at each stage of their way, and after somebody has cancelled them. */
import {
  agent,
  start,
  type AgentDefinition,
  type Context,
  type OpenStore,
  type StartOptions,
  type Store,
  type System,
  type Task,
} from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock } from "hermod/testing";
import { stay, type Scene } from "./life.kit.ts";

export type Mode = "at-least-once" | "exactly-once";

type More = { readonly delay?: string; readonly retry?: { readonly retries: number } };

/** Asks for the task of all scenes; in the same words in each life, so that it is one task. */
export function ask(system: System, delivery: Mode, more: More = {}): Promise<Task> {
  const terms = { key: "essay 7", onDone: ["desk", "done"], delivery, ...more } as const;
  return system.task("writer", "write", "tides", terms as never);
}

interface Written {
  written: number;
}

/** A writer with a state and an output, which yields `parts` parts and does `last` before its end. */
export function writer(
  life: string,
  parts: number,
  last: (ctx: Context<Written>) => unknown = () => undefined,
  retries = 9,
): AgentDefinition {
  const definition = agent("writer", {
    retry: { retries, base: 0, jitter: "none" },
    state: (): Written => ({ written: 0 }),
    on: {
      task: async function* (_, ctx) {
        ctx.state.written++;
        for (let n = 1; n <= parts; n++) yield `${life} ${n}`;
        await ctx.cast("ledger", "book", life);
        await last(ctx);
        return life;
      },
    },
  });
  return definition as AgentDefinition;
}

/** Where the parts of a first life end. */
export const PARTS = 3;

function begin(file: string, options: StartOptions = {}): Promise<System> {
  return start({ store: sqlite(file), pull: ["desk", "ledger"], statistics: false, ...options });
}

function killed(): never {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way: nothing more may happen here.
  for (;;);
}

/** The store of a file in which one method is another one. */
function changed<M extends "settle" | "record" | "append">(
  file: string,
  method: M,
  change: (before: Store[M]) => Store[M],
): OpenStore {
  return async (env) => {
    const store = await sqlite(file)(env);
    store[method] = change(store[method].bind(store) as Store[M]);
    return store;
  };
}

/** It is stored, and nobody has begun it. */
const stored =
  (mode: Mode): Scene =>
  async (file, say) => {
    const system = await begin(file, { pull: ["desk", "ledger", "writer"] });
    const { id } = await ask(system, mode);
    say(`task ${id}`);
    say("there");
    await stay();
  };

/** Its parts are kept, and its handler goes on. */
const running =
  (mode: Mode): Scene =>
  async (file, say) => {
    const system = await begin(file, { agents: [writer("first", PARTS, stay)] });
    const task = await ask(system, mode);
    say(`task ${task.id}`);
    for await (const { number } of task.parts()) if (number === PARTS) say("there");
  };

/** Its handler has ended, and its settlement is not written. */
const ending =
  (mode: Mode): Scene =>
  async (file, say) => {
    const store = changed(file, "settle", (settle) => (claim, ...rest) => {
      return claim.envelope.verb === "task" ? killed() : settle(claim, ...rest);
    });
    const system = await begin(file, { store, agents: [writer("first", PARTS)] });
    say(`task ${(await ask(system, mode)).id}`);
    await stay();
  };

/** Its settlement is written, and nobody was told of it. */
const settled =
  (mode: Mode): Scene =>
  async (file, say) => {
    const store = changed(file, "settle", (settle) => async (claim, ...rest) => {
      const answer = await settle(claim, ...rest);
      return claim.envelope.verb === "task" ? killed() : answer;
    });
    const system = await begin(file, { store, agents: [writer("first", PARTS)] });
    say(`task ${(await ask(system, mode)).id}`);
    await stay();
  };

export const storedAtLeastOnce = stored("at-least-once");
export const storedExactlyOnce = stored("exactly-once");
export const runningAtLeastOnce = running("at-least-once");
export const runningExactlyOnce = running("exactly-once");
export const endingAtLeastOnce = ending("at-least-once");
export const endingExactlyOnce = ending("exactly-once");
export const settledAtLeastOnce = settled("at-least-once");
export const settledExactlyOnce = settled("exactly-once");

/** It is cancelled where it waits. */
export const cancelledWaiting: Scene = async (file, say) => {
  const system = await begin(file, { pull: ["desk", "ledger", "writer"] });
  const task = await ask(system, "at-least-once");
  say(`task ${task.id}`);
  say(`answer ${await task.cancel("too late")}`);
  await stay();
};

/** It is cancelled while its handler runs, which does not heed it. */
export const cancelledRunning: Scene = async (file, say) => {
  const system = await begin(file, { agents: [writer("first", PARTS, stay)] });
  const task = await ask(system, "at-least-once");
  say(`task ${task.id}`);
  for await (const { number } of task.parts())
    if (number === PARTS) say(`answer ${await task.cancel("too late")}`);
};

/** It is cancelled while it waits for its time. */
export const cancelledDelayed: Scene = async (file, say) => {
  const system = await begin(file, { clock: testClock(), agents: [writer("first", PARTS)] });
  const task = await ask(system, "at-least-once", { delay: "1h" });
  say(`task ${task.id}`);
  say(`answer ${await task.cancel("too late")}`);
  await stay();
};

/** It is cancelled while it waits for its next attempt. */
export const cancelledRetrying: Scene = async (file, say) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const clock = testClock();
  const failing = agent("writer", {
    retry: { base: "1h", cap: "1h", jitter: "none" },
    on: { task: () => Promise.reject(new Error("no ink")) },
  });
  const system = await begin(file, {
    clock,
    agents: [failing],
    reports: ({ type }) => type === "delivery.settled" && resolve(),
  });
  const task = await ask(system, "at-least-once");
  say(`task ${task.id}`);
  await promise;
  say(`answer ${await task.cancel("too late")}`);
  await stay();
};

/** Its process dies when it is cancelled before its time, and nobody was told of that yet. */
export const cancelledUntold: Scene = async (file, say) => {
  const store = changed(file, "record", (record) => async (...entry) => {
    await record(...entry);
    return killed();
  });
  const system = await begin(file, { store, clock: testClock(), agents: [writer("first", PARTS)] });
  const task = await ask(system, "at-least-once", { delay: "1h" });
  say(`task ${task.id}`);
  await task.cancel("too late");
};

/** It runs, and its attempt is its last one. */
export const lastAttempt: Scene = async (file, say) => {
  const system = await begin(file, { agents: [writer("first", PARTS, () => (say("there"), stay()))] });
  say(`task ${(await ask(system, "at-least-once", { retry: { retries: 0 } })).id}`);
  await stay();
};

/** The next owner of the file finds it dead, and dies before anybody is told of that. */
export const deadUntold: Scene = async (file) => {
  const store = changed(file, "append", (append) => (envelope, fresh) => {
    return envelope.verb === "reply" ? killed() : append(envelope, fresh);
  });
  await begin(file, { store });
  await stay();
};

/** Or when somebody was told, and it is not recorded. */
export const deadUnrecorded: Scene = async (file) => {
  await begin(file, { store: changed(file, "record", () => killed) });
  await stay();
};

/** A task hands out another one by a key, and waits for it. */
export const nested: Scene = async (file, say) => {
  const system = await begin(file, {
    agents: [planner(say), agent("worker", { on: { task: () => (say("working"), stay()) } })],
  });
  await ask(system, "at-least-once");
  await stay();
};

/** Hands out a step, by its key. */
export function planner(say: (line: string) => void): AgentDefinition {
  const plan = async (_: unknown, ctx: Context<undefined>): Promise<unknown> => {
    const step = await ctx.task("worker", "dig", "a well", { key: "step 1", timeout: "1h" });
    say(`step ${step.id}`);
    return step.result({ timeout: "1h" });
  };
  return agent("writer", { on: { task: plan as never } }) as AgentDefinition;
}
