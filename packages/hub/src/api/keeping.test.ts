/** What a hub keeps for its page: saved views, tokens, jobs with its store, and what holds for it. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { memory } from "hermod";
import { describe, sqlite } from "hermod/sqlite";
import { guarded, type Guarded } from "../auth/auth.kit.ts";
import { Hub } from "../hub.ts";
import { MOST_OWN } from "../views/view.ts";
import { Client, open, tokens, type Answer, type AskOptions, type Shown } from "./api.test.kit.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hermod-keep-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const names = ({ body }: Answer): string[] => body.items.map(({ name }: Shown) => name);
const saved = (name: string, more: object = {}): AskOptions => ({
  body: { name, screen: "/messages", search: { where: "state:failed" }, ...more },
});

test("a view is there again when the hub is started anew, and goes when it is forgotten", async (t) => {
  const file = join(folderOf(t), "views.json");
  const begin = () => Hub.open({ store: memory(), port: 0, views: file });
  const first = await begin();
  const made = await new Client(first.url).ask("post /v1/views", saved("failures"));
  assert.deepEqual([made.status, made.body.own, made.body.search], [201, true, { where: "state:failed" }]);
  await first.close();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await using second = await begin();
  const client = new Client(second.url);
  const list = await client.ask("get /v1/views");
  assert.deepEqual([list.body.kept, names(list)], [true, ["failures"]]);
  await client.ask("post /v1/views", saved("failures", { search: { where: "state:dead" } }));
  const again = (await client.ask("get /v1/views")).body.items as { id: string; search: object }[];
  assert.deepEqual(
    again.map(({ search }) => search),
    [{ where: "state:dead" }],
    "one of the same name takes its place",
  );
  assert.equal((await client.ask(`delete /v1/views/${again[0]?.id}`)).status, 200);
  assert.equal((await client.ask(`delete /v1/views/${again[0]?.id}`)).status, 404);
  assert.deepEqual(names(await client.ask("get /v1/views")), []);
});

test("without a file views are kept until the hub ends; one that is none of views is not written over", async (t) => {
  await using ground = await open();
  await ground.client.ask("post /v1/views", saved("a"));
  const { body } = await ground.client.ask("get /v1/views");
  assert.deepEqual([body.kept, body.items.length], [false, 1]);
  const file = join(folderOf(t), "views.json");
  for (const text of ["no JSON", '{"version":9,"views":[]}', '{"version":1,"views":[{"id":1}]}']) {
    writeFileSync(file, text, { mode: 0o600 });
    await assert.rejects(Hub.open({ store: memory(), port: 0, views: file }), { code: "HERMOD_BAD_OPTION" });
    assert.equal(readFileSync(file, "utf8"), text);
  }
  chmodSync(file, 0o644);
  await assert.rejects(Hub.open({ store: memory(), port: 0, views: file }), { code: "HERMOD_UNSAFE_FILE" });
});

test("views are one's own until they are shared, and changed by who made them or administers everything", async () => {
  const auth = tokens({ ana: ["read a"], ben: ["read b"], boss: ["* *"] });
  await using ground = await open({ auth });
  const { client } = ground;
  const as = (token: string, place: string, more: AskOptions = {}) => client.ask(place, { token, ...more });
  const own = await as("ana", "post /v1/views", saved("mine"));
  const shared = await as("ana", "post /v1/views", saved("ours", { shared: true }));
  assert.deepEqual(names(await as("ana", "get /v1/views")), ["mine", "ours"]);
  const seen = await as("ben", "get /v1/views");
  assert.deepEqual([names(seen), seen.body.items[0].own, seen.body.items[0].by], [["ours"], false, "ana"]);
  assert.equal((await as("ben", `delete /v1/views/${own.body.id}`)).status, 404);
  assert.equal((await as("ben", `delete /v1/views/${shared.body.id}`)).status, 403);
  await as("ben", "post /v1/views", saved("ours"));
  assert.equal((await as("ana", "get /v1/views")).body.items.length, 2, "a namesake takes nobody's place");
  assert.equal((await as("boss", `delete /v1/views/${shared.body.id}`)).status, 200);
  assert.deepEqual(names(await as("ana", "get /v1/views")), ["mine"]);
});

test("views are bounded in number and size", async () => {
  await using ground = await open();
  const { client } = ground;
  const code = async (options: AskOptions) => {
    const { status, body } = await client.ask("post /v1/views", options);
    return [status, body.error?.code];
  };
  for (let n = 0; n < MOST_OWN; n++)
    assert.equal((await client.ask("post /v1/views", saved(`v${n}`))).status, 201);
  assert.deepEqual(await code(saved("one more")), [503, "HERMOD_OVERLOADED"]);
  assert.equal((await client.ask("post /v1/views", saved("v7"))).status, 201, "in the place of another one");
  const wrong = [
    saved(""),
    saved("n".repeat(81)),
    saved("a", { screen: "javascript:alert(1)" }),
    saved("a", { screen: "//elsewhere.example" }),
    saved("a", { search: { where: "w".repeat(4097) } }),
    saved("a", { search: Object.fromEntries(["a", "b"].map((key) => [key, "x".repeat(3500)])) }),
    saved("a", { search: { where: 1 } }),
    saved("a", { more: 1 }),
  ];
  for (const each of wrong)
    assert.deepEqual(await code(each), [400, "HERMOD_BAD_OPTION"], JSON.stringify(each));
});

/** A hub with a file of tokens, and who may do everything. */
async function administered(): Promise<
  Guarded & { ask: (place: string, more?: AskOptions) => Promise<Answer> }
