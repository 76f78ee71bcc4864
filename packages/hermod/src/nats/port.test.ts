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
