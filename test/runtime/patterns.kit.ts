/** What the suite of patterns works with: members whose answers the test holds, and agents that answer at once. */
import { agent, contract, type AgentDefinition, type Context } from "hermod";
import * as z from "zod";
import { turn, type Turn } from "./tasks.kit.ts";

const text = { in: z.string(), out: z.string() };

/** Three that can be asked the same. */
export const One = contract("one", { calls: { run: text } });
export const Two = contract("two", { calls: { run: text } });
export const Three = contract("three", { calls: { run: text } });
export const three = [One, Two, Three] as const;

/** Turns by the name of the agent that has them. */
export type Turns = Record<string, Turn[]>;

/** The three, each of which waits for the test. */
export function waiting(turns: Turns): AgentDefinition[] {
  return three.map((target) =>
    agent(target, {
      concurrency: 10,
      on: { run: (input, ctx) => turn((turns[target.name] ??= []), input, ctx) },
    }),
  );
}

/** The three, each of which answers at once. */
export function answering(answer: (input: string, ctx: Context, name: string) => string | Promise<string>) {
  return three.map((target) =>
    agent(target, {
      concurrency: 10,
      on: { run: (input, ctx) => answer(input, ctx, target.name) },
    }),
  );
}

/** The only turn that an agent has. */
export function turnOf(turns: Turns, name: string): Turn {
  const [first] = turns[name] ?? [];
  if (first === undefined) throw new Error(`${name} was not asked`);
  return first;
}

/** An agent that runs the test's own code. */
export const Runner = contract("runner", { calls: { run: { in: z.unknown(), out: z.unknown() } } });
export function runner(run: (ctx: Context) => unknown): AgentDefinition {
  return agent(Runner, { on: { run: (_, ctx) => run(ctx as Context) } });
}

/** Both ways to ask. */
export const both = ["call", "task"] as const;

/** The three links, by calls or as tasks. */
export const links = (as: "call" | "task") => three.map((target) => [target, "run", { as }] as const);

/** Waits for a promise on the test's clock. */
export async function settled<T>(promise: Promise<T>, clock: { settle(): Promise<void> }): Promise<T> {
  await clock.settle();
  return promise;
}
