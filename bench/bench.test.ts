/** The benchmark itself: that it measures what is stated. No figure is judged here, since a busy machine would fail it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { keys } from "./keys/index.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, "run.ts"), ...args], {
    encoding: "utf8",
    timeout: 240_000,
  });

test("every speed that is stated has a key of the benchmark, with its floor and its target [(43)]", () => {
  const names = keys.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "call",
    "cast",
    "cast_1000",
    "idle_agent",
    "spawn",
    "waiting_message",
    "with_history",
  ]);
  for (const key of keys)
    assert.deepEqual(
      [typeof key.floor, typeof key.ours, typeof key.target],
      ["function", "function", "object"],
    );
});

test("one run gives value, floor and ratio of a key as JSON", () => {
  const { stdout, status, stderr } = run("--json", "--only", "idle_agent", "--runs", "1");
  assert.equal(status, 0, stderr);
  const { idle_agent: measured } = JSON.parse(stdout.trim().split("\n").at(-1) as string).keys;
  for (const name of ["value", "floor", "ratio"]) assert.ok(measured[name] > 0, name);
});

test("an unknown key is refused with the names of the known ones", () => {
  const { status, stderr } = run("--only", "speed");
  assert.equal(status, 2);
  assert.match(stderr, /cast_1000/);
});
