/** A hub over a NATS cluster: what it is told by its address, and that it and those who speak to the cluster themselves are one. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { agent, start, type System } from "hermod";
import { nats } from "hermod/nats";
import { remote } from "hermod/remote";
import { missing, Server } from "../../../hermod/src/nats/server.test.kit.ts";
import { begin, documentOf, errorOf, hermod, until, type Begun } from "./cli.test.kit.ts";
import { clusterOf, isCluster, library, shownStore } from "./cluster.ts";

describe("the address of a cluster", () => {
  test("is an address and no path of a file", () => {
    assert.deepEqual(["nats://a", "TLS://a", ".data/hub.db", "/nats", "nats"].map(isCluster), [
      ...[true, true, false, false, false],
    ]);
  });
  test("stands for options of its store", () => {
    assert.deepEqual(clusterOf("nats://127.0.0.1:4222"), { servers: ["nats://127.0.0.1:4222"] });
    assert.deepEqual(clusterOf("nats://ana:s%40lt@a:4222, b:4223?namespace=shop&replicas=3"), {
      ...{ servers: ["nats://a:4222", "nats://b:4223"], user: "ana", pass: "s@lt" },
      ...{ namespace: "shop", replicas: 3 },
    });
    assert.deepEqual(clusterOf("tls://secret@a"), { servers: ["tls://a"], token: "secret", tls: {} });
  });
  test("leaves servers that their store takes, and keeps what is secret beside them", () => {
    for (const store of ["nats://ana:s%40lt@a:4222, b:4223?namespace=shop", "TLS://secret@a", "nats://a/"])
      assert.equal(typeof nats(clusterOf(store)), "function");
  });
  test("is refused where it is none, without what nobody is to see", () => {
    const shapes = ["nats://", "nats://ana:salt@a/path", "nats://a,http://b", "nats://a?colour=red"];
    const ignored = ["nats://:salt@a", "nats://a?namespace=shop,b", "nats://ana:salt@a#shop"];
    const odd = ["nats://ana:sa/salt@a", "nats://ana:sa,salt@a", "nats://ana:sa?salt@a"];
    for (const store of [...shapes, ...ignored, ...odd])
      assert.throws(
        () => clusterOf(store),
        ({ message }: Error) => message.includes("NATS") && !message.includes("salt"),
        store,
      );
  });
  test("is shown without its secrets", () => {
    assert.equal(
      shownStore("nats://ana:salt@a:1,token@b:2?namespace=x"),
      "nats://***@a:1,***@b:2?namespace=x",
    );
    assert.equal(shownStore("./ana@home.db"), "./ana@home.db");
  });
  test("needs packages, and their lack is told with the line that installs them", async () => {
    const lacking = (): never => {
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    };
    await assert.rejects(
      library(async () => lacking()),
      {
        code: "HERMOD_UNSUPPORTED",
        hint: /npm install @nats-io\/transport-node/u,
      },
    );
  });
});

/** Over a cluster partitions go to other processes, and what is sent at most once may be lost then. */
const lasting = { delivery: "at-least-once", timeout: "1m" } as const;

interface Said {
  readonly envelope: { readonly payload: unknown };
}

if (missing === undefined) describe("a hub over a cluster", overCluster);
else test(`a hub over a cluster (SKIPPED: ${missing})`, { skip: true });

