/** A port that closes leaves nobody without an answer, however long its copy takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { BatchAnswer } from "../stores/sqlite/protocol.ts";
import { testClock } from "../testing/clock.ts";
import { JournalPort, type PortParts } from "./port.ts";

test("what stands in the journal is answered before the port has closed, and then its end is written", async () => {
  const written: string[] = [];
  const [stored, applied] = [Promise.withResolvers<void>(), Promise.withResolvers<BatchAnswer>()];
  const pen = { write: async (text: string) => (stored.resolve(), written.push(text)) };
  const parts = {
    ...{ pen, clock: testClock(), owner: "o", lost: assert.fail },
    copy: { write: () => applied.promise },
    space: { room: async () => undefined, grew: () => undefined },
  } as unknown as PortParts;
  const port = new JournalPort(parts);
  const answers: BatchAnswer[] = [];
  port.write(["changed"], (answer) => void answers.push(answer));
  await stored.promise;
  const closing = port.close();
  await new Promise<void>((resolve) => systemClock.pause(resolve));
  assert.equal(written.length, 1);
  const done = { type: "done" } as unknown as BatchAnswer;
  applied.resolve(done);
  await closing;
  assert.deepEqual(answers, [done]);
  assert.deepEqual([written.length, written.at(-1)?.includes('"end"')], [2, true]);
});

test("what nobody waits for is held back, and goes before what somebody waits for", async () => {
  const written: string[] = [];
  const pen = { write: async (text: string) => written.push(text), resign: () => undefined };
  const parts = {
    ...{ pen, clock: systemClock, owner: "o", lost: assert.fail },
    copy: { write: async () => ({ type: "kept", answers: [], discarded: [] }) },
    space: { room: async () => undefined, grew: () => undefined },
  } as unknown as PortParts;
  const port = new JournalPort(parts);
  const answered = (changes: string, awaited: boolean): Promise<unknown> =>
    new Promise((resolve) => port.write([changes], resolve, awaited));
  const first = answered("a", false);
  await new Promise<void>((resolve) => systemClock.pause(resolve));
  assert.equal(written.length, 0);
  await Promise.all([first, answered("b", true)]);
  assert.deepEqual(
    written.map((text) => (JSON.parse(text) as { changes: string[] }).changes),
    [["a"], ["b"]],
  );
  await answered("c", false);
  assert.equal(written.length, 3);
  port.resign();
});

test("a port that is deserted answers what waits, and what comes later, that nobody knows what became of it", async () => {
  const parts = {
    ...{ clock: testClock(), owner: "o", lost: assert.fail },
    pen: { write: () => new Promise(() => undefined), resign: () => undefined },
    space: { room: async () => undefined },
  } as unknown as PortParts;
  const port = new JournalPort(parts);
  const answers: BatchAnswer[] = [];
  const write = (): void => port.write(["changed"], (answer) => void answers.push(answer));
  write();
  write();
  assert.equal(answers.length, 0);
  port.desert();
  write();
  const told = answers.map((answer) => answer.type === "failed" && [answer.error.code, answer.error.message]);
  const unknown =
    "the store was closed before its servers had confirmed this: whether it stands there is unknown";
  assert.deepEqual(told, Array(3).fill(["HERMOD_CLOSED", unknown]));
});
