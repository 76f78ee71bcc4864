/** Kinds: systems, people and agents are principals of their own kind; nobody is taken for the namesake of another one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, start } from "hermod";
import { remote } from "hermod/remote";
import { guarded, Raw, type Guarded } from "./auth.kit.ts";

interface Shown {
  readonly items: readonly { readonly envelope: { readonly from: string; readonly to: string } }[];
  readonly error?: { readonly code: string };
}

/** Asks over HTTP. */
async function ask(at: Guarded, token: string, place: string, body?: unknown): Promise<never> {
  const [method = "", path = ""] = place.split(" ");
  const response = await fetch(`${at.hub.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as never;
}

const echo = agent("echo", {
  on: { request: (_said, ctx) => ctx.envelope.from, notification: () => undefined },
});

async function ground() {
  const at = await guarded();
  const store = remote(at.hub.url, { token: at.token("workers", ["serve:echo"]) });
  const system = await start({ agents: [echo], store });
  return Object.assign(at, {
    person: at.token("ana", ["send:echo", "answer:ana", "read:~people/ana"], "person"),
    agent: at.token("ana", ["send:echo", "read:ana"], "agent"),
    async [Symbol.asyncDispose]() {
      await system.close();
      await at.hub.close();
      at.auth.close();
    },
  });
}

test("a person and an agent of one name send under different ones, by every verb", async () => {
  await using at = await ground();
  const say = (token: string) => ask(at, token, "post /v1/agents/echo/say", 1);
  assert.deepEqual([await say(at.person), await say(at.agent)], ["~people/ana", "ana"]);
  for (const [place, body] of [
    ["post /v1/send", { to: "echo", type: "request", payload: 1 }],
    ["post /v1/agents/echo/say?verb=cast", 1],
    ["post /v1/tasks", { agent: "echo", operation: "x" }],
  ] as const) {
    const { id } = (await ask(at, at.person, place, body)) as { id: string };
    const [record] = (await at.hub.system.history({ where: `id:${id}` })).items;
    assert.equal(record?.envelope.from, "~people/ana", place);
  }
});

test("a person speaks for no agent and no other person, and an agent or system for no person", async () => {
  await using at = await ground();
  const system = at.token("ops", ["send:echo", "serve:*"]);
  const refused = async (token: string, body: object) =>
    ((await ask(at, token, "post /v1/send", { to: "echo", ...body })) as Shown).error?.code;
  for (const [token, body] of [
    [at.person, { from: "ana" }],
    [at.person, { from: "~people/bob" }],
    [at.person, { replyTo: "ana" }],
    [at.agent, { from: "~people/ana" }],
    [system, { from: "~people/ana" }],
  ] as const)
    assert.ok(
      ["HERMOD_FORBIDDEN", "HERMOD_BAD_OPTION", "HERMOD_BAD_ADDRESS"].includes(
        (await refused(token, body)) ?? "",
      ),
      JSON.stringify(body),
    );
});

test("to read what an agent said is not to read what the person of its name said, and the other way round", async () => {
  await using at = await ground();
  const say = (token: string) => ask(at, token, "post /v1/agents/echo/say", 1);
  await say(at.person);
  await say(at.agent);
  const seen = async (token: string, path: string) =>
    new Set(
      ((await ask(at, token, `get ${path}`)) as Shown).items.map(({ envelope: { from, to } }) =>
        from === "echo" ? to.slice(to.indexOf("/") + 1) : from,
      ),
    );
  assert.deepEqual(await seen(at.agent, "/v1/history"), new Set(["ana"]));
  assert.deepEqual(await seen(at.person, "/v1/history"), new Set(["~people/ana"]));
});

test("a question for a person is not seen by whoever may read the agent of that name, nor taken back by whoever administers it", async () => {
  await using at = await ground();
  const asker = agent("asker", { on: { task: (_said, ctx) => ctx.ask("ana", "go?") } });
  const store = remote(at.hub.url, {
    token: at.token("askers", ["serve:asker", "send:asker", "send:~people/ana"]),
  });
  await using system = await start({ agents: [asker], store });
  await system.task("asker", "", 1);
  const list = async (token: string) =>
    ((await ask(at, token, "get /v1/questions")) as { items: { id: string }[] }).items;
  let items: { id: string }[] = [];
  while (items.length === 0) items = await list(at.person);
  assert.deepEqual(await list(at.agent), []);
  const boss = at.token("boss", ["administer:ana", "read:~people/*"], "person");
  const { error } = (await ask(at, boss, `delete /v1/questions/${items[0]?.id}`)) as Shown;
  assert.equal(error?.code, "HERMOD_FORBIDDEN");
});

test("no token is made for a system of an agent's name, or for an agent of a system's", async () => {
  await using at = await guarded();
  const make = (kind: "system" | "agent" | "person", tenant?: string) => () =>
    at.token("team", [], kind, tenant);
  make("system")();
  assert.throws(make("agent"), { code: "HERMOD_CONFLICT" });
  make("system")();
  make("person")();
  make("agent", "red")();
});

test("no two principals have one address: a name with a tenant's in front is that tenant's own", async () => {
  await using at = await guarded();
  const make = (name: string, kind: "system" | "agent" | "person", tenant?: string) => () =>
    at.token(name, [], kind, tenant);
  make("ana", "system", "red")();
  make("ana", "person", "red")();
  make("red.ana", "system", "red")();
  make("ana", "system", "blue")();
  assert.throws(make("red.ana", "agent", "red"), { code: "HERMOD_CONFLICT" });
  for (const kind of ["system", "agent", "person"] as const)
    assert.throws(make("red.ana", kind), { code: "HERMOD_CONFLICT" });
  make("blue.bob", "agent")();
  assert.throws(make("bob", "system", "blue"), { code: "HERMOD_CONFLICT" });
});

test("over the socket a name gives no right: neither to the agent of it, nor to its person", async () => {
  await using at = await ground();
  const code = async (token: string, from: string) => {
    using raw = await Raw.hello(at.hub.url, { token });
    return await raw.code("append", { envelope: { id: `${from} ${token.slice(7, 12)}`, from, to: "echo" } });
  };
  assert.equal(await code(at.person, "ana"), "HERMOD_FORBIDDEN");
  assert.equal(await code(at.person, "~people/ana"), "");
  assert.equal(await code(at.agent, "~people/ana"), "HERMOD_FORBIDDEN");
});
