/** Who may do what: each route demands its right, of the subject that it is about, and lists leave out what is nobody's business. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, supervisor } from "hermod";
import { echo, open, tokens, type Shown } from "./api.test.kit.ts";

const critic = agent("critic", {
  retry: { retries: 0 },
  on: {
    request: (_, ctx) => ctx.envelope.from,
    notification: () => {
      throw new Error("no");
    },
  },
});

const auth = tokens({
  all: ["* *"],
  none: [],
  sender: ["send echo"],
  mistaken: ["send echo", "send crit", "send ech"],
  reader: ["read echo"],
  worker: ["serve jobs"],
  "system-a": ["send *", "serve critic"],
  mender: ["redrive critic", "read critic"],
  watcher: ["read critic", "read ~people/ana"],
  ana: ["answer ana"],
});

const ground = () => open({ auth, agents: [echo, critic] });
const FORBIDDEN = [403, "HERMOD_FORBIDDEN"];

test("each change demands its right of its subject", async () => {
  await using opened = await ground();
  const { client } = opened;
  const token = "none";
  const wrong: readonly (readonly [string, unknown?])[] = [
    ["post /v1/send", { to: "echo", operation: "x" }],
    ["post /v1/send", { topic: "t" }],
    ["post /v1/send", { operation: "x" }],
    ["post /v1/agents/echo/say", 1],
    ["post /v1/agents/echo%23key/say", 1],
    ["post /v1/agents/echo/say?verb=cast", 1],
    ["post /v1/agents/echo/say?verb=task", 1],
    ["post /v1/topics/t", 1],
    ["post /v1/tasks", { agent: "echo", operation: "x" }],
    ["post /v1/mailboxes/jobs/pull", {}],
    ["get /v1/mailboxes/echo"],
    ["get /v1/mailboxes/echo/delayed"],
    ["get /v1/dead-letters/groups"],
    ["get /v1/dead-letters/count"],
    ["get /v1/agents/echo"],
    ["post /v1/dead-letters/redrive", {}],
    ["post /v1/dead-letters/discard", { agent: "critic" }],
    ["post /v1/breakers/echo", { state: "open" }],
    ["post /v1/supervision/echo", { act: "resume" }],
    ["post /v1/mailboxes/echo/delayed/m1", { act: "cancel" }],
    ["get /v1/agents/echo/state"],
    ["get /v1/systems"],
    ["get /v1/statistics"],
    ["get /v1/statistics/series"],
    ["get /v1/hub"],
    ["get /v1/audit"],
    ["get /v1/hub/config"],
    ["get /v1/tokens"],
    ["post /v1/tokens", { name: "x", scopes: {} }],
    ["post /v1/tokens/0123456789ab/rotate", {}],
    ["delete /v1/tokens/0123456789ab"],
    ["get /v1/store/jobs"],
    ["post /v1/store/backup"],
    ["post /v1/store/compact"],
    ["delete /v1/store/jobs/none"],
    ["get /metrics"],
  ];
  for (const [place, body] of wrong) {
    const answer = await client.ask(place, { body, token });
    assert.deepEqual([answer.status, answer.body.error.code], FORBIDDEN, place);
    assert.equal((await client.ask(place, { body, token: "all" })).status === 403, false, place);
  }
});

test("a right of one subject is none of another", async () => {
  await using opened = await ground();
  const { client } = opened;
  const say = (name: string, token: string) =>
    client.ask(`post /v1/agents/${name}/say`, { body: "who", token });
  assert.deepEqual(
    [(await say("echo", "sender")).body, (await say("critic", "sender")).status],
    ["~people/sender", 403],
  );
  const done = { agent: "echo", operation: "x", onDone: ["critic", "told"] };
  assert.equal((await client.ask("post /v1/tasks", { body: done, token: "sender" })).status, 403);
  const both = { to: "echo", topic: "t", operation: "x" };
  assert.equal((await client.ask("post /v1/send", { body: both, token: "sender" })).status, 403);
});

test("a system speaks for the agents that it serves, and for no others", async () => {
  await using opened = await ground();
  const ask = (from: string, token: string) =>
    opened.client.ask(`post /v1/agents/echo/say?from=${from}`, { body: "who", token });
  assert.equal((await ask("critic", "system-a")).body, "critic");
  assert.equal((await ask("writer", "system-a")).status, 403);
  const body = { agent: "echo", operation: "x", input: 1, from: "critic" };
  const task = (await opened.client.ask("post /v1/tasks", { body, token: "system-a" })).body;
  const status = async (token: string) =>
    (await opened.client.ask(`get /v1/tasks/${task.id}`, { token })).status;
  assert.deepEqual(
    [await status("system-a"), await status("sender")],
    [200, 404],
    "its agents' tasks are its own",
  );
  assert.equal((await ask("critic", "all")).status, 403, "a person speaks for itself");
});

test("what was noted of a message is for whoever may read it", async () => {
  await using opened = await ground();
  const { client } = opened;
  await client.ask("post /v1/agents/echo/say", { body: 1, token: "all" });
  const { items } = (await client.ask("get /v1/history?where=verb:call", { token: "reader" })).body;
  const notes = async (token: string) =>
    (await client.ask(`get /v1/messages/${items[0].envelope.id}/notes`, { token })).status;
  assert.deepEqual(
    [await notes("reader"), await notes("all"), await notes("watcher"), await notes("none")],
    [200, 200, 404, 404],
  );
});

test("lists leave out what somebody may not see, and an id tells no more than absence", async () => {
  await using opened = await ground();
  const { client } = opened;
  const say = (name: string) => client.ask(`post /v1/agents/${name}/say`, { body: 1, token: "all" });
  await say("echo");
  await say("critic");
  const list = async (path: string, token: string) =>
    (await client.ask(`get ${path}`, { token })).body.items as Shown[];
  const names = (items: Shown[]) => new Set(items.flatMap(({ envelope: { from, to } }) => [from, to]));
  assert.equal((await list("/v1/history", "none")).length, 0);
  assert.equal(names(await list("/v1/history", "reader")).has("critic"), false);
  assert.equal((await list("/v1/history", "reader")).length, 2);
  assert.equal((await list("/v1/conversations", "none")).length, 0);
  assert.equal((await list("/v1/traces", "none")).length, 0);
  const [{ id: talk }] = (await list("/v1/conversations?where=to:critic", "all")) as [Shown];
  assert.deepEqual(
    [(await list("/v1/traces", "reader")).length, (await list(`/v1/traces/${talk}`, "watcher")).length],
    [1, 2],
  );
  for (const token of ["none", "reader"]) assert.deepEqual(await list(`/v1/traces/${talk}`, token), []);
  const edges = async (token: string) =>
    (await list("/v1/statistics/edges", token)).map(({ to }) => to.name as string);
  assert.deepEqual(
    [await edges("all"), await edges("reader"), await edges("none")],
    [["echo", "critic"], ["echo"], []],
  );
  assert.deepEqual(
    (await list("/v1/conversations", "reader")).map(({ participants, messages }) => [participants, messages]),
    [[["~people/all", "echo"], 2]],
  );
  assert.deepEqual(
    (await list("/v1/agents", "sender")).map(({ name, mailbox }) => [name, mailbox]),
    [["echo", undefined]],
  );
  const one = async (name: string, token: string) =>
    (await client.ask(`get /v1/agents/${name}`, { token })).body;
  const [asSender, asReader] = [await one("echo", "sender"), await one("echo", "reader")];
  assert.deepEqual([asSender.offer.agent, asSender.places, asSender.mailbox], ["echo", undefined, undefined]);
  assert.deepEqual([asReader.places.length, asReader.mailbox.waiting], [1, 0]);
  assert.deepEqual((await one("critic", "sender")).error.code, "HERMOD_FORBIDDEN");
  assert.deepEqual(
    (await list("/v1/mailboxes", "reader")).map(({ mailbox }) => mailbox),
    ["echo"],
  );
  assert.deepEqual(await list("/v1/mailboxes", "none"), []);
  const task = (
    await client.ask("post /v1/tasks", { body: { agent: "echo", operation: "x", input: 1 }, token: "sender" })
  ).body;
  const status = async (token: string) => (await client.ask(`get /v1/tasks/${task.id}`, { token })).status;
  assert.deepEqual(await Promise.all(["sender", "reader", "all", "none"].map(status)), [200, 200, 200, 404]);
  assert.equal((await client.ask(`delete /v1/tasks/${task.id}`, { token: "none" })).status, 404);
  assert.equal((await client.ask(`delete /v1/tasks/${task.id}`, { token: "reader" })).status, 403);
});

test("an agent that is not there is told without the names that somebody may not see", async () => {
  await using opened = await ground();
  const ask = async (place: string, token: string, body: unknown = 1) =>
    (await opened.client.ask(`post ${place}`, { body, token })).body.error;
  const places: readonly (readonly [string, unknown?])[] = [
    ["/v1/agents/crit/say"],
    ["/v1/agents/crit/say?verb=cast"],
    ["/v1/agents/crit/say?verb=task"],
    ["/v1/tasks", { agent: "crit", operation: "x" }],
    ["/v1/send", { to: "crit", operation: "x" }],
  ];
  for (const [place, body] of places) {
    const error = await ask(place, "mistaken", body);
    assert.deepEqual([error.code, error.details.known], ["HERMOD_NO_AGENT", ["echo"]], place);
    assert.doesNotMatch(JSON.stringify(error), /critic/, place);
    assert.match((await ask(place, "all", body)).message, /Did you mean "critic"\?/, place);
  }
  assert.match((await ask("/v1/agents/ech/say", "mistaken")).message, /Did you mean "echo"\? Known: echo$/);
});

test("dead letters of one agent are given back by whoever may do that", async () => {
  await using opened = await ground();
  const { client } = opened;
  await client.ask("post /v1/agents/critic/x?verb=cast", { body: 1, token: "all" });
  let items: Shown[] = [];
  while (items.length === 0)
    items = (await client.ask("get /v1/dead-letters", { token: "mender" })).body.items;
  const redrive = async (body: object, token: string) =>
    (await client.ask("post /v1/dead-letters/redrive", { body: { dryRun: true, ...body }, token })).status;
  assert.equal(await redrive({ id: items[0].id }, "mender"), 200);
  assert.equal(await redrive({ agent: "critic" }, "mender"), 200);
  assert.equal(await redrive({}, "mender"), 403);
  assert.equal(await redrive({ agent: "echo" }, "mender"), 403);
  assert.equal(await redrive({ id: items[0].id }, "watcher"), 403);
  assert.equal(await redrive({ id: items[0].id }, "reader"), 404);
  assert.deepEqual((await client.ask("get /v1/dead-letters", { token: "reader" })).body.items, []);
});

test("a token of a delivery is good for whom it was given to alone", async () => {
  await using opened = await ground();
  const { client } = opened;
  const pull = (token: string) => client.ask("post /v1/mailboxes/jobs/pull", { body: {}, token });
  await pull("worker");
  await opened.system.cast("jobs", "do", 1);
  const [{ token }] = (await pull("worker")).body.deliveries;
  assert.equal((await client.ask(`post /v1/deliveries/${token}/ack`, { token: "all" })).status, 409);
  assert.equal((await client.ask(`post /v1/deliveries/${token}/ack`, { token: "worker" })).status, 200);
});

test("a supervisor is restarted by whoever may administer all below it", async () => {
  const rights = {
    part: ["administer shift", "administer echo"],
    whole: ["administer shift", "administer echo", "administer critic"],
  };
  const shift = supervisor("shift", { children: [echo, critic] });
  await using opened = await open({ auth: tokens(rights), agents: [shift] });
  const { client } = opened;
  const body = { act: "restart" };
  assert.equal((await client.ask("post /v1/supervision/shift", { body, token: "part" })).status, 403);
  assert.equal((await client.ask("post /v1/supervision/shift", { body, token: "whole" })).status, 200);
});

test("what waits for a time is listed for who may read its mailbox", async () => {
  await using opened = await open({ auth: tokens({ one: ["read echo"] }), agents: [echo, critic] });
  const { client, system } = opened;
  await system.cast("echo", "x", 1, { delay: "1h" });
  await system.cast("critic", "x", 1, { delay: "1h" });
  const { items, total } = (await client.ask("get /v1/delayed", { token: "one" })).body;
  assert.deepEqual([items.map(({ mailbox }: { mailbox: string }) => mailbox), total], [["echo"], 1]);
});

test("a question that was given to somebody can be answered by them, and by nobody else", async () => {
  const asker = agent("asker", { on: { request: (_, ctx) => ctx.ask("ana", "Shall it?") } });
  const auth = tokens({ ana: ["answer ana"], bo: ["answer bo"], cy: ["answer cy"] });
  await using opened = await open({ auth, agents: [asker] });
  const { client, system } = opened;
  const asked = system.call("asker", "", "", { timeout: "1m" });
  let items: { id: string }[] = [];
  while (items.length === 0) items = (await client.ask("get /v1/questions", { token: "ana" })).body.items;
  const place = `post /v1/questions/${items[0]?.id}`;
  assert.equal((await client.ask(`${place}/assign`, { body: { to: "bo" }, token: "bo" })).status, 404);
  assert.equal((await client.ask(`${place}/assign`, { body: { to: "bo" }, token: "ana" })).status, 200);
  assert.equal((await client.ask(`${place}/decline`, { body: {}, token: "cy" })).status, 404);
  assert.equal((await client.ask(`${place}/answer`, { body: { answer: "yes" }, token: "bo" })).status, 200);
  assert.equal(await asked, "yes");
});

test("a person answers its own questions", async () => {
  const asker = agent("asker", { on: { request: (_, ctx) => ctx.ask("ana", "yes?") } });
  await using opened = await open({ auth, agents: [asker] });
  const { client, system } = opened;
  const answer = system.call("asker", "go", 1);
  let items: Shown[] = [];
  while (items.length === 0) items = (await client.ask("get /v1/questions", { token: "ana" })).body.items;
  const place = `post /v1/questions/${items[0].id}/answer`;
  const watched = (await client.ask("get /v1/questions", { token: "watcher" })).body.items;
  assert.equal(watched.length, 1);
  assert.equal((await client.ask(place, { body: { answer: "no" }, token: "watcher" })).status, 403);
  assert.equal((await client.ask(place, { body: { answer: "no" }, token: "worker" })).status, 404);
  assert.equal((await client.ask(`delete /v1/questions/${items[0].id}`, { token: "ana" })).status, 403);
  assert.deepEqual((await client.ask("get /v1/questions", { token: "none" })).body.items, []);
  assert.equal((await client.ask(place, { body: { answer: "yes" }, token: "ana" })).status, 200);
  assert.equal(await answer, "yes");
});

test("whether there is more is said of what somebody may see alone: a filter is no oracle", async () => {
  await using opened = await ground();
  const { client, system } = opened;
  for (const secret of ["hunter2", "hunter2", "hunter2"])
    await client.ask("post /v1/agents/critic/say", { body: secret, token: "all" });
  for (let at = 0; at < 2; at++)
    await client.ask("post /v1/agents/echo/say", { body: "hunter2", token: "all" });
  await client.ask("post /v1/agents/critic/x?verb=cast", { body: "hunter2", token: "all" });
  await client.ask("post /v1/agents/critic/x?verb=cast", { body: "hunter2", token: "all" });
  while ((await system.deadLetters.list()).items.length < 2);
  const more = async (place: string, token: string) =>
    (await client.ask(`get ${place}`, { token })).body.next !== undefined;
  const where = `limit=1&where=${encodeURIComponent("hunter2 verb:call")}`;
  assert.equal(await more(`/v1/history?${where}`, "none"), false);
  assert.equal(await more(`/v1/dead-letters?limit=1`, "none"), false);
  assert.equal(await more(`/v1/dead-letters?limit=1`, "watcher"), true);
  // It goes on for whoever may see what follows, and ends for it where that ends.
  const seen: unknown[] = [];
  for (let next: string | undefined = "0", after = ""; next !== undefined; after = `&after=${next}`) {
    const { body } = await client.ask(`get /v1/history?${where}${after}`, { token: "reader" });
    seen.push(...body.items);
    next = body.next as string | undefined;
  }
  assert.equal(seen.length, 2);
});

test("a key of somebody is nobody else's: no answer is given to whoever repeats it", async () => {
  await using opened = await ground();
  const ask = async (token: string, body = "who") =>
    (await opened.client.ask("post /v1/agents/echo/say?key=k", { body, token })).body as unknown;
  assert.deepEqual(
    [await ask("sender"), await ask("system-a"), await ask("sender")],
    ["~people/sender", "system-a", "~people/sender"],
  );
});
