/**
 * Agents of the workload: in line, side by side, transactional with a keyed state, listening to a topic, and at long work in parts.
 * Now and then one throws, so that retries and dead letters are part of it.
 */
import { agent, on, type AgentDefinition, type Context, type Duration, type System } from "hermod";
import type { Draw } from "../random.ts";
import { letter, outputOf, type Letter } from "./letter.ts";
import type { Note } from "./lines.ts";

/** Mailboxes whose messages are followed. */
export const mailboxes = [
  "line",
  "crew",
  "ledger",
  "outbox",
  "listener",
  "archive",
  "scribe",
  "desk",
] as const;
/** Instances of the ledger. */
export const ledgerKeys = ["a", "b", "c"] as const;
/** Topics that are published to, and the mailboxes that get a copy. */
export const topics = ["tide.low", "tide.high"] as const;
export const listeners = ["listener", "archive"] as const;

/** A part of a task: whose, and which one of its attempt. */
export interface Piece {
  readonly n: string;
  readonly at: number;
}

/** The state of an instance of the ledger: what it has booked. */
interface Book {
  readonly list: string[];
}

const retries = { retries: 2, base: 2, jitter: "none" } as const;

/** Most parts of a task. */
const PARTS = 4;

export function workers(draw: Draw, note: Note, lease: Duration = "30s"): readonly AgentDefinition[] {
  const retry = { retry: retries, lease } as const;
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
  const write = async function* (payload: unknown, ctx: Context): AsyncGenerator<Piece, string, undefined> {
    const { n } = payload as Letter;
    note({ kind: "run", id: n });
    for (let at = 1, parts = draw(PARTS + 1); at <= parts; at++) {
      yield { n, at };
      if (draw(2) === 0) await pause(draw(3));
    }
    if (ctx.envelope.delivery === "exactly-once") await ctx.cast("outbox", "book", letter(outputOf(n)));
    if (draw(10) === 0) throw new Error("no paper");
    return n;
  };
  const ledger = agent("ledger", {
    keyed: true,
    ...retry,
    state: (): Book => ({ list: [] }),
    on: { notification: book },
  });
  return [
    agent("line", { ...retry, on: { notification: work } }),
    agent("crew", { ...retry, concurrency: 4, on: { notification: work, request: work } }),
    ledger,
    agent("outbox", { ...retry, concurrency: 2, on: { notification: () => undefined } }),
    agent("scribe", { ...retry, concurrency: 3, on: { task: write } }),
    agent("desk", { ...retry, on: { result: () => undefined, error: () => undefined } }),
    agent("listener", { ...retry, on: {}, topics: [on("tide.*", work)] }),
  ] as readonly AgentDefinition[];
}

/** The durable subscription, which is no agent of its own to its user. */
export async function subscribe(system: System): Promise<void> {
  await system.subscribe("tide.>", () => undefined, { durable: "archive", retry: retries });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
