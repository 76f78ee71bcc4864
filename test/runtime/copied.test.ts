/** Copied: what is said stays what it was, also on a store that keeps what it is given; `testSystem` puts one that copies before it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, start } from "hermod";

const kept = { words: 1 };
const works = agent("works", {
  on: {
    task: async function* () {
      const part = { words: 1 };
      yield part;
      part.words = 2;
      yield part;
      return kept;
    },
  },
});

test("parts and the result of a task are what they were when they were said", async () => {
  const system = await start({ agents: [works] });
  const task = await system.task("works", "", {});
  await task.result();
  kept.words = 2;
  const parts = await Array.fromAsync(task.parts(), ({ value }) => value);
  assert.deepEqual(parts, [{ words: 1 }, { words: 2 }]);
  assert.deepEqual(await task.result(), { words: 1 });
  await system.close();
});
