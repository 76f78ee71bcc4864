/** Three hosts on one machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { alone } from "./alone.ts";
import { Hosts } from "./hosts.ts";

const terms = { skip: alone.missing, timeout: 60_000 };

test("hosts hear one another but where one is set apart, and see no files of one another", terms, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-hosts-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [program, ...words] = alone.command([
    process.execPath,
    join(import.meta.dirname, "hosts.kit.ts"),
    folder,
  ]);
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("hosts leave the network of this machine alone", { skip: alone.isSo }, async () => {
  await assert.rejects(Hosts.open(tmpdir(), 1), /a network of its own/u);
});