function overCluster(): void {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cluster-"));
  let server: Server;
  let hub: Begun;
  let url: string;
  let place: string;
  let direct: System;
  let behind: System;
  const run = (...args: readonly string[]) => hermod([...args, "--json", "--url", url], { cwd: folder });
  const dataOf = async <T>(...args: readonly string[]): Promise<T> =>
    documentOf(await run(...args)).data as T;

  before(async () => {
    server = await Server.start({ config: 'authorization { user: ana, password: "s@lt" }' });
    place = `nats://ana:s%40lt@127.0.0.1:${server.port}?namespace=shop`;
    hub = begin(["hub", "--port", "0", "--json"], { cwd: folder, env: { HERMOD_STORE: place } });
    url = (JSON.parse(await hub.out(/^\{.*\}\n/u)) as { data: { url: string } }).data.url;
    const store = nats({ servers: server.url, user: "ana", pass: "s@lt", namespace: "shop" });
    const broken = {
      retry: { retries: 0 },
      on: { notification: () => Promise.reject(new Error("no luck")) },
    };
    direct = await start({
      agents: [agent("near", { on: { request: (said) => ["near", said] } }), agent("broken", broken)],
      store,
    });
    behind = await start({
      agents: [agent("far", { on: { request: (_, ctx) => ctx.call("near", "say", "from far", lasting) } })],
      store: remote(url),
    });
  });
  after(async () => {
    await behind.close();
    await direct.close();
    hub.child.kill("SIGTERM");
    const { code, err } = await hub.ended;
    await server.close();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual([code, err.includes("s@lt") || err.includes("s%40lt")], [0, false], err);
  });

  test("reaches who speaks to the cluster, and who speaks to the hub, and lets them reach each other", async () => {
    assert.deepEqual(await direct.call("far", "say", 1, lasting), ["near", "from far"]);
    assert.deepEqual(await behind.call("near", "say", "from behind", lasting), ["near", "from behind"]);
    // At most once: lost where its partition goes to another process just then.
    const near = await until(async () => {
      const ran = await run("call", "near", "say", '"from the shell"', "--timeout", "2s");
      return ran.code === 0 ? ran : undefined;
    });
    assert.deepEqual(documentOf(near).data, {
      ...(documentOf(near).data as object),
      reply: ["near", "from the shell"],
    });
  });

  test("shows what was said between those who do not speak to it", async () => {
    await direct.call("near", "say", "aside", { conversation: "aside", ...lasting });
    const said = await until(async () => {
      const all = await dataOf<readonly Said[]>("messages", "ls", "--where", "conversation:aside");
      return all.length === 2 ? all : undefined;
    });
    assert.deepEqual(
      said.map(({ envelope }) => envelope.payload),
      ["aside", ["near", "aside"]],
    );
  });

  test("lists agents of both, and what waits", async () => {
    const names = (await dataOf<readonly { name: string }[]>("agents", "ls")).map(({ name }) => name);
    assert.deepEqual(names.filter((name) => ["near", "far", "broken"].includes(name)).toSorted(), [
      "broken",
      "far",
      "near",
    ]);
    await run("cast", "later", "note", "1", "--hold");
    assert.equal((await dataOf<readonly unknown[]>("mailbox", "peek", "later")).length, 1);
  });

  test("lists, groups and gives back dead letters of either", async () => {
    const { id } = await dataOf<{ id: string }>("cast", "broken", "note", "1");
    const dead = () =>
      dataOf<readonly { id: string; generation: number }[]>("dlq", "ls", "--where", `id:${id}`);
    await until(async () => ((await dead()).length === 1 ? true : undefined));
    assert.equal((await dataOf<readonly unknown[]>("dlq", "groups")).length, 1);
    assert.equal((await run("dlq", "redrive", id)).code, 0);
    await until(async () =>
      (await direct.deadLetters.list({ where: `id:${id}` })).items.length === 1 ? true : undefined,
    );
  });

  test("says what its store is, without the password", async () => {
    const checks = await hermod(["doctor", "--json", "--url", url], {
      cwd: folder,
      env: { HERMOD_STORE: place },
    });
    const findings = documentOf(checks).data as readonly { check: string; ok: boolean; text: string }[];
    const textOf = (name: string): string => findings.find(({ check }) => check === name)?.text ?? "";
    const level = /nats \d+\.\d+\.\d+, JetStream file storage, 1 replica, 16 partitions$/u;
    assert.match(textOf("hub"), new RegExp(`store ${level.source}`, "u"));
    assert.match(
      textOf("store"),
      /nats:\/\/\*\*\*@127.*nats \d.*namespace shop: 16 journals of 1 replica, \d+ bytes$/u,
    );
    const answer = await (await fetch(`${url}/v1/hub`)).json();
    assert.match((answer as { store: { name: string } }).store.name, new RegExp(`^${level.source}`, "u"));
    const told = [
      checks.out,
      await (await fetch(`${url}/v1/hub/config`)).text(),
      hub.child.spawnargs.join(" "),
    ];
    assert.doesNotMatch(told.join(), /s@lt|s%40lt/u);
  });

  test("is named in the folder's settings as in the environment", async () => {
    const config = mkdtempSync(join(folder, "config-"));
    writeFileSync(join(config, "hermod.config.json"), JSON.stringify({ store: place }));
    const { out } = await hermod(["config", "get", "store"], { cwd: config });
    assert.equal(out, `nats://***@127.0.0.1:${server.port}?namespace=shop\n`);
    const copied = await hermod(["backup", "copy.db", "--json"], { cwd: config });
    assert.deepEqual([copied.code, errorOf(copied).message.includes("no file")], [2, true]);
    const refused = begin(["hub", "--port", "0", "--json", "--store", server.url], { cwd: config });
    const { code, out: none, err } = await refused.ended;
    assert.deepEqual(
      [code, none, JSON.parse(err.trimEnd().split("\n").at(-1) ?? "").error.code],
      [4, "", "HERMOD_UNAUTHORIZED"],
    );
  });
}
