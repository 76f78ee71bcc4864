/** Dead letters on the command line: made by hand, given back, changed and forgotten. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { documentOf, errorOf, openWorld, until, type World } from "./cli.test.kit.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

test("what waits is purged into the dead letters, also where nobody serves it", async () => {
  const { system } = world;
  for (const at of [1, 2, 3]) await system.cast("nobody.yet", "note", at, { hold: true });
  assert.equal((await world.run(["mailbox", "peek", "nobody.yet", "--json"])).code, 0);
  const refused = await world.run(["mailbox", "purge", "nobody.yet", "--json"]);
  assert.equal(refused.code, 2);
  assert.match(errorOf(refused).hint ?? "", /--yes/u);
  const ran = await world.run([
    "mailbox",
    "purge",
    "nobody.yet",
    "--where",
    "data:2 -data.x:1",
    "--yes",
    "--json",
  ]);
  assert.equal(ran.code, 2, "an unknown field of a filter");
  const purged = documentOf(await world.run(["mailbox", "purge", "nobody.yet", "--yes", "--json"]));
  assert.deepEqual(purged.data, { mailbox: "nobody.yet", purged: 3 });
  const { items } = await system.deadLetters.list({ where: "to:nobody.yet" });
  assert.deepEqual(
    items.map(({ reason }) => reason),
    ["stopped", "stopped", "stopped"],
  );
});
test("a redrive that cannot do all says so by 9, one that can do none by 8", async () => {
  const { system } = world;
  await system.publish("unheard.of", 1);
  await system.cast("fails", "again", 1);
  await until(async () => (await system.deadLetters.list({ where: "operation:again" })).items[0]);
  const where = ["--where", "topic:unheard.of"];
  assert.equal((await world.run(["dlq", "redrive", ...where])).code, 8);
  const both = await world.run(["dlq", "redrive", "--all", "--dry-run", "--json"]);
  assert.equal(both.code, 9);
  const { matched, redriven, skipped } = documentOf(both).data as Record<string, number> & {
    skipped: object;
  };
  assert.ok((redriven ?? 0) > 0 && (redriven ?? 0) < (matched ?? 0));
  assert.deepEqual(Object.keys(skipped), ["no-recipient"]);
  assert.equal((await world.run(["dlq", "redrive"])).code, 2);
  assert.equal((await world.run(["dlq", "drop", ...where])).code, 2, "nobody can be asked");
  assert.deepEqual(documentOf(await world.run(["dlq", "drop", ...where, "--yes", "--json"])).data, {
    ...{ matched: 1, dropped: 1, dryRun: false },
  });
});

/** An editor that changes a text, as somebody would. */
function editor(change: string): string {
  const file = join(world.folder, `editor-${change.length}.mjs`);
  writeFileSync(
    file,
    `import { readFileSync, writeFileSync } from "node:fs";
     const file = process.argv[2];
     const text = readFileSync(file, "utf8");
     ${change}`,
  );
  return `"${process.execPath}" "${file}"`;
}

/** The id of a dead letter that says so. */
async function dead(said: unknown): Promise<string> {
  const { id } = await world.system.cast("fails", "spelt", said);
  return until(async () => (await world.system.deadLetters.list({ where: `id:${id}` })).items[0]?.id);
}

test("what one says is changed, and said anew in its place", async () => {
  const letter = await dead({ word: "recieve", to: 1 });
  const EDITOR = editor(`writeFileSync(file, text.replace("recieve", "receive"));`);
  const edit = ["dlq", "redrive", letter, "--edit"];
  const looked = await world.run([...edit, "--dry-run"], { env: { EDITOR }, isTerminal: true });
  assert.equal(looked.out, "would redrive 1 of 1\n", looked.err);
  const ran = await world.run([...edit, "--json"], { env: { VISUAL: EDITOR }, isTerminal: true });
  const { sent, redriven } = documentOf(ran).data as { readonly sent: string; readonly redriven: number };
  assert.equal(redriven, 1);
  const [record] = (await world.system.history({ where: `id:${sent}` })).items;
  assert.deepEqual(record?.envelope.payload, { word: "receive", to: 1 });
  assert.equal((await world.run(["dlq", "show", letter])).code, 3);
});

test("without an editor it is said what it is to say", async () => {
  const { code, out } = await world.run(["dlq", "redrive", await dead(1), "--payload", "2"]);
  assert.deepEqual([code, out.replace(/\S+\n$/u, "")], [0, "redriven 1 of 1 as "]);
});

test("an edit that is none leaves the letter where it is", async () => {
  const letter = await dead("as it is");
  const edit = (change: string) =>
    world.run(["dlq", "redrive", letter, "--edit", "--json"], {
      env: { EDITOR: editor(change) },
      isTerminal: true,
    });
  for (const [change, code] of [
    ["", "HERMOD_BAD_OPTION"],
    [`writeFileSync(file, "{ not");`, "HERMOD_BAD_PAYLOAD"],
    ["process.exit(1);", "HERMOD_BAD_OPTION"],
  ] as const) {
    const ran = await edit(change);
    assert.deepEqual([ran.code, errorOf(ran).code], [2, code], change);
  }
  const nobody = await world.run(["dlq", "redrive", letter, "--edit", "--json"]);
  assert.deepEqual([nobody.code, errorOf(nobody).hint?.includes("--payload")], [2, true]);
  assert.equal((await world.run(["dlq", "redrive", "--all", "--edit"])).code, 2);
  assert.equal((await world.run(["dlq", "show", letter])).code, 0);
});
