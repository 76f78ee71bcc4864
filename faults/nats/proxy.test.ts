/** A proxy between two sockets: what comes through on each road, and what does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { Proxy, type Road } from "./proxy.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that keeps whoever comes, and a proxy before it. */
async function ground(): Promise<{ readonly proxy: Proxy; readonly server: Server }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await Proxy.listen((server.address() as AddressInfo).port);
  closing.push(
    () => server.close(),
    () => proxy.close(),
  );
  return { proxy, server };
}

function dial(proxy: Proxy): Socket {
  const near = connect(proxy.port, "127.0.0.1");
  closing.push(() => near.destroy());
  return near.on("error", () => undefined);
}

/** Two that are joined, each of which has heard the other. */
async function joined(): Promise<{ readonly proxy: Proxy; readonly near: Socket; readonly far: Socket }> {
  const { proxy, server } = await ground();
  const near = dial(proxy);
  const [far] = (await once(server, "connection")) as [Socket];
  closing.push(() => far.destroy());
  far.on("error", () => undefined);
  assert.deepEqual(
    [await hears(far, near, "hello"), await hears(near, far, "welcome")],
    ["hello", "welcome"],
  );
  return { proxy, near, far };
}

/** Waits for its end, also that by an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

async function hears(listener: Socket, speaker: Socket, text: string): Promise<string> {
  const heard = once(listener, "data");
  speaker.write(text);
  return String((await heard)[0]);
}

/**
 * What both have heard by the time that the proxy has read what each said: it is on its way through the kernel before that of a
 * later connection is, and an answer to that one shows that the proxy had its turn.
 */
async function heardMeanwhile(
  proxy: Proxy,
  near: Socket,
  far: Socket,
  road: Road,
): Promise<readonly string[]> {
  const heard: string[] = [];
  near.on("data", (piece) => heard.push(`near ${String(piece)}`));
  far.on("data", (piece) => heard.push(`far ${String(piece)}`));
  proxy.turn(road);
  near.write("there");
  far.write("back");
  const other = await joined();
  assert.equal(await hears(other.far, other.near, "by"), "by");
  return heard;
}

test("an open road carries all bytes both ways, and the end of either side", async () => {
  const { proxy, near, far } = await joined();
  const bytes = Buffer.alloc(3_000_000, "tide");
  let heard = 0;
  near.end(bytes);
  for await (const piece of far) heard += (piece as Buffer).length;
  assert.equal(heard, bytes.length);
  assert.equal(await hears(near, far, "still here"), "still here");
  far.end();
  await closed(near);
  assert.equal(proxy.connections, 0);
});

test("a blocked road carries nothing until it is open again, and then all of it", async () => {
  const { proxy, near, far } = await joined();
  assert.deepEqual(await heardMeanwhile(proxy, near, far, { type: "blocked" }), []);
  const [a, b] = [once(near, "data"), once(far, "data")];
  proxy.turn({ type: "open" });
  assert.deepEqual([String((await a)[0]), String((await b)[0])], ["back", "there"]);
});

for (const [only, heard] of [
  ["there", "near back"],
  ["back", "far there"],
] as const)
  test(`a road that is blocked ${only} alone carries the other way`, async () => {
    const { proxy, near, far } = await joined();
    const listener = only === "there" ? near : far;
    const first = once(listener, "data");
    const meanwhile = await heardMeanwhile(proxy, near, far, { type: "blocked", only });
    await first;
    assert.deepEqual(meanwhile, [heard]);
  });

test("nobody behind a blocked road is told that the other side is gone, until it is open", async () => {
  const { proxy, near, far } = await joined();
  proxy.turn({ type: "blocked" });
  far.resetAndDestroy();
  assert.deepEqual(await heardMeanwhile(proxy, near, far, { type: "blocked" }), []);
  assert.equal(near.closed, false);
  proxy.turn({ type: "open" });
  await closed(near);
});

test("a cut road resets who is there and who comes, and an open one takes them again", async () => {
  const { proxy, near, far } = await joined();
  const gone = Promise.all([closed(near), closed(far)]);
  proxy.turn({ type: "cut" });
  await gone;
  await closed(dial(proxy));
  assert.equal(proxy.connections, 0);
  proxy.turn({ type: "open" });
  const again = dial(proxy);
  await once(again, "connect");
  assert.equal(again.closed, false);
});

test("a slow road carries each piece later, in order", async () => {
  const { proxy, near, far } = await joined();
  proxy.turn({ type: "slow", ms: 30 });
  const began = performance.now();
  assert.equal(await hears(far, near, "one"), "one");
  assert.equal(await hears(far, near, "two"), "two");
  assert.ok(performance.now() - began >= 58);
});

test("on a half-open road the far side is gone and the near one is not told", async () => {
  const { proxy, near, far } = await joined();
  const gone = closed(far);
  proxy.turn({ type: "half-open" });
  await gone;
  const late = dial(proxy);
  await once(late, "connect");
  near.write("anybody?");
  const other = await joined();
  assert.equal(await hears(other.far, other.near, "by"), "by");
  assert.deepEqual([near.closed, late.closed], [false, false]);
  const reset = Promise.all([closed(near), closed(late)]);
  proxy.turn({ type: "open" });
  await reset;
});

test("whoever dials for a target that is not there is reset", async () => {
  const { proxy, server } = await ground();
  server.close();
  await once(server, "close");
  await closed(dial(proxy));
  assert.equal(proxy.connections, 0);
});
