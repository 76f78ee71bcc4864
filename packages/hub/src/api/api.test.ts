/** The interface from outside: every route over a real port, and what it says when something is wrong. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, contract, crash, memory, pool, start, supervisor, type OpenStore } from "hermod";
import { remote } from "hermod/remote";
import { simulated } from "hermod/testing";
import { sqlite } from "hermod/sqlite";
import * as z from "zod";
import { guarded } from "../auth/auth.kit.ts";
import { answered, Client, echo, open, type Shown } from "./api.test.kit.ts";
import { routes } from "./routes/index.ts";

after(() => {
  const missed = routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((place) => !answered.has(place));
  assert.deepEqual(missed, [], "every route is asked by this file");
});

const Clerk = contract("clerk", {
  calls: { file: { in: z.object({ name: z.string() }), out: z.object({ place: z.string() }) } },
});

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
let files = 0;
after(() => rmSync(folder, { recursive: true, force: true }));
const stores: readonly (readonly [string, () => OpenStore])[] = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(join(folder, `${++files}.db`))],
];

/** Asks until the answer is as wanted, where the store tells of nothing: of systems, requests and jobs. */
async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let round = 0; round < 2000; round++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error("it never came");
}

async function pull(client: Client, body: object = {}) {
  const answer = await client.ask("post /v1/mailboxes/jobs/pull", { body });
  return answer.body.deliveries as { token: string; attempt: number; envelope: { payload: unknown } }[];
}

