/** What a client gets wrong, or does on purpose: refused with a code that names the limit, and nothing of it is kept. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { open, tokens } from "./api.test.kit.ts";
import { MOST_BODY } from "./body.ts";
import { statusOf } from "./errors.ts";
import { routes } from "./routes/index.ts";

const json = { "content-type": "application/json" };

/** Speaks to the port byte by byte; gives all that came until the connection ended. */
function raw(url: string, text: string, { end = false } = {}): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(text);
  if (end) socket.end();
  return new Promise((resolve) => {
    let said = "";
    socket.on("data", (chunk) => (said += String(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(said));
  });
}

async function post(
  url: string,
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = json,
  place = "/v1/agents/echo/say",
) {
  const response = await fetch(`${url}${place}`, {
    method: "POST",
    body,
    headers,
    duplex: "half",
  } as RequestInit);
  const { error } = (await response.json()) as { error: { code: string; details: { limit?: string } } };
  return [response.status, error.code, error.details.limit];
}

test("a body is JSON of at most 1 MiB, 70 levels and what a payload may hold", async () => {
  await using ground = await open();
  const { url } = ground.client;
  const big = JSON.stringify("x".repeat(MOST_BODY));
  assert.deepEqual(await post(url, big), [413, "HERMOD_TOO_LARGE", "body"]);
  const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536).fill(32)) });
  assert.deepEqual(await post(url, endless as never), [413, "HERMOD_TOO_LARGE", "body"]);
  assert.deepEqual(await post(url, "[".repeat(100_000)), [413, "HERMOD_TOO_LARGE", "depth"]);
  assert.deepEqual(await post(url, "[".repeat(66) + "]".repeat(66)), [413, "HERMOD_TOO_LARGE", "depth"]);
  assert.deepEqual(await post(url, JSON.stringify(Array(10_001).fill(1))), [413, "HERMOD_TOO_LARGE", "keys"]);
  assert.deepEqual(await post(url, JSON.stringify("x".repeat(262_145))), [413, "HERMOD_TOO_LARGE", "size"]);
  for (const bad of ["{", "NaN", "{'a':1}", "\uFEFF1", '"\u0000"', "[1,]", "undefined"])
    assert.deepEqual(await post(url, bad), [400, "HERMOD_BAD_PAYLOAD", undefined], bad);
  assert.deepEqual(await post(url, new Uint8Array([0x22, 0xff, 0x22])), [
    415,
    "HERMOD_MEDIA_TYPE",
    undefined,
  ]);
});

test("keys that are no keys elsewhere are plain data here", async () => {
  await using ground = await open();
  const response = await fetch(`${ground.client.url}/v1/agents/echo/say`, {
    ...{ method: "POST", headers: json },
    body: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  });
  assert.equal(
    await response.text(),
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  );
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  for (const name of ["__proto__", "constructor", "toString"]) {
    const { status } = await ground.client.ask(`post /v1/agents/${name}/say`, { body: 1 });
    assert.equal(status, 404, name);
  }
});

test("what changes something is JSON, uncompressed, and from no other site", async () => {
  await using ground = await open();
  const { url } = ground.client;
  const wrong: Record<string, string>[] = [
    {},
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "application/json; charset=utf-16" },
    { ...json, "content-encoding": "gzip" },
  ];
  for (const headers of wrong)
    assert.deepEqual(
      await post(url, "1", headers),
      [415, "HERMOD_MEDIA_TYPE", undefined],
      JSON.stringify(headers),
    );
  for (const origin of ["http://evil.example", "null", "http://localhost:1", "http://localhost.evil.example"])
    assert.deepEqual(await post(url, "1", { ...json, origin }), [403, "HERMOD_FORBIDDEN", undefined], origin);
  const own = await fetch(`${url}/v1/agents/echo/say`, {
    method: "POST",
    body: "1",
    headers: { ...json, origin: url },
  });
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
  const form = await fetch(`${url}/v1/agents/echo/say`, {
    method: "OPTIONS",
    headers: { "access-control-request-method": "POST" },
  });
  assert.equal(form.status, 405, "no leave is given to other sites");
  for (const site of ["cross-site", "same-site"]) {
    const get = (mode: string, dest: string) =>
      raw(
        url,
        `GET /v1/health HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: ${site}\r\nsec-fetch-mode: ${mode}\r\nsec-fetch-dest: ${dest}\r\nconnection: close\r\n\r\n`,
      );
    assert.match(await get("no-cors", "image"), /^HTTP\/1\.1 403 /, "an image of another site's page");
    assert.match(await get("navigate", "iframe"), /^HTTP\/1\.1 403 /, "a frame of another site's page");
    assert.match(await get("navigate", "document"), /^HTTP\/1\.1 200 /, "somebody follows a link");
  }
});

