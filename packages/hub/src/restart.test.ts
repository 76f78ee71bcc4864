/** Restart: what callers find at a hub that was started anew, before the systems of the agents have come back. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { agent, memory, start, type OpenStore } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "./hub.ts";

const heard: unknown[] = [];
const echo = agent("echo", {
  on: { request: (said) => said, notification: (said) => void heard.push(said) },
});

/** A hub that knew the agent, and was started anew without it. */
async function restarted(store: () => OpenStore): Promise<Hub> {
  const first = await Hub.open({ store: store(), port: 0 });
  const system = await start({ agents: [echo], store: remote(first.url) });
  assert.equal(await system.call("echo", "", "before"), "before");
  await system.close();
  await first.close();
  return Hub.open({ store: store(), port: 0 });
}

const say = (hub: Hub, query = "") =>
  fetch(`${hub.url}/v1/agents/echo/say${query}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '"after"',
  });

test("in memory an agent is unknown until its system has come back: calls are told so at once, what is held waits", async () => {
  await using hub = await restarted(memory);
  await using caller = await start({ store: remote(hub.url) });
  await assert.rejects(caller.call("echo", "", "early"), { code: "HERMOD_NO_AGENT" });
  assert.equal((await say(hub)).status, 404);
  assert.equal((await say(hub, "?verb=cast&hold=true")).status, 202);
  await using _ = await start({ agents: [echo], store: remote(hub.url) });
  assert.equal(await caller.call("echo", "", "late"), "late");
  assert.deepEqual(heard.splice(0), ["after"]);
});

test("on a durable store calls wait for the system, as long as their callers do", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-restart-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using hub = await restarted(() => sqlite(join(folder, "hub.db")));
  await using caller = await start({ store: remote(hub.url) });
  const [early, over] = [caller.call("echo", "", "early"), say(hub)];
  await using _ = await start({ agents: [echo], store: remote(hub.url) });
  assert.equal(await early, "early");
  assert.equal(await (await over).json(), "after");
});
