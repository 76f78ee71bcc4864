/** Kills of a hub and its clients, a few, by the command itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "run.ts"), ...args], { encoding: "utf8" });

test("4 kills of a hub and its clients lose nothing and repeat nothing", { timeout: 120_000 }, () => {
  const { stdout, stderr, status } = run("--kills", "4", "--json");
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  assert.deepEqual([result.kills, result.lost, result.duplicated_unexplained], [4, 0, 0]);
  assert.ok(result.confirmed > 4 && result.classes.OK > 4, stdout);
  assert.match(stderr, /kills of the hub and .* of clients in .* \(seed \d+\)/u);
});

test("an option that cannot be is refused with 2", () => {
  assert.equal(run("--kills", "0").status, 2);
});
