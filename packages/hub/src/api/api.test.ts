/** The interface from outside: every route over a real port, and what it says when something is wrong. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, pool, memory, type OpenStore } from "hermod";
import { sqlite } from "hermod/sqlite";
import { answered, echo, open, type Client, type Shown } from "./api.test.kit.ts";
import { routes } from "./routes/index.ts";

after(() => {
  const missed = routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((place) => !answered.has(place));
  assert.deepEqual(missed, [], "every route is asked by this file");
});

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
let files = 0;
after(() => rmSync(folder, { recursive: true, force: true }));
const stores: readonly (readonly [string, () => OpenStore])[] = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(join(folder, `${++files}.db`))],
];

/** Asks until the answer is as wanted: what happens elsewhere takes its time. */
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
    const key = { "idempotency-key": "k1" };
    const cast = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "x", headers: key });
    const again = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "x", headers: key });
    assert.deepEqual([cast.status, again.body.id], [202, cast.body.id]);
    const other = await client.ask("post /v1/agents/echo/note?verb=cast", { body: "y", headers: key });
    assert.deepEqual([other.status, other.body.error.code], [409, "HERMOD_CONFLICT"]);
    const task = await client.ask("post /v1/agents/echo/work?verb=task", { body: 2 });
    const done = await until(async () => {
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

  test(`${name}: a task is started, followed with its parts from any place, and cancelled`, async () => {
    const slow = agent("slow", {
      on: {
        task: (_, ctx) =>
          new Promise((_, reject) => ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason))),
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
    await until(async () => (await client.ask(`get /v1/tasks/${long.body.id}`)).body.state === "running");
    const cancelled = await client.ask(`delete /v1/tasks/${long.body.id}?reason=enough`);
    assert.deepEqual(cancelled.body, { outcome: "signalled" });
    await until(async () => (await client.ask(`get /v1/tasks/${long.body.id}`)).body.state === "cancelled");
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
      await until(async () => runs[1]?.aborted);
      assert.equal(runs[0]?.aborted, false);
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
    const letters = await until(async () => {
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
    const [question] = await until(async () => {
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
    const [other] = await until(async () => {
      const items = await list();
      return items.length > 0 && items;
    });
    assert.deepEqual((await client.ask(`delete /v1/questions/${other.id}`)).body, { withdrawn: true });
    await assert.rejects(second);
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
    const numbers = (await client.ask("get /v1/statistics")).body;
    assert.deepEqual([numbers.sessions, numbers.store.name], [1, name]);
    await client.ask("post /v1/agents/echo/say", { body: 1 });
    const series = (await client.ask("get /v1/statistics/series?range=5m")).body;
    assert.deepEqual([series.range, series.step, series.stored.length], ["5m", 1000, 300]);
    // The call and its reply; what asks of breakers and trees is left out.
    assert.deepEqual([series.total.stored, series.total.done], [2, 2]);
    assert.equal((await client.ask("get /v1/statistics/series?range=9d")).status, 400);
    const itself = (await client.ask("get /v1/hub")).body;
    assert.deepEqual([itself.store.name, itself.store.bytes, itself.limits.length], [name, undefined, 2]);
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

  test(`${name}: an agent is paused, drained, restarted and resumed wherever it runs`, async () => {
    await using ground = await open({ store: store() });
    const { client, hub } = ground;
    const oversee = async (act: string, agentName = "echo"): Promise<Shown> =>
      (await client.ask(`post /v1/supervision/${encodeURIComponent(agentName)}`, { body: { act } })).body;
    const paused = async (): Promise<unknown> => (await client.ask("get /v1/agents")).body.items[0].paused;
    const hang = client.ask("post /v1/agents/echo/x?timeout=1h&conversation=hanging", { body: "hang" });
    await until(async () => {
      const items: Shown = (await client.ask("get /v1/history?where=state:running")).body.items;
      return items.length > 0;
    });
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
