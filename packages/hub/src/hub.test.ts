/** A hub and its clients: agents of one process are reached from another, and what was confirmed survives a cut and the hub's end. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agent, memory, start, type HermodError } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { openAuth } from "./auth/principal.ts";
import { Hub } from "./hub.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const echo = agent("echo", {
  on: {
    request: (said) => said,
    async *task(most) {
      for (let at = 1; at <= (most as number); at++) yield at;
      return "done";
    },
    notification: () => undefined,
  },
});

for (const [name, open] of [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(join(folder, "a.db"))],
] as const)
  test(`two systems speak over a hub on ${name}: calls, tasks with their parts, casts`, async () => {
    await using hub = await Hub.open({ store: open(), port: 0 });
    await using _ = await start({ agents: [echo], store: remote(hub.url) });
    await using caller = await start({ store: remote(hub.url) });
    assert.equal(await caller.call("echo", "", "hello"), "hello");
    const task = await caller.task("echo", "", 3);
    const parts: unknown[] = [];
    for await (const { value } of task.parts()) parts.push(value);
    assert.deepEqual([parts, await task.result()], [[1, 2, 3], "done"]);
    const { id } = await caller.cast("echo", "", "noted");
    assert.ok((await caller.history({ where: `id:${id}` })).items.length === 1);
  });

test("a hub tells what runs in the processes behind it", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const system = await start({ agents: [echo], store: remote(hub.url, { client: "worker" }) });
  const [own, behind, ...none] = await hub.systems();
  assert.deepEqual(
    [own?.look?.agents, behind?.client, behind?.look?.agents, none],
    [[], "worker", ["echo"], []],
  );
  await system.close();
  while ((await hub.systems()).length > 1) await new Promise((resolve) => setTimeout(resolve, 2));
});

test("a port that is taken is told, and the store is given back", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const port = Number(new URL(hub.url).port);
  await assert.rejects(Hub.open({ store: sqlite(join(folder, "b.db")), port }), {
    ...{ code: "HERMOD_PORT_TAKEN", retryable: true, details: { host: "127.0.0.1", port } },
    message: `port ${port} of 127.0.0.1 is taken`,
  });
  await (await Hub.open({ store: sqlite(join(folder, "b.db")), port: 0 })).close();
});

test("a host or a port that cannot be had is told by its option", async () => {
  const refused = async (options: { readonly host?: string; readonly port: number }) => {
    const auth = { ...openAuth, isOpen: false };
    const error: unknown = await Hub.open({ store: memory(), auth, ...options }).catch(
      (thrown: unknown) => thrown,
    );
    const { code, details } = error as HermodError;
    return [code, details["option"]];
  };
  // A documentation address is no machine's; the name is one that nobody may have.
  for (const host of ["192.0.2.1", "no-such-host.invalid"])
    assert.deepEqual(await refused({ host, port: 0 }), ["HERMOD_BAD_OPTION", "host"], host);
  for (const port of [70_000, -1, 1.5, NaN])
    assert.deepEqual(await refused({ port }), ["HERMOD_BAD_OPTION", "port"], String(port));
});

test("who is not known does not come in", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  await assert.rejects(start({ store: remote(hub.url, { token: "guessed" }) }), {
    code: "HERMOD_UNAUTHORIZED",
  });
});

test("a hub that is not there is told by its address", async () => {
  await assert.rejects(start({ store: remote("http://localhost:1", { timeout: "200ms" }) }), {
    code: "HERMOD_UNREACHABLE",
    message: /http:\/\/localhost:1 did not answer within 200 ms/u,
  });
});

test("a system ends though its hub is gone", async () => {
  const hub = await Hub.open({ store: memory(), port: 0 });
  const system = await start({ agents: [echo], store: remote(hub.url) });
  await hub.close();
  await system.close({ timeout: 0 });
});
