/** Topics and subscriptions, over the memory store and over one at a distance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "hermod";
import { testClock } from "hermod/testing";
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.topics) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}

test("what is published while nobody listens to reports is not missed by who listens later", async () => {
  const clock = testClock();
  await using system = await start({ clock, statistics: false });
  const missed: unknown[] = [];
  const listen = () =>
    system.reports((report) => void (report.type === "event.missed" && missed.push(report)));
  await system.subscribe("news", () => undefined);
  for (let at = 0; at < 3; at++) {
    const end = listen();
    await system.publish("news", at);
    await clock.settle();
    end();
    await system.publish("news", at);
    await system.publish("news", at);
    await clock.settle();
  }
  assert.deepEqual(missed, []);
});
