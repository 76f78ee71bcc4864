/** Work of a hub that the command line waits for: Ctrl-C stops a copy at the hub, and leaves a compaction to it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { begin } from "./cli.test.kit.ts";

/** A hub whose job never ends; what it was asked. */
async function endless() {
  const asked: string[] = [];
  let looked = (): void => undefined;
  const isLookedAt = new Promise<void>((resolve) => (looked = resolve));
  const job = { id: "j1", state: "running", progress: { step: "pages", done: 3, total: 9 } };
  const server = createServer(({ method, url = "" }, response) => {
    asked.push(`${method} ${url}`);
    if (method === "GET" && url === "/v1/store/jobs") looked();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(url === "/v1/store/jobs" ? { items: [job] } : job));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => (server.closeAllConnections(), void server.close());
  return { url, asked, isLookedAt, [Symbol.dispose]: close };
}

for (const [command, said, isStopped] of [
  ["backup", /keeps no copy/u, true],
  ["compact", /goes on with it/u, false],
] as const)
  test(`Ctrl-C while a hub is asked for: ${command}`, async () => {
    using hub = await endless();
    const run = begin([command, "--url", hub.url]);
    await hub.isLookedAt;
    run.child.kill("SIGINT");
    await run.err(said);
    assert.equal((await run.ended).code, 130);
    assert.equal(hub.asked.includes("DELETE /v1/store/jobs/j1"), isStopped);
  });
