/** Audit: what was refused and what was done with special rights, in lines that are only added to, within bounds. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agent, memory } from "hermod";
import { Hub } from "../hub.ts";
import { secretNames, TEXTS } from "../redaction.ts";
import { Audit, type Act } from "./audit.ts";
import { guarded, Raw } from "./auth.kit.ts";
import { parseScopes } from "./scopes.ts";
import { createToken } from "./tokenfile.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-audit-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const acts = (file: string): readonly (Act & { readonly at: string })[] =>
  readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Act & { readonly at: string });
const refusal = (principal: string): Act => ({ principal, act: "send", subject: "x", outcome: "refused" });

test("[87] what is refused and what is redriven is kept, with who and when, and no payload", async () => {
  await using at = await guarded();
  using raw = await Raw.hello(at.hub.url, { token: at.token("keeper", ["redrive:mine", "serve:mine"]) });
  await raw.ask("operate", { operation: { type: "discard", id: "x@mine" } });
  await raw.ask("append", { envelope: { id: "1", from: "mine", to: "other", payload: "a secret" } });
  using _ = await Raw.hello(at.hub.url, { token: "guess" });
  const kept = acts(at.audit).map(({ principal, act, subject, outcome }) => [
    principal,
    act,
    subject,
    outcome,
  ]);
  assert.deepEqual(kept, [
    ["system keeper", "redrive", "mine", "done"],
    ["system keeper", "send", "other", "refused"],
    ["nobody", "identify", "", "refused"],
  ]);
  assert.ok(acts(at.audit).every(({ at: time }) => !Number.isNaN(Date.parse(time))));
  assert.ok(!readFileSync(at.audit, "utf8").includes("a secret"));
});

test("[87] what was sent and who intervened can be read afterwards, one from the history, the other from the audit", async () => {
  await using at = await guarded();
  await at.hub.system.spawn(agent("writer", { on: { request: (said) => said } }));
  const as = (token: string, path: string, body?: unknown) =>
    fetch(`${at.hub.url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const ana = at.token("ana", ["administer:writer", "send:writer", "read:writer"], "person");
  const bob = at.token("bob", ["send:writer"], "person");
  const done = [
    await as(bob, "/v1/agents/writer/say", "a text"),
    await as(bob, "/v1/supervision/writer", { act: "pause" }),
    await as(ana, "/v1/supervision/writer", { act: "pause" }),
    await as(ana, "/v1/supervision/writer", { act: "resume" }),
    await as(ana, "/v1/breakers/writer", { state: "open" }),
  ];
  assert.deepEqual(
    done.map(({ status }) => status),
    [200, 403, 200, 200, 200],
  );
  type Page = {
    readonly items: readonly { readonly envelope: { readonly from: string; readonly payload: unknown } }[];
  };
  const { items } = (await (await as(ana, "/v1/history?where=to:writer")).json()) as Page;
  assert.deepEqual(
    items.map(({ envelope: { from, payload } }) => [from, payload]),
    [["~people/bob", "a text"]],
  );
  assert.deepEqual(
    acts(at.audit).map(({ principal, act, subject, outcome }) => [principal, act, subject, outcome]),
    [
      ["person bob", "pause", "writer", "refused"],
      ["person ana", "pause", "writer", "done"],
      ["person ana", "resume", "writer", "done"],
      ["person ana", "breaker open", "writer", "done"],
    ],
  );
});

test("[87] a new process adds to what is there, and the file is its owner's alone", () => {
  const file = join(folder, "a.jsonl");
  for (const principal of ["one", "two"]) {
    using audit = new Audit(file);
    audit.note(refusal(principal));
  }
  assert.deepEqual(
    acts(file).map(({ principal }) => principal),
    ["one", "two"],
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("refusals beyond the bound are counted, those of others kept", () => {
  const file = join(folder, "b.jsonl");
  {
    using audit = new Audit(file, { refusals: 2 });
    for (let at = 0; at < 10; at++) audit.note(refusal("loud"));
    audit.note(refusal("quiet"));
  }
  assert.deepEqual(
    acts(file).map(({ principal, act, subject }) => [principal, act, subject]),
    [
      ["loud", "send", "x"],
      ["loud", "send", "x"],
      ["quiet", "send", "x"],
      ["loud", "more", "8 refusals"],
    ],
  );
});

test("a full file is put aside, and the oldest of those goes", () => {
  const file = join(folder, "c.jsonl");
  using audit = new Audit(file, { size: 300, files: 2 });
  for (let at = 0; at < 50; at++)
    audit.note({ principal: `p${at}`, act: "redrive", subject: "x", outcome: "done" });
  const names = readdirSync(folder)
    .filter((name) => name.startsWith("c.jsonl"))
    .toSorted();
  assert.deepEqual(names, ["c.jsonl", "c.jsonl.1", "c.jsonl.2"]);
  assert.ok(names.every((name) => statSync(join(folder, name)).size <= 300));
  assert.equal(acts(file).at(-1)?.principal, "p49");
});

test("[87] the newest acts are read from the ends of the files, the newest first, whatever else stands there", () => {
  const file = join(folder, "f.jsonl");
  using audit = new Audit(file, { size: 1000, files: 3 });
  assert.deepEqual(audit.newest(5), []);
  for (let at = 0; at < 30; at++)
    audit.note({ principal: `p${at}`, act: "redrive", subject: "x", outcome: "done" });
  const names = audit.newest(12).map(({ principal }) => principal);
  assert.deepEqual(
    names,
    Array.from({ length: 12 }, (_, at) => `p${29 - at}`),
  );
  appendFileSync(file, "half a li");
  assert.equal(audit.newest(1)[0]?.principal, "p29");
});

test("[87] who may administer everything reads the audit over HTTP, and everybody what they may", async () => {
  await using at = await guarded();
  const as = async (token: string, path: string) => {
    const answer = await fetch(`${at.hub.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as { readonly items: readonly Act[] } };
  };
  const bob = at.token("bob", ["send:writer", "read:team.*"], "person", "team");
  const ana = at.token("ana", ["administer:*"], "person");
  assert.equal((await as(bob, "/v1/audit")).status, 403);
  const { body } = await as(ana, "/v1/audit?limit=5");
  assert.deepEqual(
    body.items.map(({ principal, act, outcome }) => [principal, act, outcome]),
    [["person team.bob", "read the audit", "refused"]],
  );
  assert.deepEqual((await as(bob, "/v1/me")).body as unknown, {
    ...{ name: "team.bob", kind: "person", tenant: "team", open: false },
    rights: { send: ["writer"], read: ["team.*"] },
    hides: [...secretNames, TEXTS],
  });
});

test("token acts are kept; a link is refused", () => {
  const file = join(folder, "d.jsonl");
  using audit = new Audit(file);
  createToken(join(folder, "t.json"), { name: "x", kind: "agent", scopes: parseScopes(["send:y"]) }, audit);
  assert.equal(acts(file)[0]?.act, "token create");
  symlinkSync(file, join(folder, "e.jsonl"));
  assert.throws(() => new Audit(join(folder, "e.jsonl")), { code: "HERMOD_UNSAFE_FILE" });
});

test("without tokens an audit that is wanted tells what was done, by the operator", async () => {
  const file = join(folder, "open.jsonl");
  await using hub = await Hub.open({ store: memory(), port: 0, audit: file });
  using raw = await Raw.hello(hub.url);
  await raw.ask("operate", { operation: { type: "discard", id: "x@mine" } });
  assert.deepEqual(
    acts(file).map(({ principal, act, subject, outcome }) => [principal, act, subject, outcome]),
    [["person operator", "redrive", "mine", "done"]],
  );
});
