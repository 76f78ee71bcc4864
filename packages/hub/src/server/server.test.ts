/** What protects the port: connections and wrong tokens are counted by address, within bounds of their own. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import { agent, memory, type HermodError } from "hermod";
import { Hub } from "../hub.ts";
import { Connections } from "./connections.ts";
import { Failures } from "./failures.ts";
import { unopened } from "./unopened.ts";

test("one address may have so many connections and no more, and gets new ones as others end", async () => {
  const server = createServer();
  new Connections(2, () => false).guard(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    return socket;
  };
  const closed = (socket: Awaited<ReturnType<typeof open>>) =>
    new Promise((resolve) => socket.once("close", resolve));
  const first = await open();
  const second = await open();
  const third = await open();
  third.on("error", () => undefined).resume();
  await closed(third);
  const gone = new Promise((resolve) => server.once("connection", (socket) => socket.once("close", resolve)));
  const accepted = new Promise<void>((resolve) => server.once("connection", () => resolve()));
  first.destroy();
  await closed(first);
  // The port hears of it a little later than we do.
  let last = await open();
  await accepted;
  while (last.destroyed) last = await open();
  second.destroy();
  last.destroy();
  server.closeAllConnections();
  await gone;
  server.close();
});

test("what runs on this machine is counted by nobody, and what leaves is forgotten", () => {
  const connections = new Connections(1);
  assert.deepEqual([connections.enter("9.9.9.9"), connections.enter("9.9.9.9")], [true, false]);
  connections.leave("9.9.9.9");
  assert.equal(connections.enter("9.9.9.9"), true);
});

test("twenty wrong tokens in a minute are too many, of one address and not of others", () => {
  const failures = new Failures();
  for (let at = 0; at < 20; at++) failures.note("a", at);
  assert.throws(() => failures.note("a", 20), {
    code: "HERMOD_RATE_LIMITED",
    details: { limit: "failures", value: 20, retryAfter: 59_980 },
  });
  failures.note("b", 20);
  failures.note("a", 60_001);
});

test("addresses beyond ten thousand push out the oldest", () => {
  const failures = new Failures();
  for (let at = 0; at < 20; at++) failures.note("first", 0);
  for (let at = 0; at < 10_000; at++) failures.note(`other ${at}`, 1);
  failures.note("first", 2);
});

test("a port that this user may not have is told by its option, and what has another cause stays as it is", () => {
  const of = (code: string) => unopened(Object.assign(new Error("x"), { code }), { host: "::1", port: 80 });
  const { code, details } = of("EACCES") as HermodError;
  assert.deepEqual(
    [code, details],
    ["HERMOD_BAD_OPTION", { option: "port", received: 80, reason: "EACCES" }],
  );
  assert.equal((of("EMFILE") as { readonly code: string }).code, "EMFILE");
});

test("a hub is asked under the names that it was given", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0, names: ["Hub.Example"] });
  const ask = (host: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(hub.url).port), "127.0.0.1");
      socket.write(`GET /v1/health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      socket.once("data", (data) => resolve(String(data).slice(9, 12)));
      socket.on("error", () => undefined);
    });
  assert.deepEqual([await ask("hub.example:4700"), await ask("other.example")], ["200", "403"]);
});

test("a hub that ends answers what it was asked before, lets go of who waits, and takes no more", async () => {
  const hub = await Hub.open({ store: memory(), port: 0 });
  const { promise: asked, resolve: begun } = Promise.withResolvers<void>();
  const { promise: may, resolve: go } = Promise.withResolvers<void>();
  await hub.system.spawn(agent("slow", { on: { request: async () => (begun(), await may, "done") } }));
  const headers = { "content-type": "application/json" };
  const post = (path: string, body: unknown) =>
    fetch(`${hub.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const call = post("/v1/agents/slow/x", 1);
  await asked;
  const live = await fetch(`${hub.url}/v1/live`);
  const pull = post("/v1/mailboxes/jobs/pull", { wait: "60s" });
  const metrics = async () => (await fetch(`${hub.url}/metrics`)).text();
  while (!(await metrics()).includes("hermod_hub_requests 4")) continue;
  const closing = hub.close({ timeout: 30_000 });
  assert.equal((await pull).status, 503);
  assert.equal((await live.text()).includes("event:"), false, "the stream has its end");
  const late = await fetch(`${hub.url}/v1/health/ready`);
  assert.deepEqual([late.status, (await fetch(`${hub.url}/v1/health/live`)).status], [503, 200]);
  go();
  assert.equal(await (await call).json(), "done");
  await closing;
  await assert.rejects(fetch(`${hub.url}/v1/health/live`));
});
