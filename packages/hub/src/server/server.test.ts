/** What protects the port: connections and wrong tokens are counted by address, within bounds of their own. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { test } from "node:test";
import { agent, memory, type HermodError } from "hermod";
import type { Auth } from "../auth/principal.ts";
import { Hub } from "../hub.ts";
import { Connections } from "./connections.ts";
import { Failures } from "./failures.ts";
import { safety } from "./safety.ts";
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

/** The status that a hub answers with under this name. */
function asked(hub: Hub, name: string, address = "127.0.0.1"): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(hub.url).port), address);
    socket.write(`GET /v1/health HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`);
    socket.once("data", (data) => resolve(String(data).slice(9, 12)));
    socket.on("error", reject);
  });
}

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
  assert.deepEqual([await asked(hub, "hub.example:4700"), await asked(hub, "other.example")], ["200", "403"]);
});

test("a hub at every address is asked under the one that was connected to, and under no other", async () => {
  const auth: Auth = { isOpen: false, identify: () => undefined, watch: () => () => undefined };
  for (const host of ["0.0.0.0", "::"]) {
    await using hub = await Hub.open({ store: memory(), port: 0, host, auth });
    const ask = (name: string) => asked(hub, name, "127.0.0.2");
    assert.deepEqual([await ask("127.0.0.2:4700"), await ask("127.0.0.2")], ["200", "200"], host);
    for (const other of ["127.0.0.3", "127.0.0.20", "0.0.0.0", "[::ffff:7f00:2]", "hub.example"])
      assert.equal(await ask(other), "403", `${host} ${other}`);
  }
});

test("no answer is of use to a page of somebody else, whatever it refuses, and is coded where it is no empty one", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const own = `host: ${new URL(hub.url).host}`;
  const socket = "connection: upgrade\r\nupgrade: websocket";
  const ask = (lines: string) =>
    new Promise<string>((resolve) => {
      const client = connect(Number(new URL(hub.url).port), "127.0.0.1");
      let text = "";
      client.on("data", (data) => (text += String(data)));
      client.on("close", () => resolve(text));
      client.on("error", () => undefined);
      client.write(`${lines}\r\n\r\n`);
    });
  const refused: readonly (readonly [string, number])[] = [
    ["GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close", 403],
    [`GET / HTTP/1.1\r\n${own}\r\norigin: null\r\nconnection: close`, 403],
    [`GET / HTTP/1.1\r\n${own}\r\nx: ${"a".repeat(20_000)}`, 431],
    ["no HTTP", 400],
    [`GET /v1/other HTTP/1.1\r\n${own}\r\n${socket}`, 404],
    [`GET /v1/socket HTTP/1.1\r\n${own}\r\norigin: null\r\n${socket}`, 403],
    [`GET /v1/socket HTTP/1.1\r\n${own}\r\n${socket}\r\nsec-websocket-version: 99`, 400],
    [`GET /v1/socket HTTP/1.1\r\n${own}\r\n${socket}\r\nsec-websocket-key: <b>`, 400],
    [`POST /v1/socket HTTP/1.1\r\n${own}\r\n${socket}`, 400],
  ];
  for (const [lines, status] of refused) {
    const answer = (await ask(lines)).toLowerCase();
    assert.ok(answer.startsWith(`http/1.1 ${status} `), `${lines}: ${answer}`);
    for (const [name, value] of Object.entries(safety))
      assert.ok(answer.includes(`\r\n${name}: ${value.toLowerCase()}\r\n`), `${lines} without ${name}`);
    assert.match(answer, /\r\ncontent-type: application\/json\r\n.*"code":"hermod_/s);
  }
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
  assert.equal(late.headers.get("content-security-policy"), safety["content-security-policy"]);
  assert.deepEqual([late.status, (await fetch(`${hub.url}/v1/health/live`)).status], [503, 200]);
  go();
  assert.equal(await (await call).json(), "done");
  await closing;
  await assert.rejects(fetch(`${hub.url}/v1/health/live`));
});

test("wrong tokens are counted over all ways in, and who has a good one comes in all the same", async () => {
  const known = { name: "ana", kind: "person", may: () => true } as const;
  const auth: Auth = {
    isOpen: false,
    identify: (token) => (token === "good" ? known : undefined),
    watch: () => () => undefined,
  };
  await using hub = await Hub.open({ store: memory(), port: 0, auth });
  const hear = (path: string, said: unknown): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${hub.url.replace("http", "ws")}${path}`);
      socket.onopen = () => socket.send(JSON.stringify(said));
      socket.onmessage = ({ data }) => (
        resolve(/HERMOD_\w+/u.exec(String(data))?.[0] ?? "in"),
        socket.close()
      );
    });
  const hello = (token: string) => hear("/v1/socket", [{ hello: 1, token }]);
  const looks = (token: string) => hear("/v1/watch", { token });
  const asks = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` };
    const text = await (await fetch(`${hub.url}/v1/agents`, { headers })).text();
    return /HERMOD_\w+/u.exec(text)?.[0] ?? "in";
  };
  for (let at = 0; at < 7; at++)
    for (const way of [hello, looks, asks])
      if (at < 6 || way !== asks) assert.equal(await way(`wrong ${at}`), "HERMOD_UNAUTHORIZED");
  for (const way of [hello, looks, asks]) {
    assert.equal(await way("wrong"), "HERMOD_RATE_LIMITED");
    assert.equal(await way("good"), "in");
  }
});
