/** Tokens: shown once, kept as a hash, safe on the disk, and taken back at once where somebody is connected. */
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { memory, start } from "hermod";
import { remote } from "hermod/remote";
import { Hub } from "../hub.ts";
import { guarded, Raw } from "./auth.kit.ts";
import { demand, identified, rights, type Principal } from "./principal.ts";
import { allows, allScopes, parseScopes } from "./scopes.ts";
import { createToken, readTokens, revokeToken } from "./tokenfile.ts";
import { toPrincipal, tokens } from "./tokens.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-tokens-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const file = (): string => join(folder, `tokens-${++files}.json`);
const writer = {
  name: "writer",
  kind: "system",
  scopes: parseScopes(["serve:writer", "send:team.*"]),
} as const;

test("a token is shown once: the file, its owner's alone, holds no secret", () => {
  const at = file();
  const { token, record } = createToken(at, writer);
  assert.match(token, /^hermod_[0-9a-f]{12}_[\w-]{43}$/);
  assert.ok(!readFileSync(at, "utf8").includes(token.slice(20)));
  assert.equal(statSync(at).mode & 0o777, 0o600);
  assert.ok(!existsSync(`${at}.new`));
  assert.deepEqual(readTokens(at), [record]);
});

test("the principal of a token may do what its scopes say, and nothing else", () => {
  const at = file();
  const { token } = createToken(at, writer);
  using auth = tokens(at);
  const principal = auth.identify(token) as Principal;
  assert.deepEqual([principal.name, principal.kind], ["writer", "system"]);
  const may = [
    ["serve", "writer", true],
    ["serve", "writer2", false],
    ["send", "team.a", true],
    ["send", "team", false],
    ["read", "writer", false],
  ] as const;
  for (const [right, subject, is] of may)
    assert.equal(principal.may(right, subject), is, `${right} ${subject}`);
  assert.throws(() => demand(principal, "read", "writer"), { code: "HERMOD_FORBIDDEN" });
});

test("unknown, revoked, expired and half-right tokens are the same nobody", () => {
  const at = file();
  const { token } = createToken(at, writer);
  const other = createToken(at, { ...writer, name: "other" }).token;
  const late = createToken(at, { ...writer, name: "late", expires: 1 }).token;
  using auth = tokens(at);
  assert.equal(revokeToken(at, "other"), 1);
  const wrong = [
    undefined,
    "",
    "x",
    other,
    late,
    token.slice(0, 20) + other.slice(20),
    `${token}x`,
    token.toUpperCase(),
  ];
  for (const each of wrong)
    assert.throws(() => identified(auth, each), {
      code: "HERMOD_UNAUTHORIZED",
      message: "the hub does not know who asks",
    });
  assert.ok(identified(auth, token));
});

test("a changed file counts for whoever comes next; one that cannot be read lets nobody in", () => {
  const at = file();
  const failures: unknown[] = [];
  using auth = tokens(at, (error) => failures.push(error));
  const { token } = createToken(at, writer);
  const known = auth.identify(token);
  assert.ok(known);
  createToken(at, { ...writer, name: "another" });
  assert.equal(auth.identify(token), known, "who has not changed stays the same");
  writeFileSync(at, "no JSON");
  assert.equal(auth.identify(token), undefined);
  assert.equal(failures.length, 1);
});

