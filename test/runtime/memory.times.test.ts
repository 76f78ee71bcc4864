/** What is sent for later, and again and again, over the memory store and over one at a distance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, start, type Envelope, type OpenStore, type Store, type System } from "hermod";
import { seeded, testClock } from "hermod/testing";
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.times) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}

test("two systems on one store serve its schedules, each time once, and one goes on without the other", async () => {
  const clock = testClock();
  const heard: Envelope[] = [];
  const on = { notification: (_: unknown, ctx: { envelope: Envelope }) => void heard.push(ctx.envelope) };
  let shared: Store | undefined;
  let users = 0;
  const store: OpenStore = async (env) => {
    users++;
    if (shared !== undefined) return shared;
    shared = await memory()(env);
    const close = shared.close.bind(shared);
    shared.close = () => (--users === 0 ? close() : undefined);
    return shared;
  };
  const begin = (seed: number): Promise<System> =>
    start({ agents: [agent("poller", { on })], clock, store, random: seeded(seed), statistics: false });
  const first = await begin(1);
  await first.schedule("mail", { every: "1h" }, "poller", "poll", {});
  const second = await begin(2);
  await clock.advance("50h");
  assert.deepEqual([heard.length, new Set(heard.map(({ idempotencyKey }) => idempotencyKey)).size], [50, 50]);
  const changed = await second.schedule("mail", { every: "2h" }, "poller", "poll", {});
  assert.equal(await changed.next(), clock.now() + 7_200_000);
  await first.close();
  await clock.advance("10h");
  assert.equal(heard.length, 55);
  await second.close();
});