> {
  const at = await guarded();
  const boss = at.token("boss", ["administer:*", "read:*"], "person");
  const client = new Client(at.hub.url);
  return Object.assign(at, {
    ask: (place: string, more: AskOptions = {}) => client.ask(place, { token: boss, ...more }),
  });
}

test("a token is made, listed without its secret, rotated and ended, and each act is kept", async () => {
  await using at = await administered();
  const scopes = { send: ["echo"] };
  const made = await at.ask("post /v1/tokens", {
    body: { name: "desk", kind: "person", scopes, expires: "1h" },
  });
  assert.deepEqual([made.status, made.body.name, made.body.state], [201, "desk", "good"]);
  const me = async (token: string) => (await at.ask("get /v1/me", { token })).status;
  assert.equal(await me(made.body.token), 200);
  const list = await at.ask("get /v1/tokens");
  assert.deepEqual([list.body.kept, names(list)], [true, ["boss", "desk"]]);
  assert.doesNotMatch(JSON.stringify(list.body), /hash|hermod_|[0-9a-f]{64}/u);
  const next = await at.ask(`post /v1/tokens/${made.body.id}/rotate`, { body: {} });
  assert.deepEqual([next.status, next.body.scopes, next.body.expires], [201, scopes, made.body.expires]);
  assert.deepEqual([await me(made.body.token), await me(next.body.token)], [401, 200]);
  const later = await at.ask(`post /v1/tokens/${next.body.id}/rotate`, { body: { grace: "1m" } });
  assert.deepEqual([await me(next.body.token), await me(later.body.token)], [200, 200], "both, for a minute");
  assert.equal((await at.ask(`delete /v1/tokens/${later.body.id}`)).body.revoked, 1);
  assert.equal(await me(later.body.token), 401);
  const again = await at.ask(`post /v1/tokens/${made.body.id}/rotate`, { body: {} });
  assert.deepEqual([again.status, again.body.error.code], [409, "HERMOD_SETTLED"]);
  assert.equal((await at.ask("delete /v1/tokens/000000000000")).status, 404);
  const acts = (await at.ask("get /v1/audit")).body.items.map(({ act, principal }: Shown) => [
    act,
    principal,
  ]);
  for (const act of ["token create", "token rotate", "token revoke"])
    assert.ok(
      acts.some((each: Shown) => each[0] === act && each[1] === "person boss"),
      act,
    );
});

test("tokens are nothing that others change, nor what a hub without them has", async () => {
  await using at = await administered();
  const other = at.token("other", ["administer:echo", "read:*", "send:*"]);
  const body = { name: "x", scopes: { administer: ["*"] } };
  for (const place of [
    "get /v1/tokens",
    "post /v1/tokens",
    "post /v1/tokens/0123456789ab/rotate",
    "delete /v1/tokens/0123456789ab",
  ]) {
    const given = place === "post /v1/tokens" ? { body } : place.startsWith("post") ? { body: {} } : {};
    assert.equal((await at.ask(place, { ...given, token: other })).status, 403, place);
  }
  await using ground = await open();
  assert.deepEqual((await ground.client.ask("get /v1/tokens")).body, { kept: false, items: [] });
  const made = await ground.client.ask("post /v1/tokens", { body });
  assert.deepEqual([made.status, made.body.error.code], [501, "HERMOD_UNSUPPORTED"]);
});

