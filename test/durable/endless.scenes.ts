/** Scenes of what would go on without end, and of what comes too late, in a process that is killed. */
import { agent, start, type AgentDefinition, type Context, type OpenStore, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

/** The conversation of all scenes. */
export const TALK = "c1";

/** One that thanks for every thanks. */
export function polite(name: string, other: string): AgentDefinition {
  const thank = async (_: unknown, ctx: Context<undefined>): Promise<void> =>
    void (await ctx.cast(other, "thank", "thank you", { delivery: "exactly-once" }));
  return agent(name, {
    retry: { retries: 99, base: 0 },
    on: { notification: thank as never },
  }) as AgentDefinition;
}

/** Tells the others of everything it hears, and so do they. */
export function gossip(name: string, others: readonly string[]): AgentDefinition {
  const tell = async (_: unknown, ctx: Context<undefined>): Promise<void> => {
    for (const other of others) await ctx.cast(other, "tell", "news", { delivery: "exactly-once" });
  };
  const options = { retry: { retries: 99, base: 0 }, concurrency: 4 } as const;
  return agent(name, { ...options, on: { notification: tell as never } }) as AgentDefinition;
}

export const gossips = (): AgentDefinition[] => [
  gossip("ann", ["bob", "cid"]),
  gossip("bob", ["ann"]),
  gossip("cid", ["ann"]),
];

/** What the gossips may send, together. */
export const MOST = 60;

/** A store whose process dies at so many settlements. */
function mortal(file: string, settlements: number): OpenStore {
  let left = settlements;
  return async (env) => {
    const store = await sqlite(file)(env);
    const settle = store.settle.bind(store);
    store.settle = async (...given) => {
      const settled = await settle(...given);
      if (--left === 0) process.kill(process.pid, "SIGKILL");
      return settled;
    };
    return store;
  };
}

/** The first word, in whatever life. */
export function thank(system: System): Promise<unknown> {
  return system.cast("ann", "thank", "hello", { key: "first", conversation: TALK });
}

export const thanked: Scene = async (file) => {
  const agents = [polite("ann", "bob"), polite("bob", "ann")];
  await thank(await start({ store: mortal(file, 5), agents, statistics: false }));
  await stay();
};

export function tell(system: System): Promise<unknown> {
  const budget = { messages: MOST };
  return system.cast("ann", "tell", "news", { key: "first", conversation: TALK, budget });
}

export const told: Scene = async (file) => {
  await tell(await start({ store: mortal(file, 9), agents: gossips(), statistics: false }));
  await stay();
};

/** Two that ask each other. */
export function asking(name: string, other: string, before: () => unknown): AgentDefinition {
  const ask = async (_: unknown, ctx: Context<undefined>): Promise<unknown> => {
    await before();
    return ctx.call(other, "ask", "why");
  };
  return agent(name, { on: { request: ask as never } }) as AgentDefinition;
}

export const asked = { key: "why", delivery: "at-least-once", timeout: "5m" } as const;

/** The second of a circle has been asked, by a durable call. */
export const circle: Scene = async (file, say) => {
  const agents = [asking("ann", "bob", () => undefined), asking("bob", "ann", () => (say("there"), stay()))];
  const system = await start({ store: sqlite(file), agents, statistics: false });
  await system.call("ann", "ask", "why", asked);
};

/** Somebody waits for a result, and is gone before it comes. */
export const waiting: Scene = async (file, say) => {
  const digger = agent("digger", { on: { task: () => (say("there"), stay()) } });
  const system = await start({ store: sqlite(file), agents: [digger], statistics: false });
  const task = await system.task("digger", "dig", "a well", { key: "well" });
  say(`task ${task.id}`);
  await task.result();
};
