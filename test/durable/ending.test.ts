/** What users of others suffered at the end of a process: waits that never end, stale messages, attempts lost, processes that stay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { caught, only } from "../runtime/stage.ts";
import { here, Life, newFile } from "./life.kit.ts";

test("a process with everything under way ends by itself after a close, and whoever waits is told", async (t) => {
  const life = Life.begin(t, "inbox.closed", newFile(t));
  assert.equal(await life.until("told"), "HERMOD_CLOSED");
  assert.equal(await life.ended, 0);
});

test("a process that forgets to close ends by itself when its work is done", async (t) => {
  const life = Life.begin(t, "inbox.forgotten", newFile(t));
  assert.equal(await life.until("answer"), "hello");
  assert.equal(await life.ended, 0);
});

test("a call that the close of its system ended is told so, and does not run in the next one", async (t) => {
  const file = newFile(t);
  const first = await here(t, file, { pull: ["desk"] });
  const asked = caught(first.system.call("desk", "ask", 1));
  const running = first.system.mailbox("desk").receive();
  const waiting = caught(first.system.call("desk", "ask", 2));
  await running;
  await first.system.close({ timeout: 0 });
  assert.deepEqual([(await asked).code, (await waiting).code], ["HERMOD_CLOSED", "HERMOD_CLOSED"]);
  const { system } = await here(t, file, { pull: ["desk"] });
  assert.deepEqual(await system.mailbox("desk").peek(), []);
  await system.cast("desk", "do", 3);
  assert.equal((await system.mailbox("desk").receive())?.envelope.payload, 3);
});

test("a job that three deploys in a row interrupt has used no attempt, and is done by the fourth", async (t) => {
  const file = newFile(t);
  for (let deploy = 0; deploy < 3; deploy++)
    assert.equal(await Life.begin(t, "inbox.deployed", file).ended, 0);
  const attempts: number[] = [];
  const { system } = await here(t, file, { pull: ["job"] });
  const delivery = await system.mailbox("job").receive();
  attempts.push(delivery?.attempt as number);
  await delivery?.ack();
  assert.deepEqual(attempts, [1]);
  assert.deepEqual((await system.deadLetters.list()).items, []);
  assert.equal(only((await system.history()).items).state, "done");
});

test("three starts under one key are one start, also where a deploy lies between them", async (t) => {
  const file = newFile(t);
  let tickets = 0;
  const desk = agent("desk", { on: { request: () => ++tickets } });
  const file7 = { key: "ticket 7", delivery: "at-least-once" } as const;
  const first = await here(t, file, { agents: [desk] });
  const answers = await Promise.all([1, 2].map(() => first.system.call("desk", "file", { bug: 7 }, file7)));
  await first.system.close();
  const { system } = await here(t, file, { agents: [desk] });
  answers.push(await system.call("desk", "file", { bug: 7 }, file7));
  assert.deepEqual([answers, tickets], [[1, 1, 1], 1]);
});