async function ended(client: Client, id: string): Promise<Shown> {
  for (;;) {
    const { items } = (await client.ask("get /v1/store/jobs")).body;
    const job = items.find((each: Shown) => each.id === id);
    if (job.state !== "running") return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a store is copied and compacted while the hub works, and what was done is told", async (t) => {
  const folder = folderOf(t);
  const backups = join(folder, "backups");
  const store = sqlite(join(folder, "hub.db"));
  await using ground = await open({ store, backups, audit: join(folder, "audit.jsonl") });
  const { client, system } = ground;
  for (let n = 0; n < 20; n++) await system.cast("echo", "note", n);
  const begun = await client.ask("post /v1/store/backup");
  assert.deepEqual([begun.status, begun.body.state, begun.body.by], [202, "running", "operator"]);
  const twice = await client.ask("post /v1/store/compact");
  assert.deepEqual([twice.status, twice.body.error.code], [409, "HERMOD_CONFLICT"]);
  const copy = await ended(client, begun.body.id);
  assert.equal(copy.state, "done", JSON.stringify(copy));
  assert.deepEqual(readdirSync(backups).length, 1);
  assert.ok(describe(copy.result.file).messages >= 20);
  assert.deepEqual([copy.progress.step, copy.progress.done], ["verify", copy.progress.total]);
  const compacted = await ended(client, (await client.ask("post /v1/store/compact")).body.id);
  assert.deepEqual([compacted.state, typeof compacted.result.freed], ["done", "number"]);
  assert.deepEqual(compacted.progress, { step: "end", done: 3, total: 3 });
  const about = (await client.ask("get /v1/hub")).body.store;
  assert.deepEqual([about.backup.file, about.backup.bytes], [copy.result.file, copy.result.bytes]);
  assert.equal(typeof about.logBytes, "number");
  assert.deepEqual(about.bounds.deadLetters, { count: 10_000, age: 30 * 86_400_000 });
  const late = await client.ask(`delete /v1/store/jobs/${copy.id}`);
  assert.deepEqual([late.status, late.body.error.code], [409, "HERMOD_SETTLED"]);
  assert.equal(await system.call("echo", "say", "still"), "still");
  const acts = (await client.ask("get /v1/audit")).body.items.map(({ act }: Shown) => act);
  for (const act of ["backup", "compact"]) assert.ok(acts.includes(act), act);
});

test("a backup that is stopped leaves nothing behind", async (t) => {
  const folder = folderOf(t);
  const backups = join(folder, "backups");
  await using ground = await open({ store: sqlite(join(folder, "hub.db")), backups });
  const { client } = ground;
  const { id } = (await client.ask("post /v1/store/backup")).body;
  assert.equal((await client.ask(`delete /v1/store/jobs/${id}`)).status, 200);
  assert.equal((await ended(client, id)).state, "stopped");
  assert.deepEqual(readdirSync(backups), []);
});

test("a store in memory is neither copied nor compacted", async () => {
  await using ground = await open();
  const jobs = await ground.client.ask("get /v1/store/jobs");
  assert.deepEqual(jobs.body, { can: { backup: false, compact: false }, items: [] });
  for (const what of ["backup", "compact"]) {
    const { status, body } = await ground.client.ask(`post /v1/store/${what}`);
    assert.deepEqual([status, body.error.code], [501, "HERMOD_UNSUPPORTED"], what);
  }
});

test("what holds says who said so", async () => {
  await using ground = await open({ names: ["a.example"] });
  const { items } = (await ground.client.ask("get /v1/hub/config")).body;
  const of = (key: string) => items.find((each: Shown) => each.key === key);
  assert.deepEqual([of("names").value, of("names").source], [["a.example"], "program"]);
  assert.deepEqual([of("host").value, of("host").source], ["127.0.0.1", "default"]);
  assert.deepEqual([of("tokens").value, of("tokens").source], [null, "default"]);
});
