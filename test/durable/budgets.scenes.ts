/** Scenes of budgets whose process is killed: amounts that are set aside or settled, and a conversation that fans out. */
import { agent, start, type AgentDefinition, type Context, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

/** The conversation of all scenes. */
export const TALK = "c1";

function begin(file: string, agents: readonly AgentDefinition[]): Promise<System> {
  return start({ store: sqlite(file), agents, statistics: false });
}

const said = { conversation: TALK, budget: { tokens: 1000 }, key: "think" } as const;

/** Hands out the thinking, in whatever life. */
export function think(system: System) {
  return system.task("thinker", "think", "tides", said);
}

/** Sets 600 tokens aside for a thought; `cost` is what it really costs, and then it does `last`. */
export function thinker(cost: number | undefined, last: () => unknown): AgentDefinition {
  const work = async (_: unknown, ctx: Context<undefined>): Promise<unknown> => {
    const reserved = await ctx.budget.reserve({ tokens: 600 });
    if (cost !== undefined) await reserved.settle({ tokens: cost });
    return last();
  };
  return agent("thinker", { on: { task: work as never } }) as AgentDefinition;
}

/** 600 tokens are set aside. */
export const reserved: Scene = async (file, say) => {
  await think(await begin(file, [thinker(undefined, () => (say("there"), stay()))]));
};

/** Of 600 tokens 250 were spent. */
export const settled: Scene = async (file, say) => {
  await think(await begin(file, [thinker(250, () => (say("there"), stay()))]));
};

/** What each message of a conversation leads to, and how deep: 1 + 3 + 9 + 27 messages. */
const CHILDREN = 3;
const DEPTH = 3;
export const TREE = 40;
export type Mode = "at-least-once" | "exactly-once";

/** Sends the first message of the tree, in whatever life. */
export async function sow(system: System, delivery: Mode, messages: number): Promise<void> {
  const terms = { conversation: TALK, budget: { messages }, key: "root", delivery };
  await system.cast("tree", "grow", "0", terms);
}

/** Each message sends its children, by the same names however often it is tried; every third fails when it is first seen. */
export function tree(delivery: Mode): AgentDefinition {
  const seen = new Set<unknown>();
  let turn = 0;
  const grow = async (name: unknown, ctx: Context<undefined>): Promise<void> => {
    if ((name as string).length > DEPTH) return;
    const children = Array.from({ length: CHILDREN }, (_, at) => `${name as string}${at}`);
    for (const child of children) await ctx.cast("tree", "grow", child, { key: child, delivery });
    if (seen.size === seen.add(name).size || ++turn % 3 > 0) return;
    throw new Error("not now");
  };
  const options = { concurrency: 4, retry: { retries: 99, base: 0, jitter: "none" } } as const;
  return agent("tree", { ...options, on: { notification: grow as never } }) as AgentDefinition;
}

/** The tree grows, and its process dies at the sixth settlement: before it is written, or after. */
const grown =
  (delivery: Mode, messages: number, isWritten: boolean): Scene =>
  async (file) => {
    let left = 6;
    const system = await start({
      agents: [tree(delivery)],
      statistics: false,
      store: async (env) => {
        const store = await sqlite(file)(env);
        const settle = store.settle.bind(store);
        store.settle = async (...given) => {
          const isLast = --left === 0;
          if (isLast && isWritten) await settle(...given);
          if (isLast) process.kill(process.pid, "SIGKILL");
          return settle(...given);
        };
        return store;
      },
    });
    await sow(system, delivery, messages);
    await stay();
  };

/** Too few for the whole tree. */
export const FEW = 25;

export const wideBefore = grown("at-least-once", 2 * TREE, false);
export const wideAfter = grown("at-least-once", 2 * TREE, true);
export const wideOnceBefore = grown("exactly-once", 2 * TREE, false);
export const wideOnceAfter = grown("exactly-once", 2 * TREE, true);
export const narrowBefore = grown("at-least-once", FEW, false);
export const narrowAfter = grown("at-least-once", FEW, true);
export const narrowOnceBefore = grown("exactly-once", FEW, false);
export const narrowOnceAfter = grown("exactly-once", FEW, true);
