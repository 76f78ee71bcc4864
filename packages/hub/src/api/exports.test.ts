/** Exports over a real port: what a filter lets through, row by row; a reader that stops costs the hub nothing more. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Exports } from "../exports/exports.ts";
import { open, tokens, type Ground } from "./api.test.kit.ts";

async function fill({ system }: Ground, count: number, payload: (n: number) => unknown): Promise<void> {
  for (let n = 0; n < count; n += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - n) }, (_, at) =>
        system.cast("echo", "note", payload(n + at), { conversation: "c" }),
      ),
    );
}

const textOf = async (
  url: string,
  path: string,
  token?: string,
): Promise<{ text: string; headers: Headers }> => {
  const response = await fetch(`${url}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200, path);
  return { text: await response.text(), headers: response.headers };
};

test("messages go out as a line each, in both forms, as many as the filter lets through [(40)]", async () => {
  await using ground = await open();
  await fill(ground, 600, (n) => ({ n, text: n % 2 === 0 ? 'a, "b"\nc' : "=1+1" }));
  const all = await textOf(ground.hub.url, "/v1/export/messages?where=operation:note");
  const rows = all.text.trimEnd().split("\n");
  assert.equal(rows.length, 600);
  const first = JSON.parse(rows[0] ?? "") as { envelope: { payload: { n: number } }; state: string };
  assert.equal(first.envelope.payload.n, 0);
  assert.match(all.headers.get("content-type") ?? "", /^application\/x-ndjson/u);
  const table = await textOf(ground.hub.url, "/v1/export/messages?form=csv&where=operation:note");
  const lines = table.text.trimEnd().split("\r\n");
  assert.equal(lines.length, 601, "a message is a line, whatever it says");
  assert.match(lines[0] ?? "", /^id,sentAt,verb,type,from,to,/u);
  assert.match(lines[1] ?? "", /"\{""n"":0,""text"":""a, \\""b\\""\\nc""\}"$/u);
  const none = await textOf(ground.hub.url, "/v1/export/messages?where=operation:nothing");
  assert.equal(none.text, "");
});

/** Says something in so many conversations, the last one last. */
async function talk({ client }: Ground, count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    await client.ask(`post /v1/agents/echo/say?conversation=c${n}`, { body: { n, password: "hunter2" } });
}

test("conversations go out in short, in both forms, as a page lists them", async () => {
  await using ground = await open();
  await talk(ground, 3);
  const listed = (await ground.client.ask("get /v1/conversations?where=operation:say")).body
    .items as object[];
  const all = await textOf(ground.hub.url, "/v1/export/conversations?where=operation:say");
  assert.deepEqual(
    all.text
      .trimEnd()
      .split("\n")
      .map((row) => JSON.parse(row) as unknown),
    listed,
  );
  assert.equal(listed.length, 3);
  const table = await textOf(ground.hub.url, "/v1/export/conversations?form=csv&where=conversation:c1");
  const [head, row, ...none] = table.text.trimEnd().split("\r\n");
  assert.match(head ?? "", /^id,state,startedAt,endedAt,messages,/u);
  assert.match(
    row ?? "",
    /^c1,done,[^,]+Z,[^,]+Z,2,true,~people\/operator,echo,,say,.*,~people\/operator echo,0,,$/u,
  );
  assert.deepEqual(none, []);
  assert.doesNotMatch(all.text + table.text, /hunter2/u);
});

test("a conversation that goes on while all are exported is there once", async () => {
  await using ground = await open();
  await talk(ground, 120);
  const { system } = ground.hub;
  const history = system.history.bind(system);
  let hasMoved = false;
  system.history = async (query) => {
    const isSecondPage = query?.conversation === undefined && query?.after !== undefined;
    if (isSecondPage && !hasMoved) {
      hasMoved = true;
      await ground.client.ask("post /v1/agents/echo/say?conversation=c0", { body: "again" });
    }
    return history(query);
  };
  const { text } = await textOf(ground.hub.url, "/v1/export/conversations");
  const ids = text
    .trimEnd()
    .split("\n")
    .map((row) => (JSON.parse(row) as { id: string }).id);
  assert.ok(hasMoved);
  assert.deepEqual(
    ids,
    Array.from({ length: 120 }, (_, n) => `c${119 - n}`),
  );
});

