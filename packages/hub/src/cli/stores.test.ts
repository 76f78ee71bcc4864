/** The file of a store on the command line: which one is meant, and what can be done with it. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { memory, start } from "hermod";
import { sqlite } from "hermod/sqlite";
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
  for (const words of [["compact"], ["restore", "copy.db", "--yes"]]) {
    const refused = await run(...words);
    assert.deepEqual([refused.code, errorOf(refused).code], [8, "HERMOD_STORE_OWNED"]);
    assert.match(errorOf(refused).hint ?? "", new RegExp(`hub at ${world.hub.url}`, "u"));
  }
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
  assert.deepEqual(Object.keys(documentOf(await run("compact", "--json")).data), ["file", "before", "after"]);
  assert.equal((await hermod(["compact", "--store", join(folder, "none.db"), "--json"])).code, 3);
});
