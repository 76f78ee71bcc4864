/** A call with delivery "at-least-once" over the end of the process: whoever asks again under the same key gets the one reply. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { testClock } from "hermod/testing";
import { caught } from "../runtime/stage.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";

const asked = { key: "order 7", delivery: "at-least-once", timeout: "1m" } as const;

test("a durable call goes on in the next process, and whoever asks again under its key gets the reply, once it is there", async (t) => {
  const file = newFile(t);
  await killedAt(t, "remembered.asking", file, "asked");
  const gate = Promise.withResolvers<void>();
  const keys: string[] = [];
  const clerk = agent("clerk", {
    on: {
      request: async (_, ctx) => {
        keys.push(ctx.idempotencyKey);
        await gate.promise;
        return "sent";
      },
    },
  });
  const clock = testClock(Date.now());
  const { system } = await here(t, file, { agents: [clerk], clock, file: { thread: false } });
  const reply = system.call("clerk", "order", { book: 7 }, asked);
  const conflict = await caught(system.call("clerk", "order", { book: 8 }, asked));
  assert.equal(conflict.code, "HERMOD_CONFLICT");
  // Whoever asks again has looked for the reply, and there is none yet.
  await clock.settle();
  gate.resolve();
  assert.equal(await reply, "sent");
  assert.equal(await system.call("clerk", "order", { book: 7 }, asked), "sent");
  assert.deepEqual(keys, ["order 7"], "one run, under the key that services know");
});

test("a reply that was stored before the kill is there for its caller afterwards, and nothing runs again", async (t) => {
  const file = newFile(t);
  await killedAt(t, "remembered.answered", file, "settled");
  const life = Life.begin(t, "remembered.askingAgain", file);
  assert.equal(await life.until("answer"), "sent by the clerk of the first life");
  assert.equal(await life.ended, 0);
});

test("a durable call survives two kills of whoever runs it", async (t) => {
  const file = newFile(t);
  for (let kill = 0; kill < 2; kill++) await killedAt(t, "remembered.asking", file, "asked");
  const life = Life.begin(t, "remembered.askingAgain", file);
  assert.equal(await life.until("answer"), "sent order 7");
  assert.equal(await life.ended, 0);
});

test("a durable call whose handler fails to the end in the next process tells whoever asks again, while it runs and afterwards", async (t) => {
  const file = newFile(t);
  await killedAt(t, "remembered.asking", file, "asked");
  const clerk = agent("clerk", {
    retry: { retries: 0 },
    on: { request: () => Promise.reject(new Error("no ink")) },
  });
  const { system } = await here(t, file, { agents: [clerk] });
  for (let n = 0; n < 2; n++) {
    const failed = await caught(system.call("clerk", "order", { book: 7 }, asked));
    assert.deepEqual([failed.code, (failed.cause as Error).message], ["HERMOD_FAILED", "no ink"]);
  }
  assert.equal((await system.deadLetters.list()).items.length, 1);
});
