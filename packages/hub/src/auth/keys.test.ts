/** Idempotency keys belong to principals: whoever repeats a key of somebody else's repeats nothing, and hears nothing of what became of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, start } from "hermod";
import { remote } from "hermod/remote";
import { guarded, Raw } from "./auth.kit.ts";

const rule = {};
const SERVES = ["serve:a", "serve:b", "serve:shop", "send:shop", "send:b"];
let ids = 0;
const order = (more: object = {}) => ({
  envelope: { id: `o${++ids}`, from: "a", to: "shop", payload: "pay 7", idempotencyKey: "order 7", ...more },
});

async function two() {
  const at = await guarded();
  const hello = async (name: string, kind: "system" | "person" = "system") =>
    Raw.hello(at.hub.url, { token: at.token(name, SERVES, kind) });
  const [first, second] = [await hello("first"), await hello("second")];
  assert.equal(await first.code("announce", { mailbox: "shop", rule }), "");
  const status = async (raw: Raw, op: string, rest: object) =>
    ((await raw.ask(op, rest as never))?.["is"] as { status: string } | undefined)?.status;
  return Object.assign(at, { first, second, hello, status });
}

test("over the socket the same key of another principal is another message", async () => {
  await using at = await two();
  const { first, second, status } = at;
  assert.equal(await status(first, "append", order()), "stored");
  assert.equal(await status(second, "append", order()), "stored");
  assert.equal(await status(second, "append", order({ payload: "other" })), "conflict");
  assert.equal(await status(second, "appendAll", { envelopes: [order({ from: "b" }).envelope] }), "stored");
  assert.equal(await status(first, "append", order()), "duplicate");
  const namesake = await at.hello("first", "person");
  assert.equal(await status(namesake, "append", order()), "stored", "nor is one of another kind it");
});

test("a key means the same in all processes of a principal, over the socket and over HTTP", async () => {
  await using at = await two();
  const token = at.token("first", SERVES);
  const other = await Raw.hello(at.hub.url, { token });
  assert.equal(await at.status(at.first, "append", order()), "stored");
  assert.equal(await at.status(other, "append", order()), "duplicate");
  const cast = async (key: string, by = token) => {
    const response = await fetch(`${at.hub.url}/v1/agents/shop/x?verb=cast&key=${key}`, {
      method: "POST",
      headers: { authorization: `Bearer ${by}`, "content-type": "application/json" },
      body: '"pay 7"',
    });
    return ((await response.json()) as { id: string }).id;
  };
  const sent = await cast("k");
  assert.equal(await cast("k"), sent);
  const said = { operation: "x", idempotencyKey: "k" };
  assert.deepEqual((await other.ask("append", order(said)))?.["is"], { status: "duplicate", id: sent });
  assert.equal(await at.status(at.second, "append", order(said)), "stored");
});

test("what is sent with a settlement has keys of its principal; what is passed on keeps that of whoever sent it", async () => {
  await using at = await two();
  const { first, second, status } = at;
  const settled = async (raw: Raw, output: object) => {
    const sent = order({ idempotencyKey: `${ids} in` });
    await first.ask("append", sent);
    const claims = (await raw.ask("claim", { mailbox: "shop", max: 1, lease: 60_000 }))?.["is"];
    const [taken] = claims as {
      token: number;
      envelope: { conversationId: string; idempotencyKey: string };
    }[];
    assert.ok(taken);
    const { token, envelope } = taken;
    const made = { ...order(output).envelope, conversationId: envelope.conversationId };
    const outputs = [
      { ...made, idempotencyKey: Object.hasOwn(output, "copy") ? envelope.idempotencyKey : "out" },
    ];
    delete (outputs[0] as { copy?: unknown }).copy;
    assert.equal(await status(raw, "settle", { token, settlement: { type: "ack" }, outputs }), "settled");
    return envelope.idempotencyKey;
  };
  await second.ask("announce", { mailbox: "b", rule });
  await settled(first, { to: "b" });
  await settled(second, { to: "b" });
  const key = await settled(second, { to: "b", copy: true });
  const page = (await second.ask("read", { query: { type: "waiting", mailbox: "b" } }))?.["is"];
  const keys = (page as { items: { idempotencyKey: string }[] }).items.map((each) => each.idempotencyKey);
  assert.deepEqual(keys, ["~/system/first~ out", "~/system/second~ out", key]);
});

test("a key that is too long for what the hub writes before it is refused, and none is taken for another's", async () => {
  await using at = await two();
  const code = (key: string) => at.second.code("append", order({ idempotencyKey: key }));
  assert.equal(await code("k".repeat(512)), "HERMOD_BAD_ENVELOPE");
  assert.equal(await code("k".repeat(400)), "");
  assert.equal(await at.status(at.first, "append", order()), "stored");
  assert.equal(
    await at.status(at.second, "append", order({ idempotencyKey: "~/system/first~ order 7" })),
    "stored",
  );
});

test("two systems that call with one key each get their own answer, and hear their own key of a task's end", async () => {
  await using at = await guarded();
  const told = Promise.withResolvers<unknown>();
  const shop = agent("shop", { on: { request: (_said, ctx) => ctx.envelope.from, task: () => "made" } });
  const desk = agent("desk", {
    on: { notification: (said) => told.resolve(said), result: (said) => told.resolve(said) },
  });
  const behind = (name: string, rights: readonly string[]) =>
    remote(at.hub.url, { token: at.token(name, rights) });
  await using _ = await start({ agents: [shop], store: behind("shops", ["serve:shop", "send:desk"]) });
  await using one = await start({
    agents: [desk],
    store: behind("one", ["serve:desk", "send:shop", "send:desk"]),
  });
  await using two = await start({ store: behind("two", ["send:shop"]) });
  const first = await one.call("shop", "", "who", { key: "k" });
  const second = await two.call("shop", "", "who", { key: "k" });
  assert.notEqual(first, second);
  const task = await one.task("shop", "", "x", { key: "job 1", onDone: ["desk", "done"] });
  assert.equal((await one.task("shop", "", "x", { key: "job 1", onDone: ["desk", "done"] })).id, task.id);
  assert.equal(((await told.promise) as { key: string }).key, "job 1");
});
