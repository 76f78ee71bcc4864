/** What the suites of topics share: a contract with events, topics, and agents that keep what they hear. */
import { agent, contract, on, topic, type Subject } from "hermod";
import * as z from "zod";

export const Writer = contract("writer", {
  casts: { write: z.string() },
  events: {
    drafted: z.object({ words: z.number() }),
    erased: { in: z.string(), priority: "high", delivery: "at-most-once" },
  },
});

export const Tide = topic("tide.*.turned", z.object({ height: z.number() }));
export const Sum = topic("sum", { in: z.array(z.number()), out: z.number() });

/** An agent that keeps what is published to a subject. */
export function hearing(name: string, to: Exclude<Subject, typeof Writer>, heard: unknown[]) {
  return agent(name, { on: {}, topics: [on(to as string, (event) => void heard.push(event))] });
}

/** A writer that does what it is told with its context. */
export function writing(write: (text: string, ctx: WriterContext) => unknown) {
  return agent(Writer, { retry: { retries: 1, base: 0, jitter: "none" }, on: { write } });
}

export type WriterContext = Parameters<Parameters<typeof agent<typeof Writer>>[1]["on"]["write"]>[1];
