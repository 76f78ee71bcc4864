/** Contexts and settings: which hub is spoken to, as whom, and who said so. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sqlite } from "hermod/sqlite";
import { Hub } from "../hub.ts";
import { begin, documentOf, errorOf, hermod, openWorld, type World } from "./cli.test.kit.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

describe("contexts", () => {
  const home = mkdtempSync(join(tmpdir(), "hermod-contexts-"));
  after(() => rmSync(home, { recursive: true, force: true }));
  const env = { XDG_CONFIG_HOME: home };
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    hermod(args, { cwd: home, env: { ...env, ...more } });
  const told = async (args: readonly string[], more?: Readonly<Record<string, string>>) => {
    const { data } = documentOf(await run(["config", "explain", ...args, "--json"], more));
    const [url, token] = data as readonly { value: unknown; source: string; from?: string }[];
    return [url?.value, url?.source, token?.value, token?.source];
  };
  test("name a hub with its token, and one of them is spoken to where none is named", async () => {
    const file = join(home, "token");
    writeFileSync(file, "s3cret\n", { mode: 0o600 });
    assert.equal((await run(["context", "set", "live", "--url", world.hub.url])).code, 0);
    const set = [
      "context",
      "set",
      "far",
      "--url",
      "http://far.example:4700",
      "--token-file",
      "token",
      "--json",
    ];
    assert.deepEqual(documentOf(await run(set)).data, {
      ...{ name: "far", current: false, url: "http://far.example:4700", tokenFile: file },
    });
    assert.equal((await run(["agents", "ls", "--context", "live"])).code, 0);
    assert.equal((await run(["agents", "ls"], { HERMOD_CONTEXT: "live" })).code, 0);
    assert.equal((await run(["context", "use", "far"])).code, 0);
    assert.match((await run(["context", "ls"])).out, /^far +\* +http:\/\/far\.example:4700 +\S+token$/mu);
    const far = ["http://far.example:4700", "context", "(secret)", "context"];
    assert.deepEqual(await told([]), far);
    assert.deepEqual(await told(["--context", "far"], { HERMOD_URL: "http://other:1" }), far);
  });
  test("a token goes to the hub of its context, and to no other one", async () => {
    assert.deepEqual(await told([], { HERMOD_URL: "http://other:1" }), [
      "http://other:1",
      "env",
      null,
      "default",
    ]);
    assert.deepEqual(await told(["--url", "http://other:2"]), ["http://other:2", "flag", null, "default"]);
    const named = ["--context", "far", "--url", "http://other:2"];
    assert.deepEqual(await told(named), ["http://other:2", "flag", null, "default"]);
  });
  test("what does not fit is told, and commands without a hub go on", async () => {
    rmSync(join(home, "token"));
    assert.equal((await run(["agents", "ls"])).code, 2);
    assert.equal((await run(["token", "ls", "--tokens", join(home, "none.json")])).code, 0);
    for (const args of [
      ["use", "fur"],
      ["rm", "fur"],
    ]) {
      const ran = await run(["context", ...args, "--json"]);
      assert.deepEqual([ran.code, /"far"/u.test(errorOf(ran).message)], [3, true]);
    }
    for (const args of [
      ["set", "new"],
      ["set", "--", "-x"],
      ["set", "n", "--url", "ftp://x"],
    ])
      assert.equal((await run(["context", ...args])).code, 2, args.join(" "));
    assert.equal((await run(["context", "rm", "far"])).code, 0);
    assert.deepEqual(await told([]), ["http://localhost:4700", "default", null, "default"]);
    writeFileSync(join(home, "hermod", "contexts.json"), "{{", { mode: 0o600 });
    assert.equal((await run(["agents", "ls"])).code, 2);
  });
});

describe("settings", { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const config = (name: string, text: string): string => {
    const place = mkdtempSync(join(folder, "config-"));
    writeFileSync(join(place, name), text);
    return place;
  };
  test("each is told with its origin: flag before environment before file before default", async () => {
    const cwd = config(
      "hermod.config.ts",
      'export default { port: 4801 as number, host: "::1", store: "file.db" };',
    );
    const env = { HERMOD_PORT: "4802", HERMOD_HOST: "localhost", HERMOD_TOKEN: "shh" };
    const ran = await hermod(["config", "explain", "--port", "4803", "--json"], { cwd, env });
    const told = (documentOf(ran).data as readonly Record<string, unknown>[]).map(
      ({ key, value, source, from }) => [key, value, source, from],
    );
    assert.deepEqual(told, [
      ["url", "http://localhost:4700", "default", undefined],
      ["token", "(secret)", "env", "HERMOD_TOKEN"],
      ["port", 4803, "flag", "--port"],
      ["host", "localhost", "env", "HERMOD_HOST"],
      ["store", "file.db", "file", "hermod.config.ts"],
      ["tokens", null, "default", undefined],
      ["names", null, "default", undefined],
      ["hide", null, "default", undefined],
      ["entry", null, "default", undefined],
    ]);
    assert.doesNotMatch(ran.out, /shh/u);
  });
  test("one is read bare, and written into the folder's file, checked", async () => {
    const cwd = config("other.txt", "");
    const config_ = (...more: readonly string[]) => hermod(["config", ...more], { cwd });
    assert.equal((await config_("get", "store")).out, ".data/hub.db\n");
    assert.equal((await config_("set", "port", "4811")).code, 0);
    assert.deepEqual(documentOf(await config_("get", "port", "--json")).data, {
      ...{ key: "port", value: 4811, source: "file" },
    });
    for (const wrong of [
      ["port", "many"],
      ["token", "shh"],
    ])
      assert.equal((await config_("set", ...wrong)).code, 2, wrong.join(" "));
    assert.equal((await config_("set", "prot", "1")).code, 3);
    assert.equal((await config_("set", "port")).code, 0);
    // A process reads a file once: what has changed since is for another one.
    assert.equal((await begin(["config", "get", "port"], { cwd }).ended).out, "4700\n");
    const program = config("hermod.config.mjs", "export default {};");
    assert.equal((await hermod(["config", "set", "port", "1"], { cwd: program })).code, 2);
  });
  test("a token is rotated, and a store migrated where there is anything to do", async () => {
    const place = mkdtempSync(join(folder, "own-"));
    const own = ["--store", join(place, "hub.db")];
    const made = documentOf(await hermod(["token", "create", "desk", "--all", "--json", ...own]));
    const { id, token } = made.data as { id: string; token: string };
    const next = documentOf(await hermod(["token", "rotate", id, "--grace", "1m", "--json", ...own])).data;
    assert.notEqual((next as { token: string }).token, token);
    const states = (await hermod(["token", "ls", ...own])).out.match(/ (good|revoked|expired) /gu);
    assert.deepEqual(states, [" good ", " good "]);
    assert.equal((await hermod(["token", "rotate", id, ...own])).code, 0);
    assert.equal((await hermod(["token", "rotate", id, "--json", ...own])).code, 2);
    assert.equal((await hermod(["migrate", ...own])).code, 3, "there is none yet");
    await (await Hub.open({ store: sqlite(join(place, "hub.db")), port: 0 })).close();
    assert.match((await hermod(["migrate", ...own])).out, /is of version \d+ already\n$/u);
  });
  for (const [what, name, text, message] of [
    ["a name that is none", "hermod.config.json", '{"prot": 1}', /"prot"/u],
    ["a value that does not fit", "hermod.config.json", '{"port": 99999}', /port \(hermod\.config\.json\)/u],
    ["a file that throws", "hermod.config.mjs", 'throw new Error("broken");', /broken/u],
    ["a file that is none", "hermod.config.json", "{{{", /cannot be read/u],
  ] as const)
    test(`2: ${what}`, async () => {
      const ran = await hermod(["config", "explain", "--json"], { cwd: config(name, text) });
      assert.equal(ran.code, 2, ran.err);
      assert.match(errorOf(ran).message, message);
    });
});
