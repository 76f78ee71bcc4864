/** A hub that is run from the command line, and a program beside it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { agent, memory, start } from "hermod";
import { remote } from "hermod/remote";
import { Hub } from "../hub.ts";
import { begin, documentOf, errorOf, hermod } from "./cli.test.kit.ts";

describe("a hub that is run", { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const urlIn = async (run: ReturnType<typeof begin>): Promise<string> =>
    (JSON.parse(await run.out(/^\{.*\}\n/u)) as { data: { url: string } }).data.url;

  test("serves, logs in JSON aside, drains on SIGTERM with 0, and keeps what it confirmed", async () => {
    const args = ["hub", "--port", "0", "--store", join(folder, "a", "hub.db"), "--json"];
    const first = begin(args);
    assert.equal(
      (await hermod(["cast", "later", "note", "1", "--hold", "--url", await urlIn(first)])).code,
      0,
    );
    first.child.kill("SIGTERM");
    const { code, err } = await first.ended;
    assert.equal(code, 0);
    const logs = err
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    assert.deepEqual(logs, ["listening", "draining", "closed"]);
    const second = begin(args);
    const { data } = documentOf(
      await hermod(["mailbox", "peek", "later", "--json", "--url", await urlIn(second)]),
    );
    assert.equal((data as unknown[]).length, 1);
    second.child.kill("SIGINT");
    assert.equal((await second.ended).code, 0);
  });

  test("answers what it was asked before it was told to end", async () => {
    const run = begin(["hub", "--port", "0", "--json", "--store", join(folder, "drained.db")]);
    const url = await urlIn(run);
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = agent("late", {
      on: { request: () => (begun.resolve(), go.promise.then(() => "answered")) },
    });
    const system = await start({ agents: [late], store: remote(url) });
    const answer = fetch(`${url}/v1/agents/late/say`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1",
    });
    await begun.promise;
    run.child.kill("SIGTERM");
    await run.err(/draining/u);
    go.resolve();
    assert.equal(await (await answer).json(), "answered");
    assert.equal((await run.ended).code, 0);
    await system.close({ timeout: 0 });
  });

  test("a first token needs no folder", async () => {
    const home = mkdtempSync(join(tmpdir(), "hermod-first-"));
    const own = ["--tokens", join(home, "tokens.json")];
    const made = await hermod(["token", "create", "ana", "--all", ...own], { cwd: home });
    assert.deepEqual([made.code, made.out.slice(0, 7)], [0, "hermod_"], made.err);
    rmSync(home, { recursive: true });
  });

  test("knows those of its tokens, at once after one is made or revoked", async () => {
    const home = join(folder, "d");
    const own = ["--store", join(home, "hub.db"), "--tokens", join(home, "tokens.json")];
    const made = await hermod([
      "token",
      "create",
      "desk",
      "--scope",
      "send:*,read:*",
      "--expires",
      "1d",
      ...own,
    ]);
    assert.deepEqual([made.code, made.out.split("\n").length], [0, 2], made.err);
    const hub = begin(["hub", "--port", "0", "--json", ...own]);
    const url = await urlIn(hub);
    const ls = (token: string) =>
      hermod(["agents", "ls", "--json", "--url", url], { env: { HERMOD_TOKEN: token } });
    assert.equal((await ls(made.out.trim())).code, 0);
    assert.equal((await hermod(["agents", "ls", "--url", url])).code, 4);
    const other = documentOf(
      await hermod(["token", "create", "ana", "--kind", "person", "--all", "--json", ...own]),
    );
    const { token, id } = other.data as { token: string; id: string };
    assert.equal((await ls(token)).code, 0);
    assert.deepEqual(documentOf(await hermod(["token", "revoke", id, "--json", ...own])).data, {
      which: id,
      revoked: 1,
    });
    assert.equal((await ls(token)).code, 4);
    const listed = await hermod(["token", "ls", ...own]);
    assert.match(listed.out, /desk .*good.*send:\*,read:\*\n.* ana .*revoked/u);
    const { data } = documentOf(await hermod(["token", "ls", "--json", ...own]));
    assert.doesNotMatch(JSON.stringify(data), /hash|hermod_/u);
    assert.equal((await hermod(["token", "revoke", "nobody", ...own])).code, 3);
    assert.equal((await hermod(["token", "create", "mute", ...own])).code, 2);
    assert.equal((await hermod(["token", "create", "wrong", "--scope", "fly:moon", ...own])).code, 2);
    hub.child.kill("SIGTERM");
    assert.equal((await hub.ended).code, 0);
  });
  test("is asked under the names that it is given", async () => {
    const own = ["--store", join(folder, "names.db"), "--names", "hub.example, Other.Example"];
    const hub = begin(["hub", "--port", "0", "--json", ...own]);
    const { port } = new URL(await urlIn(hub));
    const status = async (host: string) => {
      const request = get({ host: "127.0.0.1", port, path: "/v1/health", headers: { host }, agent: false });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return response.resume().statusCode;
    };
    const all = ["hub.example", "other.example:4700", "third.example"].map(status);
    assert.deepEqual(await Promise.all(all), [200, 200, 403]);
    hub.child.kill("SIGTERM");
    assert.equal((await hub.ended).code, 0);
    const wrong = await hermod(["hub", "--port", "0", "--json", "--names", "http://hub.example"]);
    assert.deepEqual([wrong.code, errorOf(wrong).message.includes("names (--names)")], [2, true]);
  });
  test("is open to this machine alone where it has no tokens", async () => {
    const ran = await hermod([
      "hub",
      "--host",
      "0.0.0.0",
      "--port",
      "0",
      "--store",
      join(folder, "e.db"),
      "--json",
    ]);
    assert.ok([2, 4].includes(ran.code ?? 0), ran.err);
    assert.match(errorOf(ran).code, /^HERMOD_/u);
  });
  test("says who has its port or its store", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const ran = await hermod(["hub", "--port", String(port), "--store", join(folder, "b.db"), "--json"]);
    assert.deepEqual([ran.code, errorOf(ran).code], [8, "HERMOD_PORT_TAKEN"]);
    assert.match(errorOf(ran).message, new RegExp(`port ${port} of 127.0.0.1 is taken`, "u"));
    assert.match(errorOf(ran).hint ?? "", /--port 0/u);
    taken.close();
    await using hub = await Hub.open({ store: memory(), port: 0 });
    const own = new URL(hub.url).port;
    const second = await hermod(["hub", "--port", own, "--store", join(folder, "b.db"), "--json"]);
    assert.match(errorOf(second).message, /is taken by a hub/u);
  });
  test("dev runs a program beside it, anew when its file changes, at the next port that is free", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const entry = join(folder, "entry.mjs");
    const program = (word: string) =>
      `console.log("${word}", process.env.HERMOD_URL); setInterval(() => {}, 1000);`;
    writeFileSync(entry, program("first"));
    const dev = begin(["dev", entry, "--port", String(port), "--store", join(folder, "c.db"), "--json"]);
    const url = await urlIn(dev);
    await dev.err(/is taken: using the next free one/u);
    assert.equal(await dev.err(/first \S+/u), `first ${url}`);
    // The watcher may take a moment to begin after the program has.
    const again = setInterval(() => writeFileSync(entry, program("second")), 500);
    await dev.err(/second \S+/u);
    clearInterval(again);
    dev.child.kill("SIGTERM");
    assert.equal((await dev.ended).code, 0);
    taken.close();
  });
  test("dev lets in those of the tokens that are set, and nobody else", async () => {
    const home = join(folder, "dev");
    const env = { HERMOD_TOKENS: join(home, "tokens.json") };
    const made = await hermod(["token", "create", "desk", "--all"], { env });
    const dev = begin(["dev", "--port", "0", "--store", join(home, "hub.db"), "--json"], { env });
    const url = await urlIn(dev);
    const ls = (token: string) =>
      hermod(["agents", "ls", "--url", url], { env: token === "" ? {} : { HERMOD_TOKEN: token } });
    assert.equal((await ls("")).code, 4);
    assert.equal((await ls(made.out.trim())).code, 0);
    dev.child.kill("SIGTERM");
    assert.equal((await dev.ended).code, 0);
  });
});
