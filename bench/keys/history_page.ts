import { DatabaseSync } from "node:sqlite";
import { percentile, type Sample } from "../measure.ts";
import { AGENTS, agentName, chance, conversationOf, PAST, pastFile, wordAt } from "../past.ts";
import type { Key } from "./key.ts";

const PAGES = 200;
const PAGE = 100;
const WARM_UP = 10;

/** Milliseconds in which 95 of 100 pages are there. */
async function p95(page: (index: number) => unknown): Promise<number> {
  const times = new Float64Array(PAGES);
  for (let index = -WARM_UP; index < PAGES; index++) {
    const start = performance.now();
    await page(index);
    if (index >= 0) times[index] = performance.now() - start;
  }
  return percentile(times.sort(), 0.95);
}

/** Rows that stand together, and their text as objects. */
async function floor(messages: number): Promise<Sample> {
  const db = new DatabaseSync(await pastFile(messages), { readOnly: true });
  const rows = db.prepare("SELECT body FROM message WHERE seq > ? ORDER BY seq LIMIT ?");
  const value = await p95((index) =>
    rows.all(Math.floor(chance(index) * messages), PAGE).map((row) => JSON.parse(row["body"] as string)),
  );
  db.close();
  return { value };
}

async function ours(messages: number): Promise<Sample> {
  const { start } = await import("hermod");
  const { sqlite } = await import("hermod/sqlite");
  const system = await start({ store: sqlite(await pastFile(messages)) });
  const at = (index: number) => Math.floor(chance(index) * messages);
  const full = async (query: Parameters<typeof system.history>[0], least: number) => {
    const { items, next } = await system.history({ ...query, limit: PAGE });
    if (items.length < least) throw new Error(`${JSON.stringify(query)} gave ${items.length} messages`);
    return next;
  };
  let after: string | undefined;
  const agent = await p95(async (index) => {
    const query = { agent: agentName(Math.floor(index / 2) + AGENTS) };
    // Each agent's first page, and the one behind it.
    after = await full(index % 2 === 0 ? query : { ...query, ...(after && { after }) }, PAGE);
  });
  const conversation = await p95((index) => full({ conversation: conversationOf(at(index)) }, 1));
  const text = await p95((index) => full({ where: wordAt(Math.floor(5_000 ** chance(index)) - 1) }, 0));
  await system.close();
  return { value: Math.max(agent, conversation, text), agent, conversation, text };
}

export const historyPage: Key = {
  name: "history_page",
  about:
    "pages of 100 messages out of 1,000,000 kept, by agent, by conversation and by a word, the slowest of the three; floor: 100 rows that stand together, by raw SQL",
  unit: "ms p95",
  better: "lower",
  sizes: PAST,
  prepare: pastFile,
  floor,
  ours,
  target: { value: { atMost: 20 } },
};
