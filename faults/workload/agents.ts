/**
 * Agents of the workload: in line, side by side, transactional with a keyed state, and listening to a topic. Now and then one
 * throws, so that retries and dead letters are part of it.
 */
import { agent, on, type AgentDefinition, type Context, type System } from "hermod";
import type { Draw } from "../random.ts";
import { letter, outputOf, type Letter } from "./letter.ts";

/** Mailboxes whose messages are followed. */
export const mailboxes = ["line", "crew", "ledger", "outbox", "listener", "archive"] as const;
/** Instances of the ledger. */
export const ledgerKeys = ["a", "b", "c"] as const;
/** Topics that are published to, and the mailboxes that get a copy. */
export const topics = ["tide.low", "tide.high"] as const;
export const listeners = ["listener", "archive"] as const;

/** The state of an instance of the ledger: what it has booked. */
interface Book {
  readonly list: string[];
}

const retry = { retries: 2, base: 2, jitter: "none" } as const;

export function workers(draw: Draw): readonly AgentDefinition[] {
  const work = async (payload: unknown): Promise<Letter> => {
    if (draw(3) === 0) await pause(draw(4));
    if (draw(25) === 0) throw new Error("not now");
    return payload as Letter;
  };
  const book = async (payload: unknown, ctx: Context<Book>): Promise<void> => {
    const { n } = payload as Letter;
    ctx.state.list.push(n);
    await ctx.cast("outbox", "book", letter(outputOf(n)));
    if (draw(25) === 0) throw new Error("no ink");
  };
  const ledger = agent("ledger", {
    keyed: true,
    retry,
    state: (): Book => ({ list: [] }),
    on: { notification: book },
  });
  return [
    agent("line", { retry, on: { notification: work } }),
    agent("crew", { retry, concurrency: 4, on: { notification: work, request: work } }),
    ledger,
    agent("outbox", { retry, concurrency: 2, on: { notification: () => undefined } }),
    agent("listener", { retry, on: {}, topics: [on("tide.*", work)] }),
  ] as readonly AgentDefinition[];
}

/** The durable subscription, which is no agent of its own to its user. */
export async function subscribe(system: System): Promise<void> {
  await system.subscribe("tide.>", () => undefined, { durable: "archive", retry });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
