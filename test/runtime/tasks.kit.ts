/** What the suites of long work share: a worker whose handler the test holds, and who is told of the end. */
import { agent, contract, type AgentDefinition, type Context, type TaskDone } from "hermod";
import * as z from "zod";

export const Worker = contract("worker", {
  calls: { run: { in: z.string(), out: z.string(), chunk: z.string() } },
});

const done = z.object({
  task: z.string(),
  agent: z.string(),
  operation: z.string(),
  key: z.string().optional(),
  state: z.enum(["done", "failed", "cancelled"]),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.string() }).optional(),
});

/** Who hands work out and is told of its end. */
export const Chief = contract("chief", {
  calls: { plan: { in: z.string(), out: z.string() } },
  casts: { stepDone: done },
});

/** One attempt that waits for the test. */
export interface Turn {
  readonly input: string;
  readonly ctx: Context;
  readonly finish: (result: string) => void;
  readonly fail: (error: unknown) => void;
}

/** A worker whose handlers wait until the test ends them; `heed` lets them end when they are told to stop. */
export function held(turns: Turn[], options: { readonly heed?: boolean } = {}): AgentDefinition {
  return agent(Worker, {
    retry: { retries: 2, base: "1s", jitter: "none" },
    on: { run: (input, ctx) => turn(turns, input, ctx, options.heed ?? true) },
  });
}

/** Holds one handler. */
export function turn(turns: Turn[], input: string, ctx: Context, heed = true): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stop = (): void => reject(ctx.signal.reason as Error);
  if (heed && ctx.signal.aborted) stop();
  else if (heed) ctx.signal.addEventListener("abort", stop);
  turns.push({ input, ctx, finish: resolve, fail: reject });
  return promise;
}

/** A chief that keeps what it is told. */
export function chief(told: TaskDone[]): AgentDefinition {
  return agent(Chief, {
    on: { plan: (text) => text, stepDone: (end) => void told.push(end as unknown as TaskDone) },
  });
}
