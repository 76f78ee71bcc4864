/** Our own library over a file, as the durable keys open it. Imported only by a process that measures us. */
import { setTimeout } from "node:timers/promises";
import { agent, start, type StartOptions, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { keepInFlight } from "./inflight.ts";
import { partOf } from "./part.ts";
import { Sink, sinkNamed } from "./sink.ts";

/** A mailbox that nobody serves: what is stored before the clock starts, and outputs. */
export const Shelf = sinkNamed("shelf");

const openDurable = (file: string, options: StartOptions = {}): Promise<System> =>
  start({ pull: [Shelf], ...options, store: sqlite(file) });

const WARM_UP = partOf(20_000);

/** The same as `openDurable`, once messages have run through another file, so that the code is as fast as it gets. */
export async function openWarm(file: string, options: StartOptions = {}): Promise<System> {
  const warm = await openDurable(`${file}.warm`, { agents: [sinkAgent(async () => {})] });
  await keepInFlight(0, WARM_UP, (message) => warm.cast(Sink, "take", message));
  await acknowledged(warm, WARM_UP);
  await warm.close();
  return openDurable(file, options);
}

/** Stores messages that are only there. */
export const fill = (system: System, count: number): Promise<void> =>
  keepInFlight(0, count, (message) => system.cast(Shelf, "take", message));

export const sinkAgent = (take: (message: unknown) => Promise<void>) =>
  agent(Sink, { on: { take, ask: async (question: unknown) => question } });

/** Counts what it handles in its state, and passes each message on once it is let. */
export const countingAgent = (may: Promise<void>, handled: () => void) =>
  agent(Sink, {
    state: () => ({ count: 0 }),
    on: {
      take: async (message, ctx) => {
        await may;
        ctx.state.count++;
        await ctx.cast(Shelf, "take", message);
        handled();
      },
      ask: async (question: unknown) => question,
    },
  });

/** Waits until so many acks are committed. */
export async function acknowledged(system: System, count: number): Promise<void> {
  while ((await system.stats()).delivery.acknowledged < count) await setTimeout(1);
}