test("what is not safe is not used", () => {
  const at = file();
  createToken(at, writer);
  chmodSync(at, 0o644);
  assert.throws(() => tokens(at), { code: "HERMOD_UNSAFE_FILE", message: /others may read or write it/u });
  chmodSync(at, 0o600);
  const link = file();
  symlinkSync(at, link);
  assert.throws(() => createToken(link, writer), { code: "HERMOD_UNSAFE_FILE", message: /symbolic link/u });
  const open = join(folder, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  assert.throws(() => createToken(join(open, "t.json"), writer), { code: "HERMOD_UNSAFE_FILE" });
});

test("of two changes at a time one is refused, and that of a process that died is taken over", () => {
  const at = file();
  createToken(at, writer);
  writeFileSync(`${at}.new`, "");
  assert.throws(() => createToken(at, writer), { code: "HERMOD_CONFLICT" });
  assert.equal(readTokens(at).length, 1);
  utimesSync(`${at}.new`, 1, 1);
  createToken(at, writer);
  assert.equal(readTokens(at).length, 2);
});

for (const [name, given] of [
  ["a name with a line break", { ...writer, name: "a\nb" }],
  ["an unknown kind", { ...writer, kind: "root" }],
  ["a tenant with a dot", { ...writer, tenant: "a.b" }],
  ["an unknown right", { ...writer, scopes: { fly: ["*"] } }],
  ["a star in the middle", { ...writer, scopes: { send: ["a*b"] } }],
] as const)
  test(`refused: a token with ${name}`, () => {
    assert.throws(() => createToken(file(), given as never), { code: "HERMOD_BAD_OPTION" });
  });

test("scopes are written as right and subject", () => {
  assert.deepEqual(parseScopes(["send:a", "send:b*", "read:*"]), { send: ["a", "b*"], read: ["*"] });
  for (const text of ["send", "fly:a", ":a", "send:a b", "send:a*b"])
    assert.throws(() => parseScopes([text]), { code: "HERMOD_BAD_OPTION" }, text);
  for (const right of rights) assert.ok(allows(allScopes, right, "anything"));
  assert.ok(!allows({}, "send", "a"));
});

test("a principal of a tenant is held to its tenant's names, whatever its scopes say", () => {
  const at = file();
  const { record } = createToken(at, { name: "x", kind: "person", tenant: "red", scopes: allScopes });
  const principal = toPrincipal(record);
  for (const subject of ["red.a", "red.>", "~people/red.anna"])
    assert.ok(principal.may("send", subject), subject);
  for (const subject of ["*", ">", "red", "redder.a", "blue.a", "~people/anna", "~schedules", "*.red.a"])
    assert.ok(!principal.may("send", subject), subject);
});

test("a token that is taken back ends what is connected with it, and gives back what it held", async () => {
  await using at = await guarded();
  const token = at.token("leaver", ["serve:mine", "send:mine"]);
  using raw = await Raw.hello(at.hub.url, { token });
  await raw.ask("announce", { mailbox: "mine", rule: {} });
  revokeToken(at.file, "leaver");
  const refused = (await raw.hear((frame) => "refused" in frame))?.["refused"] as { readonly code: string };
  assert.equal(refused.code, "HERMOD_UNAUTHORIZED");
  await assert.rejects(start({ store: remote(at.hub.url, { token }) }), { code: "HERMOD_UNAUTHORIZED" });
});

test("without tokens a hub listens on this machine alone", async () => {
  for (const host of ["0.0.0.0", "::", "", "192.168.0.1", "localhost.example"])
    await assert.rejects(Hub.open({ store: memory(), port: 0, host }), {
      code: "HERMOD_BAD_OPTION",
      message: /no tokens/u,
    });
  const at = file();
  createToken(at, writer);
  using auth = tokens(at);
  await using hub = await Hub.open({ store: memory(), port: 0, host: "0.0.0.0", auth });
  assert.ok(hub.url);
});

test("two of one name are not the same where their tenants are not", () => {
  const named = (tenant: string, name = "anna") => {
    const at = file();
    return toPrincipal(createToken(at, { name, tenant, kind: "person", scopes: allScopes }).record).name;
  };
  assert.deepEqual(
    [named("red"), named("blue"), named("red", "red.anna")],
    ["red.anna", "blue.anna", "red.anna"],
  );
});

test("tokens are taken back by the name that their principal has, of one tenant, or by their own, of all", () => {
  const at = file();
  const make = (tenant?: string) =>
    createToken(at, { name: "anna", kind: "system", scopes: allScopes, ...(tenant && { tenant }) });
  const good = () => readTokens(at).flatMap(({ revoked, tenant }) => (revoked === undefined ? [tenant] : []));
  for (const tenant of [undefined, "red", "blue"]) make(tenant);
  assert.equal(revokeToken(at, "red.anna"), 1);
  assert.deepEqual(good(), [undefined, "blue"]);
  assert.equal(revokeToken(at, "anna"), 2);
  assert.deepEqual(good(), []);
});

test("whoever looks on or waits by a token is let go when it is taken back [REL 2.4]", async () => {
  await using at = await guarded();
  const authorization = `Bearer ${at.token("looker", ["read:*", "serve:jobs"])}`;
  const live = await fetch(`${at.hub.url}/v1/live`, { headers: { authorization } });
  const pull = fetch(`${at.hub.url}/v1/mailboxes/jobs/pull`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ wait: "60s" }),
  });
  const texts = live.text();
  revokeToken(at.file, "looker");
  assert.match(await texts, /events from now on/u);
  const answer = await pull;
  assert.notEqual(answer.status, 503);
  await answer.text();
});
