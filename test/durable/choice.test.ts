/** Whether messages outlive the process is one option of `start`; the agents are the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, start, type OpenStore, type StartOptions } from "hermod";
import { sqlite } from "hermod/sqlite";
import { newFile } from "./life.kit.ts";

const state = () => ({ heard: [] as string[] });
const notes = agent("notes", {
  state,
  on: {
    notification: (said, ctx) => void ctx.state.heard.push(String(said)),
    request: (_, ctx) => ctx.state.heard,
  },
});

/** What the agent has heard in a second life, of what was said to it in a first one. */
async function heardLater(options: () => StartOptions): Promise<unknown> {
  const first = await start({ ...options(), agents: [notes] });
  await first.cast("notes", "hear", "the tide turns");
  await first.call("notes", "list", null);
  await first.close();
  await using second = await start({ ...options(), agents: [notes] });
  return await second.call("notes", "list", null);
}

test("in memory only, which is the default, nothing outlives the process; with a file all does [39]", async (t) => {
  const file = newFile(t);
  const store = (): OpenStore => sqlite(file);
  assert.deepEqual(await heardLater(() => ({})), []);
  assert.deepEqual(await heardLater(() => ({ store: store() })), ["the tide turns"]);
});
