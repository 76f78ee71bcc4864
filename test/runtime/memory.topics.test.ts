/** Topics and subscriptions over the memory store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, start } from "hermod";
import { testClock, testSystem } from "hermod/testing";
import { later } from "./later.ts";
import { liveSuite } from "./live.suite.ts";
import { durableSuite } from "./durable.suite.ts";
import { publishingSuite } from "./publishing.suite.ts";
import { topicCallSuite } from "./topiccall.suite.ts";
import { topicsSuite } from "./topics.suite.ts";

const suites = [topicsSuite, liveSuite, durableSuite, topicCallSuite, publishingSuite];

for (const suite of suites) {
  suite("memory", testSystem);
  suite("distant memory", (options) => testSystem({ store: later(memory()), ...options }));
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