for (const [name, store] of stores) {
  test(`${name}: an agent is called, cast to and given a task by its name [73]`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    const call = await client.ask("post /v1/agents/echo/say?timeout=5s&priority=high", {
      body: { a: [1, "ü"] },
    });
    assert.deepEqual([call.status, call.body], [200, { a: [1, "ü"] }]);
    assert.equal((await client.ask("post /v1/agents/echo/say")).body, null);
    const bytes = { $bytes: "AAEC" };
    assert.deepEqual((await client.ask("post /v1/agents/echo/say", { body: bytes })).body, bytes);
    const told = (await client.ask("get /v1/history?where=verb:call&order=newest&limit=1")).body;
    assert.deepEqual(told.items[0].envelope.payload, bytes);
    await client.ask("post /v1/agents/jobs/do?verb=cast&hold=true", { body: { inside: bytes } });
    assert.deepEqual((await pull(client))[0]?.envelope.payload, { inside: bytes });
    const key = { "idempotency-key": "k1" };
    const cast = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "x", headers: key });
    const again = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "x", headers: key });
    assert.deepEqual([cast.status, again.body.id], [202, cast.body.id]);
    const other = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "y", headers: key });
    assert.deepEqual([other.status, other.body.error.code], [409, "HERMOD_CONFLICT"]);
    const task = await client.ask("post /v1/agents/echo/work?verb=task", { body: 2 });
    const done = await client.until(async () => {
      const { body } = await client.ask(`get /v1/tasks/${task.body.id}`);
      return body.state === "done" && body;
    });
    assert.deepEqual([done.result, done.parts, done.agent], ["done", 2, "echo"]);
  });

  test(`${name}: the hub writes the sender: whoever asks, never what the request says`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    assert.equal((await client.ask("post /v1/agents/echo/say", { body: "who" })).body, "~people/operator");
    const forged = await client.ask("post /v1/agents/echo/say?from=critic", { body: "who" });
    assert.deepEqual([forged.status, forged.body.error.code], [403, "HERMOD_FORBIDDEN"]);
    const message = { to: "echo", operation: "note", from: "critic" };
    assert.equal((await client.ask("post /v1/send", { body: message })).status, 403);
    const { body } = await client.ask("post /v1/send", {
      body: { to: "echo", operation: "note", payload: 1 },
    });
    const { items } = (await client.ask(`get /v1/history?where=id:${body.id}`)).body;
    assert.equal(items[0].envelope.from, "~people/operator");
  });

  test(`${name}: a message by hand has no field that only systems write`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    const wrong = [
      { hops: ["a"] },
      { sequence: 3 },
      { published: {} },
      { verb: "reply" },
      { verb: "info" },
      { type: "status" },
      { to: "~people/ana" },
    ];
    for (const fields of wrong) {
      const { status, body } = await client.ask("post /v1/send", { body: { to: "echo", ...fields } });
      assert.deepEqual([status, body.error.code], [400, "HERMOD_BAD_OPTION"], JSON.stringify(fields));
    }
  });

  test(`${name}: a topic's event reaches its subscribers`, async () => {
    await using ground = await open({ store: store() });
    const { client, system } = ground;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await system.subscribe("tide.*", (event) => resolve(event));
    const { status } = await client.ask("post /v1/topics/tide.turned?delay=0", { body: { high: true } });
    assert.equal(status, 202);
    assert.deepEqual(await promise, { high: true });
  });

  test(`${name}: conversations are listed in short, those first that something was last said in`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    assert.deepEqual((await client.ask("get /v1/conversations")).body, { items: [] });
    const say = (conversation: string, body: unknown) =>
      client.ask(`post /v1/agents/echo/say?conversation=${conversation}`, { body });
    for (const id of ["c1", "c2", "c3", "c4", "c5"]) await say(id, { hello: id });
    await say("c2", "fail");
    await say("c1", "again");
    const list = async (query = "") => (await client.ask(`get /v1/conversations?${query}`)).body;
    const ids = ({ items }: Shown) => items.map(({ id }: Shown) => id);
    const all = await list();
    assert.deepEqual(
      [ids(all).slice(0, 2), ids(all).sort()],
      [
        ["c1", "c2"],
        ["c1", "c2", "c3", "c4", "c5"],
      ],
    );
    const [c1, c2] = all.items;
    assert.deepEqual(
      [c1.first.preview, c1.first.to, c1.participants, c1.messages, c1.state],
      ['{"hello":"c1"}', "echo", ["~people/operator", "echo"], 4, "done"],
    );
    assert.equal(c2.state, "failed");
    assert.ok(c1.startedAt <= c1.endedAt);
    const paged: string[] = [];
    let page = await list("limit=2");
    for (; page.next !== undefined; page = await list(`limit=2&after=${encodeURIComponent(page.next)}`))
      paged.push(...ids(page));
    assert.deepEqual([...paged, ...ids(page)], ids(await list()), "each once, over all pages");
    const first = await list("limit=3");
    const [, late] = ids(await list()).filter((id: string) => !ids(first).includes(id));
    await say(late, "it moves to the front, where the first page no longer is");
    const rest = await list(`after=${encodeURIComponent(first.next)}`);
    assert.deepEqual(
      ids(rest).sort(),
      ["c1", "c2", "c3", "c4", "c5"].filter((id) => !ids(first).includes(id)),
    );
    assert.deepEqual(ids(await list("where=again")), ["c1"]);
    assert.equal((await client.ask("get /v1/conversations?after=x")).body.error.code, "HERMOD_BAD_OPTION");
    assert.equal((await client.ask("get /v1/conversations?where=x:")).status, 400);
  });

  test(`${name}: a task is started, followed with its parts from any place, and cancelled`, async () => {
    const begun = Promise.withResolvers<void>();
    const slow = agent("slow", {
      on: {
        task: (_, ctx) =>
          new Promise((_, reject) => {
            ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
            begun.resolve();
          }),
      },
    });
    await using ground = await open({ agents: [echo, slow], store: store() });
    const { client } = ground;
    const { body } = await client.ask("post /v1/tasks", {
      body: { agent: "echo", operation: "work", input: 3, key: "t" },
    });
    const seen = await Array.fromAsync(client.events(`/v1/tasks/${body.id}/parts`));
    assert.deepEqual(
      seen.map(({ event, data }) => [event, data]),
      [
        ["message", 1],
        ["message", 2],
        ["message", 3],
        ["result", "done"],
      ],
    );
    const from = { "last-event-id": seen[1]!.id };
    const rest = await Array.fromAsync(client.events(`/v1/tasks/${body.id}/parts`, { headers: from }));
    assert.deepEqual(
      rest.map(({ data }) => data),
      [3, "done"],
    );

    const long = await client.ask("post /v1/tasks", { body: { agent: "slow", operation: "work" } });
    const state = async () => (await client.ask(`get /v1/tasks/${long.body.id}`)).body.state;
    await begun.promise;
    assert.equal(await state(), "running");
    const cancelled = await client.ask(`delete /v1/tasks/${long.body.id}?reason=enough`);
    assert.deepEqual(cancelled.body, { outcome: "signalled" });
    await client.until(async () => (await state()) === "cancelled");
    const none = await client.ask("get /v1/tasks/nothing");
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NO_TASK"]);
  });

  test(`${name}: a mailbox is pulled from: acked, answered, tried again, rejected and held longer`, async () => {
    await using ground = await open({ store: store() });
    const { client, system } = ground;
    assert.deepEqual(await pull(client), []);
    const waiting = pull(client, { wait: "30s", max: 5 });
    await system.cast("jobs", "do", 1);
    const [first] = await waiting;
    assert.equal(first?.envelope.payload, 1);
    const extended = await client.ask(`post /v1/deliveries/${first?.token}/extend`, {
      body: { lease: "1m" },
    });
    assert.ok(Date.parse(extended.body.leaseUntil) > Date.now() + 30_000);
    await client.ask(`post /v1/deliveries/${first?.token}/ack`);
    const over = await client.ask(`post /v1/deliveries/${first?.token}/ack`);
    assert.deepEqual([over.status, over.body.error.code], [409, "HERMOD_STALE_LEASE"]);

    const reply = system.call("jobs", "ask", "?");
    const [asked] = await pull(client, { wait: "30s" });
    await client.ask(`post /v1/deliveries/${asked?.token}/ack`, { body: { reply: { yes: true } } });
    assert.deepEqual(await reply, { yes: true });

    await system.cast("jobs", "do", 2);
    const [failed] = await pull(client, { wait: "30s" });
    await client.ask(`post /v1/deliveries/${failed?.token}/nack`, {
      body: { delay: "1h", error: "not now" },
    });
    const { items } = (await client.ask("get /v1/mailboxes/jobs/delayed")).body;
    assert.equal(items[0].attempts[0].error.message, "not now");

    await system.cast("jobs", "do", 3);
    const [refused] = await pull(client, { wait: "30s", where: "operation:do" });
    await client.ask(`post /v1/deliveries/${refused?.token}/reject`, { body: { reason: "no" } });
    const letters = (await client.ask("get /v1/dead-letters?where=reason:terminal")).body.items;
    assert.match(letters[0].error.message, /no$/);
    const counts = (await client.ask("get /v1/mailboxes")).body.items;
    assert.deepEqual(counts.map(({ mailbox }: { mailbox: string }) => mailbox).sort(), ["echo", "jobs"]);
  });

  for (const delivery of ["at-most-once", "at-least-once"])
    test(`${name}: who leaves an ${delivery} call with a key finds its reply by asking again; one without is cancelled`, async () => {
      const runs: AbortSignal[] = [];
      const may = Promise.withResolvers<string>();
      const slow = agent("slow", {
        concurrency: 2,
        on: { request: (_, { signal }) => (runs.push(signal), may.promise) },
      });
      await using ground = await open({ store: store(), agents: [slow] });
      const { client } = ground;
      const place = `/v1/agents/slow/x?delivery=${delivery}`;
      const leave = async (headers: Record<string, string>, count: number) => {
        const left = new AbortController();
        const type = { "content-type": "application/json" };
        const gone = fetch(`${client.url}${place}`, {
          ...{ method: "POST", signal: left.signal, headers: { ...type, ...headers } },
        });
        await until(async () => runs.length === count);
        left.abort();
        await assert.rejects(gone);
        await until(async () => (await client.ask("get /metrics")).body.includes("hermod_hub_requests 1"));
      };
      const headers = { "idempotency-key": "order 7" };
      await leave(headers, 1);
      await leave({}, 2);
      const [kept, wanted] = runs;
      if (!wanted?.aborted) await once(wanted as AbortSignal, "abort");
      assert.equal(kept?.aborted, false);
      const again = client.ask(`post ${place}`, { headers });
      may.resolve("done");
      assert.deepEqual([(await again).body, runs.length], ["done", 2]);
      assert.equal((await client.ask(`post ${place}`, { headers })).body, "done");
    });

  test(`${name}: what is held over HTTP comes back when the hub ends, and where nobody waits for it any more`, async () => {
    await using ground = await open({ store: store() });
    const { client, system } = ground;
    await pull(client);
    const left = new AbortController();
    const gone = fetch(`${client.url}/v1/mailboxes/jobs/pull`, {
      ...{ method: "POST", signal: left.signal, headers: { "content-type": "application/json" } },
      body: JSON.stringify({ wait: "50s" }),
    });
    await until(async () => (await client.ask("get /metrics")).body.includes("hermod_hub_requests 2"));
    left.abort();
    await assert.rejects(gone);
    await until(async () => (await client.ask("get /metrics")).body.includes("hermod_hub_requests 1"));
    await system.cast("jobs", "do", 1);
    const peeked = (await client.ask("get /v1/mailboxes/jobs?limit=5&where=operation:do")).body.items;
    assert.equal(peeked.length, 1);
    assert.equal((await pull(client)).length, 1);
  });

  test(`${name}: a mailbox that a system serves is not pulled from beside it`, async () => {
    await using ground = await open({ store: store() });
    const { status, body } = await ground.client.ask("post /v1/mailboxes/echo/pull", { body: {} });
    assert.deepEqual([status, body.error.code], [409, "HERMOD_DUPLICATE_AGENT"]);
  });

  test(`${name}: a message tells what its handler logged and which models it asked; the series counts them`, async () => {
    const clerk = agent("clerk", {
      on: {
        request: async (said, { log, model }) => {
          log.warn("is asked", { said });
          return model.text(`file ${String(said)}`);
        },
      },
    });
    await using ground = await open({ store: store(), agents: [] });
    const { client } = ground;
    const model = simulated({ script: [{ when: "", say: "filed away" }] });
    await using _ = await start({ agents: [clerk], model, store: remote(client.url) });
    assert.equal((await client.ask("post /v1/agents/clerk/file", { body: "it" })).body, "filed away");
    const { items } = (await client.ask("get /v1/history?where=verb:call")).body;
    const { id } = items[0].envelope;
    const { notes, cut } = (await client.ask(`get /v1/messages/${id}/notes`)).body;
    const [line, call] = notes;
    assert.deepEqual(
      [line.level, line.text, line.data, line.agent, line.attempt, cut],
      ["warn", "is asked", { said: "it" }, "clerk", 1, []],
    );
    assert.deepEqual(
      [call.type, call.simulated, call.finish, call.model],
      ["model", true, "stop", model.name],
    );
    assert.ok(!JSON.stringify(call).includes("filed away"));
    assert.equal((await client.ask("get /v1/messages/nothing/notes")).status, 404);
    const { total } = (await client.ask("get /v1/statistics/series?range=5m")).body;
    assert.deepEqual(
      [total.calls, total.inputTokens, total.outputTokens],
      [1, call.inputTokens, call.outputTokens],
    );
    const [talk] = (await client.ask("get /v1/conversations?where=verb:call")).body.items;
    assert.equal(talk.spent.tokens, call.inputTokens + call.outputTokens);
  });

  test(`${name}: a large payload comes cut where that is asked for, and whole where it is not`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    const body = { text: "x".repeat(50_000) };
    await client.ask("post /v1/agents/echo/note?verb=cast", { body });
    await client.ask("post /v1/agents/echo/note?verb=cast", { body: "y".repeat(40_000) });
    await client.ask("post /v1/agents/echo/note?verb=cast", { body: "short" });
    const { items } = (await client.ask("get /v1/history?where=operation:note&cut=1000")).body;
    const told = items.map(({ envelope }: Shown) => [envelope.payload, envelope.beginning]);
    assert.deepEqual(told, [
      [undefined, `{"text":"${"x".repeat(991)}`],
      [undefined, "y".repeat(1000)],
      ["short", undefined],
    ]);
    assert.ok(items[0].envelope.size > 50_000);
    const whole = (await client.ask("get /v1/history?where=operation:note")).body.items;
    assert.deepEqual(whole[0].envelope.payload, body);
    assert.equal((await client.ask("get /v1/history?cut=0")).status, 400);
  });

  test(`${name}: what waits comes cut too, now or for a time, of one mailbox or of all`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    const send = (more: string) =>
      client.ask(`post /v1/agents/jobs/do?verb=cast&hold=true${more}`, { body: "x".repeat(5000) });
    await send("");
    await send("&delay=1h");
    const first = async (path: string): Promise<unknown[]> => {
      const [item] = (await client.ask(`get ${path}`)).body.items as Shown[];
      const { payload, beginning } = item.envelope ?? item;
      return [payload, beginning];
    };
    for (const path of ["/v1/mailboxes/jobs", "/v1/mailboxes/jobs/delayed", "/v1/delayed"]) {
      assert.deepEqual(await first(`${path}?cut=100`), [undefined, "x".repeat(100)], path);
      assert.deepEqual(await first(path), ["x".repeat(5000), undefined], path);
    }
  });

  test(`${name}: history is filtered and read page by page; a conversation stands alone`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    for (let at = 0; at < 5; at++) await client.ask("post /v1/agents/echo/say?conversation=c1", { body: at });
    const first = (await client.ask("get /v1/history?where=type:request&limit=2")).body;
    assert.deepEqual([first.items.length, first.items[0].state], [2, "done"]);
    const second = (
      await client.ask(`get /v1/history?where=type:request&limit=10&after=${encodeURIComponent(first.next)}`)
    ).body;
    assert.deepEqual([second.items.length, second.next], [3, undefined]);
    const said = (await client.ask("get /v1/conversations/c1")).body.items;
    assert.deepEqual(
      [said.length, new Set(said.map((each: Shown) => each.envelope.conversationId)).size],
      [10, 1],
    );
    const newest = (await client.ask("get /v1/history?order=newest&where=type:request&limit=2")).body;
    const payloads = (page: Shown) => page.items.map((each: Shown) => each.envelope.payload);
    const rest = `limit=10&after=${encodeURIComponent(newest.next)}`;
    const older = (await client.ask(`get /v1/conversations/c1?order=newest&where=type:request&${rest}`)).body;
    assert.deepEqual(
      [payloads(newest), payloads(older)],
      [
        [4, 3],
        [2, 1, 0],
      ],
    );
    assert.equal((await client.ask("get /v1/history?order=down")).status, 400);
    const own = (await client.ask("get /v1/history?agent=~people/operator&limit=1000")).body.items;
    assert.equal(own.length, 10);
  });

  test(`${name}: dead letters are listed, grouped, given back and forgotten`, async () => {
    let broken = true;
    const fragile = agent("fragile", {
      retry: { retries: 0 },
      on: {
        notification: () => {
          if (broken) throw new Error("no 17");
        },
      },
    });
    await using ground = await open({ agents: [fragile], store: store() });
    const { client, system } = ground;
    for (let at = 0; at < 3; at++) await system.cast("fragile", "do", at);
    const letters = await client.until(async () => {
      const { items } = (await client.ask("get /v1/dead-letters?where=to:fragile")).body;
      return items.length === 3 && items;
    });
    const groups = (await client.ask("get /v1/dead-letters/groups?agent=fragile")).body.items;
    assert.deepEqual([groups.length, groups[0].count], [1, 3]);
    const redrive = "post /v1/dead-letters/redrive";
    const cause = encodeURIComponent(groups[0].cause as string);
    const ofCause = async (said: string): Promise<number> =>
      (await client.ask(`get /v1/dead-letters?cause=${said}`)).body.items.length;
    assert.deepEqual([await ofCause(cause), await ofCause("another")], [3, 0]);
    const other = await client.ask(redrive, { body: { dryRun: true, cause: "another" } });
    assert.equal(other.body.matched, 0);
    const dry = await client.ask(redrive, { body: { dryRun: true, where: "age:<1h" } });
    assert.deepEqual(dry.body, { matched: 3, redriven: 3, skipped: {} });
    const several = { ids: [letters[0].id, letters[1].envelope.id, "nothing"], dryRun: true };
    assert.equal((await client.ask(redrive, { body: several })).body.matched, 2);
    assert.equal(
      (await client.ask(redrive, { body: { ids: ["nothing"] } })).body.matched,
      0,
      "of those that are not there none is another one",
    );
    broken = false;
    const one = await client.ask(redrive, { body: { id: letters[0].id } });
    assert.equal(one.body.redriven, 1);
    const none = await client.ask(redrive, { body: { id: "nothing" } });
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NOT_FOUND"]);
    const gone = await client.ask("post /v1/dead-letters/discard", { body: { agent: "fragile" } });
    assert.deepEqual(gone.body, { discarded: 2 });
    const all = await client.ask("post /v1/dead-letters/discard", { body: {} });
    assert.equal(all.status, 400, "all of them must be said");
    assert.deepEqual((await client.ask("post /v1/dead-letters/discard", { body: { where: "" } })).body, {
      discarded: 0,
    });
  });

  test(`${name}: people's questions are listed, answered and taken back`, async () => {
    const asker = agent("asker", {
      on: { request: (question, ctx) => ctx.ask("ana", question as string, { options: ["yes", "no"] }) },
    });
    await using ground = await open({ agents: [asker], store: store() });
    const { client, system } = ground;
    const answer = system.call("asker", "go", "Send it?");
    const list = async () => (await client.ask("get /v1/questions?person=ana")).body.items;
    const [question] = await client.until(async () => {
      const items = await list();
      return items.length > 0 && items;
    });
    assert.deepEqual([question.question, question.from], ["Send it?", "asker"]);
    const wrong = await client.ask(`post /v1/questions/${question.id}/answer`, { body: { answer: "maybe" } });
    assert.deepEqual([wrong.status, (await list()).length], [400, 1]);
    await client.ask(`post /v1/questions/${question.id}/answer`, { body: { answer: "yes" } });
    assert.equal(await answer, "yes");
    const none = await client.ask(`post /v1/questions/${question.id}/answer`, { body: { answer: "yes" } });
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NOT_FOUND"]);
    const second = system.call("asker", "go", "And this?");
    second.catch(() => undefined);
    const [other] = await client.until(async () => {
      const items = await list();
      return items.length > 0 && items;
    });
    const place = `/v1/questions/${other.id}`;
    await client.ask(`post ${place}/assign`, { body: { to: "bo" } });
    const [given] = (await client.ask("get /v1/questions?person=bo")).body.items;
    assert.deepEqual([given.id, given.assigned.to, given.assigned.by], [other.id, "bo", "operator"]);
    await client.ask(`post ${place}/assign`, { body: { to: null } });
    assert.deepEqual((await client.ask("get /v1/questions?person=bo")).body.items, []);
    assert.deepEqual((await client.ask(`delete ${place}`)).body, { withdrawn: true });
    await assert.rejects(second);
    const third = system.call("asker", "", "a third", { timeout: "1m" });
    third.catch(() => undefined);
    const [last] = await client.until(async () => {
      const items = await list();
      return items.length > 0 && items;
    });
    await client.ask(`post /v1/questions/${last.id}/decline`, { body: { reason: "not today" } });
    await assert.rejects(third, /ana declined: not today/u);
    const gone = await client.ask(`post /v1/questions/${last.id}/decline`, { body: {} });
    assert.deepEqual([gone.status, gone.body.error.code], [404, "HERMOD_NOT_FOUND"]);
  });

  test(`${name}: a trace is found by its conversation, a message of it, and its trace context; and by how long it took`, async () => {
    const asker = agent("asker", { on: { request: (said, ctx) => ctx.call("echo", "say", said) } });
    await using ground = await open({ store: store(), agents: [echo, asker] });
    const { client } = ground;
    const trace = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
    await client.ask("post /v1/agents/asker/go?conversation=t1", { body: "secret", headers });
    await client.ask("post /v1/agents/echo/say?conversation=t2", { body: 1 });
    const of = async (path: string) => (await client.ask(`get /v1/traces${path}`)).body;
    const whole = await client.until(async () => {
      const { items } = await of("/t1");
      return items.every(({ state }: Shown) => state === "done") && items;
    });
    assert.deepEqual(
      whole.map(({ verb, to, trace: context }: Shown) => [verb, to?.startsWith("~"), context]),
      [
        ["call", false, headers.traceparent],
        ["call", false, headers.traceparent],
        ["reply", true, headers.traceparent],
        ["reply", true, headers.traceparent],
      ],
    );
    assert.doesNotMatch(JSON.stringify(whole), /secret/);
    assert.equal(whole[1].causeId, whole[0].id);
    for (const id of [whole[1].id, trace]) assert.deepEqual((await of(`/${id}`)).items, whole, id);
    assert.deepEqual(await of("/nothing"), { items: [] });
    const first = await of("/t1?limit=3");
    assert.equal(first.items.length, 3);
    assert.deepEqual((await of(`/t1?limit=3&after=${encodeURIComponent(first.next)}`)).items, whole.slice(3));
    const ids = async (query: string) => (await of(query)).items.map(({ id }: Shown) => id);
    assert.deepEqual((await ids("")).slice(0, 2), ["t2", "t1"]);
    assert.deepEqual(await ids(`?where=trace:${trace}&shorter=1h`), ["t1"]);
    assert.deepEqual(await ids("?longer=1h"), []);
    assert.equal((await client.ask("get /v1/traces?longer=soon")).status, 400);
  });

  test(`${name}: the directory says who serves whom; breakers, tree, statistics and health answer`, async () => {
    await using ground = await open({ store: store() });
    const { client, hub } = ground;
    const { items } = (await client.ask("get /v1/agents")).body;
    assert.deepEqual(
      items.map(({ name, systems, pulled, mailbox }: Shown) => [name, systems, pulled, mailbox.served]),
      [["echo", 1, false, true]],
    );
    await hub.system.spawn(agent("inner", { on: { request: () => 1 } }));
    const opened = await client.ask("post /v1/breakers/inner", { body: { state: "open" } });
    assert.deepEqual(
      opened.body.items.map(({ state }: Shown) => state),
      ["open"],
    );
    const refused = await client.ask("post /v1/agents/inner/x", { body: 1 });
    assert.deepEqual([refused.status, refused.body.error.code], [503, "HERMOD_CIRCUIT_OPEN"]);
    await client.ask("post /v1/breakers/inner", { body: { state: "auto" } });
    assert.equal((await client.ask("get /v1/breakers")).body.items[0].state, "closed");
    assert.equal((await client.ask("get /v1/systems")).body.items[0].tree[0].name, "inner");
    const [inner] = (await client.ask("get /v1/agents")).body.items.filter(
      (each: Shown) => each.name === "inner",
    );
    assert.deepEqual(
      [inner.clients, inner.state, inner.restarts, inner.breaker, inner.numbers.processed],
      [["hub"], "running", 0, "closed", 0],
    );
    const numbers = (await client.ask("get /v1/statistics")).body;
    assert.deepEqual([numbers.sessions, numbers.store.name], [1, name]);
    await client.ask("post /v1/agents/echo/say", { body: 1 });
    const series = (await client.ask("get /v1/statistics/series?range=5m")).body;
    assert.deepEqual([series.range, series.step, series.stored.length], ["5m", 1000, 300]);
    // The call and its reply; what asks of breakers and trees is left out.
    assert.deepEqual([series.total.stored, series.total.done], [2, 2]);
    assert.equal((await client.ask("get /v1/statistics/series?range=9d")).status, 400);
    const edges = (await client.ask("get /v1/statistics/edges")).body;
    assert.deepEqual(
      edges.items.map(({ to, sent, done, failed }: Shown) => [to, sent, done, failed]),
      [[{ kind: "agent", name: "echo" }, 1, 1, 0]],
    );
    assert.deepEqual((await client.ask("get /v1/statistics/edges?limit=0")).status, 400);
    const itself = (await client.ask("get /v1/hub")).body;
    assert.deepEqual(
      [itself.store.name, itself.store.bytes > 0, itself.limits.length],
      [name, name === "sqlite", 3],
    );
    const me = (await client.ask("get /v1/me")).body;
    assert.deepEqual([me.name, me.kind, me.open, me.rights.administer], ["operator", "person", true, ["*"]]);
    assert.deepEqual((await client.ask("get /v1/audit")).body, { kept: false, items: [] });
    for (const path of ["/v1/health", "/v1/health/live", "/v1/health/ready"])
      assert.deepEqual((await client.ask(`get ${path}`)).body, { ok: true });
    assert.equal((await client.ask("get /v1/openapi.json")).body.openapi, "3.1.0");
    assert.equal((await client.ask("get /v1/asyncapi.json")).body.asyncapi, "3.0.0");
    for await (const { event } of client.events("/v1/live")) {
      assert.equal(event, "comment");
      break;
    }
  });

  test(`${name}: what waits for a time is listed over all mailboxes, run now and cancelled`, async () => {
    const late = agent("late", { on: { notification: () => undefined } });
    await using ground = await open({ store: store(), agents: [echo, late] });
    const { client, system } = ground;
    const first = await system.cast("late", "x", 1, { delay: "1h" });
    const second = await system.cast("echo", "x", 2, { delay: "2h" });
    const { items, total } = (await client.ask("get /v1/delayed")).body;
    assert.deepEqual(
      items.map(({ mailbox, envelope }: Shown) => [mailbox, envelope.id]),
      [
        ["late", first.id],
        ["echo", second.id],
      ],
    );
    assert.equal(total, 2);
    assert.equal((await client.ask("get /v1/delayed?limit=1")).body.items.length, 1);
    assert.equal((await client.ask("get /v1/delayed?where=to:echo")).body.items[0].mailbox, "echo");
    const act = (mailbox: string, id: string, what: string) =>
      client.ask(`post /v1/mailboxes/${mailbox}/delayed/${id}`, { body: { act: what } });
    assert.equal((await act("late", first.id, "run")).status, 200);
    assert.equal((await act("echo", second.id, "cancel")).status, 200);
    const none = await act("echo", second.id, "run");
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NOT_FOUND"]);
    await client.until(async () => {
      const [said] = (await client.ask(`get /v1/history?where=id:${first.id}`)).body.items;
      return said.state === "done";
    });
    const [letter] = (await client.ask("get /v1/dead-letters")).body.items;
    assert.deepEqual([letter.envelope.id, letter.reason], [second.id, "stopped"]);
  });

  test(`${name}: the state of an agent is told as it was committed last, that of an instance too`, async () => {
    const state = (): { n: number } => ({ n: 0 });
    const on = {
      notification: (n: unknown, ctx: { state: { n: number } }) => void (ctx.state.n += n as number),
    };
    const agents = [agent("counter", { state, on }), agent("each", { state, keyed: true, on })];
    await using ground = await open({ store: store(), agents });
    const { client, system } = ground;
    assert.equal((await client.ask("get /v1/agents/counter/state")).body.found, false);
    await system.cast("counter", "x", 3);
    await system.cast("each#ana", "x", 4);
    const told = (path: string) =>
      client.until(async () => {
        const { body } = await client.ask(`get /v1/agents/${path}`);
        return body.found && [body.key, body.state];
      });
    assert.deepEqual(await told("counter/state"), ["counter", { n: 3 }]);
    assert.deepEqual(await told("each/state?key=ana"), ["each#ana", { n: 4 }]);
  });

  test(`${name}: what broke is told, and a supervisor is restarted with all below it`, async () => {
    const brittle = agent("brittle", {
      retry: { retries: 0 },
      on: { notification: () => Promise.reject(crash(new Error("it cracked"))) },
    });
    await using ground = await open({
      store: store(),
      agents: [supervisor("shift", { children: [brittle, echo] })],
    });
    const { client, system } = ground;
    const { id } = await system.cast("brittle", "x", 1);
    const whole = () =>
      until(async () => {
        const { items } = (await client.ask("get /v1/systems")).body;
        const of = items.find(({ tree }: Shown) => tree?.length > 0);
        return of?.incidents.length > 0 && of;
      });
    const [incident] = (await whole()).incidents;
    assert.deepEqual([incident.what, incident.why, incident.message], ["crashed", "it cracked", id]);
    const [done] = (await client.ask("post /v1/supervision/shift", { body: { act: "restart" } })).body.items;
    assert.deepEqual([done.answers, done.error], [true, undefined]);
    const [shift] = (await whole()).tree;
    assert.equal(shift.restarts, 1);
    assert.ok(Date.parse(shift.children[1].startedAt) > 0);
    assert.equal((await client.ask("post /v1/supervision/shift", { body: { act: "pause" } })).status, 404);
    const body = { state: "open", reason: "the mains are down" };
    const [breaker] = (await client.ask("post /v1/breakers/echo", { body })).body.items;
    assert.deepEqual([breaker.changes[0].state, breaker.changes[0].reason], ["open", "the mains are down"]);
  });

  test(`${name}: one agent tells what it can be asked, where it runs and what waits for it`, async () => {
    const clerk = agent(Clerk, { breaker: true, on: { file: () => ({ place: "a" }) } });
    const team = supervisor("office", { children: [pool(clerk, { size: 2 })] });
    await using ground = await open({ store: store(), agents: [echo, team] });
    const { client } = ground;
    const told = (await client.ask("get /v1/agents/clerk%23key")).body;
    assert.deepEqual([told.name, told.systems, told.mailbox.waiting, told.state], ["clerk", 1, 0, "running"]);
    assert.deepEqual([told.offer.contract, told.offer.operations[0].in.required], ["clerk", ["name"]]);
    assert.deepEqual(
      told.places.map(({ above, place }: Shown) => [above, place.type, place.children.length]),
      [[["office"], "pool", 2]],
    );
    assert.deepEqual(
      told.breakers.map(({ agent: of, state }: Shown) => [of, state]),
      [
        ["clerk/1", "closed"],
        ["clerk/2", "closed"],
      ],
    );
    const member = (await client.ask("get /v1/agents/clerk%2F2")).body;
    assert.deepEqual([member.places[0].above, member.mailbox], [["office", "clerk"], undefined]);
    assert.deepEqual((await client.ask("get /v1/agents/echo")).body.offer.types.toSorted(), [
      ...["notification", "request", "task"],
    ]);
    const none = await client.ask("get /v1/agents/clark");
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NO_AGENT"]);
    assert.match(none.body.error.message, /Did you mean "clerk"/);
  });

  test(`${name}: an agent is paused, drained, restarted and resumed wherever it runs`, async () => {
    await using ground = await open({ store: store() });
    const { client, hub, system } = ground;
    const oversee = async (act: string, agentName = "echo"): Promise<Shown> =>
      (await client.ask(`post /v1/supervision/${encodeURIComponent(agentName)}`, { body: { act } })).body;
    const paused = async (): Promise<unknown> => (await client.ask("get /v1/agents")).body.items[0].paused;
    const begun = Promise.withResolvers<void>();
    const deaf = system.reports(({ type }) => type === "delivery.started" && begun.resolve());
    const hang = client.ask("post /v1/agents/echo/x?timeout=1h&conversation=hanging", { body: "hang" });
    await begun.promise;
    deaf();
    assert.deepEqual(
      (await oversee("pause")).items.map(({ answers, idle }: Shown) => [answers, idle]),
      [[true, false]],
    );
    assert.equal(await paused(), 1);
    const asked = client.ask("post /v1/agents/echo/x", { body: "waits" });
    // What hangs is told to stop, as in a crash; the pause stays.
    assert.deepEqual(
      (await oversee("restart")).items.map(({ answers, error }: Shown) => [answers, error]),
      [[true, undefined]],
    );
    assert.equal((await hang).status, 502);
    assert.deepEqual(
      (await oversee("drain")).items.map(({ answers, idle }: Shown) => [answers, idle]),
      [[true, true]],
    );
    assert.equal(await paused(), 1);
    await oversee("resume");
    assert.equal((await asked).body, "waits");
    assert.equal(await paused(), 0);
    await hub.system.spawn(pool(agent("inner", { on: { request: () => 1 } }), { size: 2 }));
    await oversee("pause", "inner/2");
    const { items } = (await client.ask("get /v1/systems")).body;
    const places: Shown = items.find(({ system }: Shown) => system === hub.system.address).tree[0].children;
    assert.deepEqual(
      places.map((place: Shown) => place.paused),
      [undefined, true],
    );
    const none = await client.ask("post /v1/supervision/nobody", { body: { act: "pause" } });
    assert.deepEqual([none.status, none.body.error.code], [404, "HERMOD_NO_AGENT"]);
    const wrong = await client.ask("post /v1/supervision/echo", { body: { act: "burn" } });
    assert.equal(wrong.status, 400);
  });

  test(`${name}: what an agent does wrong is told with its code, and without its stack`, async () => {
    await using ground = await open({ store: store() });
    const { client } = ground;
    const asked = async (place: string, body: unknown) => {
      const {
        status,
        body: { error },
      } = await client.ask(place, { body });
      assert.ok(error.hint.length > 0 && error.docs.includes("errors.md#"));
      assert.equal(JSON.stringify(error).includes("api.test"), false, "no place in a program");
      return [status, error.code, error.retryable];
    };
    assert.deepEqual(await asked("post /v1/agents/echo/say", "fail"), [502, "HERMOD_FAILED", true]);
    assert.deepEqual(await asked("post /v1/agents/echo/say?timeout=20ms", "hang"), [
      504,
      "HERMOD_TIMEOUT",
      true,
    ]);
    assert.deepEqual(await asked("post /v1/agents/ecco/say", 1), [404, "HERMOD_NO_AGENT", true]);
  });
}

