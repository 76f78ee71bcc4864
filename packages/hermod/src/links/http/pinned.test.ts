/** The pinned connection: it goes to the address that was checked, under the name that was asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpoint, says } from "../../../../../test/links/endpoint.kit.ts";
import { HermodError } from "../../core/errors.ts";
import type { Resolve } from "./guard.ts";
import { pinned } from "./pinned.ts";

const never = new AbortController().signal;

function names(...at: readonly string[]): { readonly resolve: Resolve; readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = async (host) => {
    asked.push(host);
    return at.map((address) => ({ address, family: 4 }));
  };
  return { resolve, asked };
}

test("a name is resolved once, and what was checked is what is connected to", async () => {
  await using server = await endpoint();
  server.next(says("here"));
  const { resolve, asked } = names("127.0.0.1");
  const url = new URL(`http://hooks.invalid:${server.port}/path?q=1`);
  const post = pinned(new Set(["hooks.invalid"]), resolve);
  const { status, body } = await post({ url, headers: { "x-a": "b" }, body: "ü", signal: never });
  assert.equal(status, 200);
  assert.equal((await Array.fromAsync(body ?? [])).map(String).join(""), '"here"');
  assert.deepEqual(asked, ["hooks.invalid"]);
  const [request] = server.requests;
  assert.equal(request?.headers.host, `hooks.invalid:${server.port}`);
  assert.deepEqual(
    [request?.path, request?.body, request?.headers["content-length"]],
    ["/path?q=1", "ü", "2"],
  );
});

test("a name that has come to be this machine is not connected to", async () => {
  await using server = await endpoint();
  for (const at of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]]) {
    const { resolve } = names(...at);
    const url = new URL(`http://rebind.invalid:${server.port}/`);
    const posting = pinned(new Set(), resolve)({ url, headers: {}, body: "{}", signal: never });
    await assert.rejects(
      posting,
      (error) => error instanceof HermodError && error.code === "HERMOD_HTTP_BLOCKED",
    );
  }
  assert.equal(server.requests.length, 0);
});

test("a connection is used once", async () => {
  await using server = await endpoint();
  const post = pinned(new Set(["127.0.0.1"]));
  for (let time = 0; time < 2; time++) {
    const { body } = await post({ url: new URL(server.url), headers: {}, body: "1", signal: never });
    await Array.fromAsync(body ?? []);
  }
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.connection),
    ["close", "close"],
  );
});

test("a signal that fires while a name is looked up lets nothing be sent", async () => {
  await using server = await endpoint();
  const stop = new AbortController();
  const resolve: Resolve = async () => {
    stop.abort(new Error("enough"));
    return [{ address: "127.0.0.1", family: 4 }];
  };
  const url = new URL(`http://slow.invalid:${server.port}/`);
  const posting = pinned(
    new Set(["slow.invalid"]),
    resolve,
  )({ url, headers: {}, body: "1", signal: stop.signal });
  await assert.rejects(posting, /enough/);
  assert.equal(server.requests.length, 0);
});