test("what is wrong is said before the first row", async () => {
  await using ground = await open();
  const code = async (path: string) => {
    const { status, body } = await ground.client.ask(`get ${path}`);
    return [status, body.error?.code];
  };
  assert.deepEqual(await code("/v1/export/messages?where=stat:x"), [400, "HERMOD_BAD_FILTER"]);
  assert.deepEqual(await code("/v1/export/conversations?where=data.password:x"), [400, "HERMOD_BAD_FILTER"]);
  assert.deepEqual(await code("/v1/export/messages?agent=a&conversation=b"), [400, "HERMOD_BAD_OPTION"]);
  assert.deepEqual(await code("/v1/export/messages?form=xml"), [400, "HERMOD_BAD_OPTION"]);
  assert.deepEqual(await code("/v1/export/conversations/none"), [404, "HERMOD_NOT_FOUND"]);
});

test("dead letters say how many they are, where all of them are wanted", async () => {
  await using ground = await open();
  for (let n = 0; n < 3; n++)
    await ground.system.cast("nobody", "x", n, { hold: false }).catch(() => undefined);
  await ground.client.ask("post /v1/send", { body: { topic: "no.one", operation: "x" } });
  const count = await ground.system.deadLetters.count();
  const all = await textOf(ground.hub.url, "/v1/export/dead-letters");
  assert.equal(all.headers.get("x-hermod-total"), String(count));
  assert.equal(all.text.split("\n").length - 1, count);
  const some = await textOf(ground.hub.url, "/v1/export/dead-letters?form=csv&where=reason:expired");
  assert.equal(some.headers.get("x-hermod-total"), null);
  assert.match(some.text, /^id,diedAt,[^\n]+\r\n$/u);
});

