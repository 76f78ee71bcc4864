/** The file of a store on the command line: which one is meant, and what can be done with it. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { memory, start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { createToken } from "../auth/tokenfile.ts";
import { tokens } from "../auth/tokens.ts";
import { Hub } from "../hub.ts";
import { documentOf, errorOf, hermod, openWorld, type Ran, type World } from "./cli.test.kit.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

test("where no store is named, that of the hub that runs is meant", async () => {
  const cwd = mkdtempSync(join(world.folder, "elsewhere-"));
  const run = (...args: readonly string[]) =>
    world.run([...args, "--json"], { cwd, env: { HERMOD_STORE: "" } });
  const { data } = documentOf(await run("backup", "copy.db"));
  const { store, bytes } = data as { readonly store: string; readonly bytes: number };
  assert.deepEqual([store, bytes > 0], [world.store, true]);
  const looked = documentOf(await run("doctor")).data as readonly {
    readonly check: string;
    readonly text: string;
  }[];
  assert.match(
    looked.find(({ check }) => check === "store")?.text ?? "",
    /hub\.db {2}\d+ messages.*in use by process/u,
  );
  const refused = await run("restore", "copy.db", "--yes");
  assert.deepEqual([refused.code, errorOf(refused).code], [8, "HERMOD_STORE_OWNED"]);
  assert.match(errorOf(refused).hint ?? "", new RegExp(`hub at ${world.hub.url}`, "u"));
  await using other = await Hub.open({ store: memory(), port: 0 });
  const none = await run("backup", "none.db", "--url", other.url);
  assert.deepEqual([none.code, errorOf(none).hint?.includes("--store")], [2, true]);
  const env = { HERMOD_URL: "http://localhost:1", HERMOD_STORE: "" };
  assert.equal((await hermod(["backup", "none.db"], { cwd, env })).code, 3);
  assert.equal((await hermod(["backup", "none.db", "--url", "http://localhost:1"], { cwd })).code, 5);
});

test("a store is copied, put back and compacted", async () => {
  const { folder } = world;
  const [store, copy] = [join(folder, "own.db"), join(folder, "copy.db")];
  await using system = await start({ store: sqlite(store) });
  await system.cast("later", "note", 1, { hold: true });
  await system.close();
  const run = async (...args: readonly string[]): Promise<Ran> => hermod([...args, "--store", store]);
  assert.equal((await run("backup", copy)).code, 0);
  assert.ok(existsSync(copy));
  assert.equal((await run("backup", copy, "--json")).code, 2);
  assert.ok(
    (documentOf(await run("backup", copy, "--replace", "--json")).data as { bytes: number }).bytes > 0,
  );
  assert.equal((await run("restore", copy)).code, 2, "nobody can be asked");
  const { data } = documentOf(await run("restore", copy, "--yes", "--json"));
  assert.equal((data as { waiting: number }).waiting, 1);
  assert.match((await run("restore", copy, "--yes")).out, /1 messages, 1 waiting, 0 dead/u);
  assert.match((await run("compact")).out, /bytes before/u);
  assert.deepEqual(Object.keys(documentOf(await run("compact", "--json")).data), [
    "file",
    "before",
    "after",
    "freed",
  ]);
  assert.equal((await hermod(["compact", "--store", join(folder, "none.db"), "--json"])).code, 3);
});

test("a hub that runs compacts and copies its store by itself, wherever it is asked from", async () => {
  const backups = join(world.folder, "backups");
  await using hub = await Hub.open({ store: sqlite(join(world.folder, "busy.db")), port: 0, backups });
  await hub.system.cast("later", "note", 1, { hold: true });
  const cwd = mkdtempSync(join(world.folder, "far-"));
  const run = (...args: readonly string[]) => hermod(args, { cwd, env: { HERMOD_URL: hub.url } });
  const compacted = documentOf(await run("compact", "--json")).data as { hub: string; freed: number };
  assert.deepEqual([compacted.hub, compacted.freed >= 0], [hub.url, true]);
  assert.match((await run("compact")).out, new RegExp(`bytes given back by the hub at ${hub.url}`, "u"));
  const copied = documentOf(await run("backup", "--json")).data as { hub: string; file: string };
  assert.deepEqual([copied.hub, readdirSync(backups)], [hub.url, [basename(copied.file)]]);
  assert.match((await run("backup")).out, /verified/u);
  // A hub that is named counts more than a file that is not.
  const env = { HERMOD_STORE: join(world.folder, "none.db") };
  assert.equal((await hermod(["compact", "--url", hub.url], { cwd, env })).code, 0);
  const owned = await run("compact", "--store", join(world.folder, "busy.db"), "--json");
  assert.deepEqual([owned.code, errorOf(owned).code], [8, "HERMOD_STORE_OWNED"]);
  assert.match(errorOf(owned).hint ?? "", new RegExp(`hermod compact --url ${hub.url}`, "u"));
});

test("who asks a hub that cannot, that may not be asked, or that is not there, is told what to do", async () => {
  const cwd = mkdtempSync(join(world.folder, "lost-"));
  await using inMemory = await Hub.open({ store: memory(), port: 0 });
  for (const command of ["compact", "backup"]) {
    const run = (...args: readonly string[]) => hermod([command, ...args, "--json"], { cwd });
    const none = await run("--url", inMemory.url);
    assert.equal(errorOf(none).code, "HERMOD_UNSUPPORTED");
    assert.equal((await run("--url", "http://localhost:1")).code, 5);
  }
  const file = join(world.folder, "tokens.json");
  const { token } = createToken(file, { name: "ana", kind: "person", scopes: { read: ["*"] } });
  using auth = tokens(file);
  await using guarded = await Hub.open({ store: sqlite(join(world.folder, "guarded.db")), port: 0, auth });
  const refused = await hermod(["compact", "--json"], {
    cwd,
    env: { HERMOD_URL: guarded.url, HERMOD_TOKEN: token },
  });
  assert.deepEqual([refused.code, errorOf(refused).code], [4, "HERMOD_FORBIDDEN"]);
  const nowhere = await hermod(["backup", "--json"], { cwd, env: { HERMOD_URL: "http://localhost:1" } });
  assert.deepEqual([nowhere.code, errorOf(nowhere).hint?.includes("hermod backup FILE")], [2, true]);
});