test("what a hub keeps for its page is asked for, taken and given back", async () => {
  const at = await guarded(sqlite(join(folder, "kept.db")));
  await using _ = at;
  const token = at.token("boss", ["administer:*", "read:*", "send:*"], "person");
  const client = new Client(at.hub.url);
  const ask = async (place: string, body?: unknown) => (await client.ask(place, { token, body })).body;
  const view = await ask("post /v1/views", { name: "a", screen: "/messages", search: {} });
  assert.equal((await ask("get /v1/views")).items[0].id, view.id);
  await ask(`delete /v1/views/${view.id}`);
  const made = await ask("post /v1/tokens", { name: "x", scopes: { read: ["*"] } });
  const next = await ask(`post /v1/tokens/${made.id}/rotate`, {});
  assert.equal((await ask(`delete /v1/tokens/${next.id}`)).revoked, 1);
  assert.equal((await ask("get /v1/tokens")).items.length, 3);
  assert.ok((await ask("get /v1/hub/config")).items.length > 3);
  await ask("post /v1/send", { topic: "nobody.hears", operation: "x" });
  const { items } = await ask("get /v1/history");
  const conversation = encodeURIComponent(items[0].envelope.conversationId as string);
  for (const path of ["messages", "dead-letters", "conversations", `conversations/${conversation}`])
    assert.notEqual(await ask(`get /v1/export/${path}`), "", path);
  assert.equal((await ask("get /v1/dead-letters/count")).count, 1);
});

test("a store is copied and compacted by jobs that are told of and can be stopped", async () => {
  const own = { store: sqlite(join(folder, "jobs.db")), backups: join(folder, "copies") };
  await using ground = await open(own);
  const { client } = ground;
  const { id } = (await client.ask("post /v1/store/backup")).body;
  assert.equal((await client.ask(`delete /v1/store/jobs/${id}`)).body.id, id);
  const jobs = () => client.ask("get /v1/store/jobs");
  await until(async () => (await jobs()).body.items[0].state === "stopped");
  assert.equal((await client.ask("post /v1/store/compact")).status, 202);
  await until(async () => (await jobs()).body.items[0].state === "done");
});
