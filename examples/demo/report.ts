/**
 * The long work of the demo: an orchestrator asks a planner, hands the steps to an analyst and to content writers as tasks, ends one
 * that nobody needs, and puts the results together. All of it is found again by the next process when this one is killed.
 */
import { agent, contract, type AgentDefinition, type Context, type Task, type TaskDone } from "hermod";
import * as z from "zod";

const step = z.object({ name: z.string(), kind: z.enum(["analyse", "write"]), about: z.string() });
export type Step = z.infer<typeof step>;

const topic = z.object({ topic: z.string() });
const about = z.object({ about: z.string() });

export const Orchestrator = contract("orchestrator", {
  calls: {
    report: { in: topic, out: z.object({ text: z.string(), dropped: z.string() }), chunk: z.string() },
  },
});
export const Planner = contract("planner", { calls: { plan: { in: topic, out: z.array(step) } } });
export const Analyst = contract("analyst", { calls: { analyse: { in: about, out: z.string() } } });
export const Retriever = contract("data-retriever", {
  calls: { fetch: { in: about, out: z.array(z.number()) } },
});
export const ContentWriter = contract("content-writer", {
  calls: { write: { in: about, out: z.string(), chunk: z.string() } },
});
export const Desk = contract("desk", { casts: { stepDone: z.custom<TaskDone>() } });

/** Waits in the demo, in milliseconds. */
const PACE = 200;

/** An attempt that was killed is an attempt: of these the demo may be killed as often as somebody likes. */
export const killable = { retries: 100 } as const;

const steps: readonly Step[] = [
  { name: "levels", kind: "analyse", about: "water levels" },
  { name: "moon", kind: "write", about: "the moon" },
  { name: "storms", kind: "write", about: "storms" },
  { name: "harbours", kind: "write", about: "harbours" },
];

/** What the writers have to say, sentence by sentence. */
const sentences: Readonly<Record<string, readonly string[]>> = {
  "the moon": ["The moon pulls.", "The sea follows.", "Twice a day it comes.", "Twice a day it goes."],
  storms: Array.from({ length: 100 }, (_, at) => `Storm ${at + 1} of a hundred.`),
  harbours: [
    "Ships wait for water.",
    "At high tide they leave.",
    "At low tide they lie.",
    "The crane rests.",
  ],
};

const planner = agent(Planner, { on: { plan: () => [...steps] } });

/** Hands a step out: the same step of the same report is the same task, in this process and in the next. */
function handOut(ctx: Context, { name, kind, about }: Step): Promise<Task<string>> {
  const options = { key: `sea-report ${name}`, onDone: [Desk, "stepDone"], retry: killable } as const;
  if (kind === "analyse") return ctx.task(Analyst, "analyse", { about }, options);
  return ctx.task(ContentWriter, "write", { about }, options);
}

const orchestrator = agent(Orchestrator, {
  on: {
    report: async function* ({ topic }, ctx) {
      // Short, and nothing goes on without it: a call. Long, with a model at work: tasks.
      const plan = await ctx.call(Planner, "plan", { topic }, { timeout: "2s", retries: 1, fallback: [] });
      const tasks = await Promise.all(plan.map(async (each) => [each, await handOut(ctx, each)] as const));
      const texts: string[] = [];
      let dropped = "";
      for (const [{ name }, task] of tasks) {
        if (name === "storms") dropped = await drop(task);
        else texts.push(await task.result({ timeout: "1m" }));
        await ctx.progress((texts.length + 1) / plan.length, name);
        yield name;
      }
      return { text: texts.join(" "), dropped };
    },
  },
});

/** Ends a task once it has begun: a hundred storms are too many. Gives how it stands then. */
async function drop(task: Task<string>): Promise<string> {
  for await (const _ of task.parts()) break;
  await task.cancel("a hundred storms are too many");
  await task.result().catch(() => undefined);
  return (await task.status()).state;
}

const analyst = agent(Analyst, {
  on: {
    analyse: async ({ about }, ctx) => {
      const ask = { timeout: PACE, retries: 1, fallback: [2, 2] } as const;
      const levels = await ctx.call(Retriever, "fetch", { about }, ask);
      await ctx.progress(0.5, "levels are here");
      const winds = await ctx.call(Retriever, "fetch", { about: "winds" }, ask);
      return `High water at ${Math.max(...levels)} m, wind ${winds.join(" to ")}.`;
    },
  },
});

/** Slow when it is asked for the first time, and knows nothing of winds. */
function createRetriever(): AgentDefinition {
  const asked = new Set<string>();
  return agent(Retriever, {
    concurrency: 4,
    on: {
      fetch: async ({ about }, ctx) => {
        if (about === "winds" || !asked.has(about)) {
          asked.add(about);
          await stopped(ctx.signal);
        }
        return [1, 4, 2];
      },
    },
  });
}

const writer = agent(ContentWriter, {
  concurrency: 3,
  on: {
    write: async function* ({ about }, ctx) {
      const text = sentences[about] ?? [];
      for (const [at, sentence] of text.entries()) {
        await pause(PACE, ctx.signal);
        yield sentence;
        await ctx.progress((at + 1) / text.length);
      }
      return text.join(" ");
    },
  },
});

/** Keeps who was told of which end, once each. */
const desk = agent(Desk, {
  state: () => ({ told: [] as string[] }),
  on: { stepDone: ({ key, state }, ctx) => void ctx.state.told.push(`${key} ${state}`) },
});

export function createReporters(): AgentDefinition[] {
  return [orchestrator, planner, analyst, createRetriever(), writer, desk];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
  );
}