test("a conversation goes out as JSON, Markdown, a picture and Mermaid, and what it says harms none of them", async () => {
  await using ground = await open();
  const hostile = '``` <script>alert(1)</script> ``` "]]>';
  const id = encodeURIComponent("<b>&c");
  const operation = encodeURIComponent('x"<y>');
  await ground.client.ask(`post /v1/agents/echo/${operation}?conversation=${id}`, { body: hostile });
  const as = async (form: string) => textOf(ground.hub.url, `/v1/export/conversations/${id}?form=${form}`);
  const { text } = await as("json");
  const records = JSON.parse(text) as { envelope: { payload: unknown } }[];
  assert.deepEqual(
    records.map(({ envelope }) => envelope.payload),
    [hostile, hostile],
  );
  const markdown = (await as("markdown")).text;
  assert.match(markdown, /^# Conversation \\<b\\>\\&c\n/u);
  assert.equal(markdown.match(/^````$/gmu)?.length, 4, "a fence longer than any in the payload");
  const svg = await as("svg");
  assert.match(svg.headers.get("content-disposition") ?? "", /^attachment/u);
  assert.match(svg.text, /^<svg xmlns[^]+<\/svg>\n$/u);
  assert.match(svg.text, /x&quot;&lt;y&gt;/u);
  assert.doesNotMatch(svg.text, /<script|<y>/u);
  assert.match((await as("mermaid")).text, /^sequenceDiagram\n/u);
});

test("who may read of one agent exports what it said, and nothing of others", async () => {
  const auth = tokens({ reader: ["read echo"], none: [], all: ["* *"] });
  await using ground = await open({ auth });
  await fill(ground, 20, (n) => n);
  await ground.client.ask("post /v1/send", { body: { topic: "secret", operation: "x" }, token: "all" });
  const rows = async (path: string, token: string) =>
    (await textOf(ground.hub.url, path, token)).text.split("\n").length - 1;
  assert.equal(await rows("/v1/export/messages", "none"), 0);
  assert.equal(await rows("/v1/export/messages?where=operation:note", "reader"), 20);
  assert.equal(await rows("/v1/export/messages?where=topic:secret", "reader"), 0);
  assert.equal(await rows("/v1/export/conversations", "none"), 0);
  assert.equal(await rows("/v1/export/conversations", "reader"), 1);
  assert.equal(await rows("/v1/export/conversations", "all"), 2);
  const hidden = await ground.client.ask("get /v1/export/conversations/c", { token: "none" });
  assert.equal(hidden.status, 404);
});

/** A reader by hand: it asks, takes the first piece, and then nothing for as long as it is told to. */
async function stalled(url: string, path: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`);
  const [head] = (await once(socket, "data")) as [Buffer];
  socket.pause();
  return { socket, head: head.toString() };
}

test("a reader that stops is read for no further, and gets the rest when it goes on", async () => {
  await using ground = await open();
  const pages: number[] = [];
  const { system } = ground.hub;
  const history = system.history.bind(system);
  system.history = async (query) => {
    pages.push(1);
    return history(query);
  };
  await fill(ground, 2000, (n) => `${n} ${"x".repeat(20_000)}`);
  const path = "/v1/export/messages?where=operation:note";
  const before = process.memoryUsage().arrayBuffers;
  const { socket, head } = await stalled(ground.hub.url, path);
  assert.match(head, /^HTTP\/1.1 200/u);
  // 40 MB are to come: as much as buffers of the machine hold is taken, then no page more.
  let still = 0;
  for (let last = -1; still < 20; last = pages.length) {
    still = pages.length === last ? still + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const asked = pages.length;
  assert.ok(asked < 7, `${asked} of 8 pages were read for a reader that stands still`);
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 2 ** 20, "what is written stays bounded");
  const limits = (await ground.client.ask("get /v1/hub")).body.limits as { name: string; used: number }[];
  assert.equal(limits.find(({ name }) => name === "exports")?.used, 1);
  let bytes = 0;
  socket.on("data", (part: Buffer) => (bytes += part.length));
  socket.resume();
  await once(socket, "end");
  assert.ok(bytes > 38_000_000, `${bytes} bytes came in the end`);
  assert.ok(pages.length > asked);
});

test("a reader that goes away ends its export", async () => {
  await using ground = await open();
  await fill(ground, 1500, () => "x".repeat(20_000));
  const { socket } = await stalled(ground.hub.url, "/v1/export/messages");
  const used = async () => {
    const { body } = await ground.client.ask("get /v1/hub");
    return (body.limits as { name: string; used: number }[]).find(({ name }) => name === "exports")?.used;
  };
  assert.equal(await used(), 1);
  socket.destroy();
  while ((await used()) !== 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("there are so many exports and no more; one that nobody reads is let go", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const both = Promise.withResolvers<void>();
  let ended = 0;
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield "x".repeat(100_000);
    } finally {
      if (++ended === 2) both.resolve();
    }
  }
  const exports = new Exports({ most: 2, patience: 20 });
  const terms = { type: "text/csv", name: "a.csv", signal: new AbortController().signal };
  const first = await exports.answer(endless(), terms);
  await exports.answer(endless(), terms);
  await assert.rejects(exports.answer(endless(), terms), { code: "HERMOD_OVERLOADED" });
  const reader = (first.body as ReadableStream<Uint8Array>).getReader();
  t.mock.timers.tick(19);
  await reader.read();
  t.mock.timers.tick(19);
  assert.equal(exports.running, 1, "who takes something is waited for again");
  t.mock.timers.tick(1);
  await assert.rejects(reader.read(), /nobody took/u);
  assert.equal(exports.running, 0);
  await both.promise;
});

test("a failing first row is an error, and leaves room for others", async () => {
  async function* broken(): AsyncGenerator<string> {
    yield await Promise.reject<string>(new Error("no"));
  }
  const exports = new Exports({ most: 1 });
  const terms = { type: "text/csv", name: "a.csv", signal: new AbortController().signal };
  await assert.rejects(exports.answer(broken(), terms), /no/u);
  assert.equal(exports.running, 0);
});
