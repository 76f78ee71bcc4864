/** Kills, a few, by the command itself; and what it would say of bad results. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../history/check.ts";
import { tape, type Tape } from "../history/tape.test.kit.ts";
import type { Episode } from "./episode.ts";
import { plants } from "./plants.ts";
import { summarise, type Done } from "./summary.ts";

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "run.ts"), ...args], { encoding: "utf8" });

test(
  "10 kills lose nothing and repeat nothing, and every planted fault is found",
  { timeout: 280_000 },
  () => {
    const { stdout, stderr, status } = run("--kills", "10", "--json");
    assert.equal(status, 0, stderr);
    const result = JSON.parse(stdout.trim().split("\n").at(-1) as string);
    assert.deepEqual(
      [result.kills, result.lost, result.duplicated_unexplained, result.broken],
      [10, 0, 0, 0],
    );
    assert.ok(result.confirmed > 10 && result.classes.OK > 10, stdout);
    assert.ok(result.tasks > 0, stdout);
    assert.deepEqual(Object.keys(result.selfcheck), Object.keys(plants));
    assert.match(stderr, /10 kills in .* \(seed \d+\)/);
  },
);

test("an option that cannot be is refused with 2", () => {
  for (const args of [
    ["--kills", "0"],
    ["--kills", "x"],
    ["--seed", "-1"],
    ["--murders", "3"],
  ])
    assert.equal(run(...args).status, 2, args.join(" "));
});

const clean = tape().sent("a").done("a", 1);
const lossy = tape().sent("a").sent("b").done("b", 1);
const at = { seed: 1, seconds: 2 };

function done(plant: string, { events }: Tape, broken: readonly string[] = []): Done {
  const episode: Episode = {
    kills: 3,
    confirmed: 2,
    acked: 1,
    tasks: 0,
    cancelled: 0,
    verdict: check(events),
    broken,
  };
  return { plant, episode, folder: "/f" };
}

/** A history that shows the classes which the plants are known by. */
const shown = tape()
  .sent("a")
  .sent("b")
  .handled("b", 1)
  .handled("b", 1)
  .acked("b", 1)
  .restarted()
  .done("b", 2)
  .done("c", 3, { key: "k" })
  .read("k", [])
  .task("t")
  .cancelled("t", "cancelled-before-start")
  .run("t")
  .done("t", 4)
  .task("u")
  .done("u", 5)
  .log("u", "done")
  .log("t", "1.2");
const found = Object.keys(plants).map((plant) => done(plant, shown));

test("all is well when nothing was found but the planted faults", () => {
  const { summary } = summarise([done("", clean), ...found], at);
  assert.deepEqual([summary.passed, summary.failed, summary.kills], [1 + found.length, 0, 3]);
});

test("a fault, a broken file, a missed plant or no kill at all is a failure", () => {
  const failed = (all: readonly Done[]): number => summarise(all, at).summary.failed;
  assert.equal(failed([done("", clean), done("", lossy), ...found]), 1);
  assert.equal(failed([done("", clean, ["integrity: row 3"]), ...found]), 1);
  assert.equal(failed([done("", clean), ...found.slice(1)]), 1);
  assert.equal(failed([done("", clean), ...found, done(found[0]?.plant as string, clean)]), 1);
  assert.equal(failed(found), 1);
});

test("the lines name what was found, and where", () => {
  const { lines } = summarise([done("", lossy, ["integrity: row 3"]), ...found.slice(1)], at);
  const text = lines.join("\n");
  assert.match(text, /LOST_PREFIX \/f: a in box of s/);
  assert.match(text, /BROKEN \/f: integrity: row 3/);
  assert.match(text, /MISSED {2}confirms before it commits/);
});