test("a host that is not the hub's own is turned away on every route, and on the socket", async () => {
  await using ground = await open();
  const { url } = ground.client;
  for (const host of ["evil.example", "0.0.0.0", "localhost.evil.example", ""]) {
    for (const path of ["/v1/health", "/v1/history", "/nothing"]) {
      const said = await raw(url, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      assert.match(said, /^HTTP\/1\.1 40[03] /, `${host} ${path}`);
    }
    const upgrade = `GET /v1/socket HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
    assert.match(await raw(url, upgrade), /^HTTP\/1\.1 403 .*HERMOD_FORBIDDEN/s, host);
  }
  const other = "GET http://evil.example/v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
  assert.match(await raw(url, other), /^HTTP\/1\.1 403 /);
  const two = "GET /v1/health HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
  assert.match(await raw(url, two), /^HTTP\/1\.1 403 /);
  assert.match(await raw(url, "GET /v1/health HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 40[03] /);
});

test("headers have an end, and what is no HTTP is told so", async () => {
  await using ground = await open();
  const { url } = ground.client;
  const large = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(20_000)}\r\n\r\n`;
  assert.match(await raw(url, large), /^HTTP\/1\.1 431 .*"HERMOD_TOO_LARGE".*"limit":"headers"/s);
  const many = `GET / HTTP/1.1\r\nhost: localhost\r\n${"a: b\r\n".repeat(100_000)}\r\n`;
  assert.match(await raw(url, many), /^HTTP\/1\.1 431 /);
  assert.match(await raw(url, "what is this\r\n\r\n"), /^HTTP\/1\.1 400 .*"HERMOD_PROTOCOL"/s);
  const two =
    "POST /v1/send HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
  assert.match(await raw(url, two), /^HTTP\/1\.1 400 /);
});

test("whoever sends too slowly is cut off while others are served", async () => {
  await using ground = await open({ limits: { headers: 300, request: 500 } });
  const { url } = ground.client;
  const heads = raw(url, "GET /v1/health HTTP/1.1\r\nhost: localhost\r\n");
  const body = raw(
    url,
    "POST /v1/send HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
  );
  assert.equal((await ground.client.ask("get /v1/health")).status, 200);
  assert.match(await heads, /^HTTP\/1\.1 408 .*"HERMOD_TIMEOUT"/s);
  assert.match(await body, /^HTTP\/1\.1 408 /);
});

test("an address that is not there, a method that it does not take, and options that are wrong are told apart", async () => {
  await using ground = await open();
  const { client } = ground;
  const cases: readonly (readonly [string, number, string])[] = [
    ["get /v1/agent", 404, "HERMOD_NOT_FOUND"],
    ["get /v1/tasks/", 404, "HERMOD_NOT_FOUND"],
    ["get /v1/../../etc/passwd", 404, "HERMOD_NOT_FOUND"],
    ["get /v1/send", 405, "HERMOD_METHOD"],
    ["put /v1/history", 405, "HERMOD_METHOD"],
    ["get /v1/history?limit=0", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?limit=1001", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?limit=1e12", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?limit=-1", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?limt=1", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?limit=1&limit=2", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?after=nonsense", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?where=nofield:1", 400, "HERMOD_BAD_FILTER"],
    [`get /v1/history?where=${"a".repeat(5000)}`, 400, "HERMOD_BAD_OPTION"],
    ["get /v1/history?agent=a&conversation=b", 400, "HERMOD_BAD_OPTION"],
    ["get /v1/mailboxes/~people", 400, "HERMOD_BAD_OPTION"],
    ["post /v1/agents/~people%2Fana/ask", 400, "HERMOD_BAD_OPTION"],
    ["post /v1/agents/echo/say?timeout=soon", 400, "HERMOD_BAD_OPTION"],
    ["post /v1/agents/echo/say?timeout=999999d", 400, "HERMOD_BAD_OPTION"],
    ["post /v1/agents/echo/say?priority=5", 400, "HERMOD_BAD_OPTION"],
    ["post /v1/topics/a.*", 400, "HERMOD_BAD_ADDRESS"],
    ["post /v1/deliveries/1/ack", 400, "HERMOD_BAD_OPTION"],
    [`post /v1/deliveries/${"0".repeat(32)}/ack`, 409, "HERMOD_STALE_LEASE"],
  ];
  for (const [place, status, code] of cases) {
    const answer = await client.ask(place);
    assert.deepEqual([answer.status, answer.body.error?.code], [status, code], place);
    assert.equal(status, statusOf[code as keyof typeof statusOf]);
  }
  assert.equal((await client.ask("get /v1/send")).headers.get("allow"), "POST");
});

test("the same is said to everybody who is not known, on every route but health", async () => {
  await using ground = await open({ auth: tokens({ ana: [] }) });
  const { client } = ground;
  for (const { method, path } of routes) {
    const place = `${method} ${path.replaceAll(/:\w+/g, "x")}`;
    const isHealth = path.startsWith("/v1/health");
    const none = await client.ask(place);
    const wrong = await client.ask(place, { token: "guessed" });
    if (isHealth) assert.equal(none.status, 200, place);
    else {
      assert.equal(none.status === 401 || none.status === 429, true, place);
      if (none.status === 401) assert.equal(none.headers.get("www-authenticate"), 'Bearer realm="hermod"');
      if (wrong.status === 401) assert.deepEqual(wrong.body, none.body, place);
    }
  }
  assert.equal(
    (await client.ask("get /v1/nothing", { token: "guessed" })).status,
    429,
    "after many it is told to wait",
  );
  const late = await client.ask("get /v1/history", { token: "guessed" });
  assert.deepEqual([late.status, late.body.error.code], [429, "HERMOD_RATE_LIMITED"]);
  assert.ok(Number(late.headers.get("retry-after")) > 0);
  assert.equal(
    (await client.ask("get /v1/history", { token: "ana" })).status,
    200,
    "a good token comes in all the same",
  );
  for (const authorization of ["Basic ana", "ana", "Bearer", "Bearer a b"])
    assert.equal(
      (await client.ask("get /v1/history", { headers: { authorization } })).status,
      429,
      authorization,
    );
});

test("an answer is for nobody's frame, cache or sniffing", async () => {
  await using ground = await open();
  for (const place of ["get /v1/history", "get /v1/nothing", "post /v1/send", "get /v1/health"]) {
    const { headers } = await ground.client.ask(place);
    assert.equal(headers.get("x-content-type-options"), "nosniff", place);
    assert.equal(headers.get("cache-control"), "no-store", place);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /default-src 'none'; frame-ancestors 'none'/,
      place,
    );
  }
});

test("what nobody thought of is told to the operator alone", async () => {
  const heard: unknown[] = [];
  await using ground = await open({ failed: (error) => void heard.push(error) });
  const secret = new Error("the password is swordfish");
  ground.hub.system.stats = () => Promise.reject(secret);
  const { status, body } = await ground.client.ask("get /v1/statistics");
  assert.deepEqual([status, body.error.code], [500, "HERMOD_INTERNAL"]);
  assert.equal(JSON.stringify(body).includes("swordfish"), false);
  assert.deepEqual(heard, [secret]);
});
