/** Long answers: what is claimed, read or followed at once is cut where an answer would be too long, and nothing of it is missed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, start } from "hermod";
import { remote } from "hermod/remote";
import { Raw } from "./auth/auth.kit.ts";
import { Hub } from "./hub.ts";

const LARGE = "x".repeat(250_000);

/** A hub with a hundred messages that are 25 MB together. */
async function filled(): Promise<{ readonly hub: Hub; readonly raw: Raw }> {
  const hub = await Hub.open({ store: memory(), port: 0 });
  const raw = await Raw.hello(hub.url);
  await raw.ask("announce", { mailbox: "a", rule: {} });
  for (let at = 0; at < 100; at++)
    await raw.ask("append", {
      envelope: { id: `m${at}`, from: "a", to: "a", payload: LARGE, conversationId: "c" },
    });
  return { hub, raw };
}

test("a claim gives as much as an answer holds, and wakes for the rest", async () => {
  const { hub, raw } = await filled();
  await using _ = hub;
  await raw.ask("watch", { mailbox: "a" });
  const claim = async (): Promise<number> => {
    const answer = await raw.ask("claim", { mailbox: "a", max: 1000, lease: 60_000 });
    return (answer?.["is"] as unknown[] | undefined)?.length ?? 0;
  };
  const first = await claim();
  assert.ok(first > 0 && first < 100, `${first}`);
  assert.deepEqual((await raw.hear((frame) => "wake" in frame))?.["wake"], ["a"]);
  let all = first;
  for (let more = await claim(); more > 0; more = await claim()) all += more;
  assert.equal(all, 100);
});

test("a page has as many items as an answer holds, and its cursor goes on behind them", async () => {
  const { hub, raw } = await filled();
  await using _ = hub;
  const ids: string[] = [];
  let after: unknown;
  do {
    const query = { type: "history", limit: 1000, ...(after !== undefined && { after }) };
    const page = (await raw.ask("read", { query }))?.["is"] as {
      items: { envelope: { id: string } }[];
      next?: string;
    };
    ids.push(...page.items.map(({ envelope }) => envelope.id));
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(
    ids,
    Array.from({ length: 100 }, (_, at) => `m${at}`),
  );
});

test("a task's parts arrive whatever they are long together", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const teller = agent("teller", {
    on: {
      async *task(most) {
        for (let at = 0; at < (most as number); at++) yield `${at} ${LARGE}`;
      },
    },
  });
  await using _ = await start({ agents: [teller], store: remote(hub.url) });
  await using reader = await start({ store: remote(hub.url) });
  const task = await reader.task("teller", "", 60);
  await task.result();
  const numbers: number[] = [];
  for await (const { value } of task.parts()) numbers.push(Number.parseInt(value as string, 10));
  assert.deepEqual(
    numbers,
    Array.from({ length: 60 }, (_, at) => at),
  );
});
