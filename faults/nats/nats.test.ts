/** Faults of a broker and its clients, a few, by the command itself; and what it says where the store has one. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lost } from "../history/verdict.ts";
import { drawsOf } from "../random.ts";
import { alone } from "./alone.ts";
import { missing } from "./broker.ts";
import { runEpisode, type Episode, type EpisodeOptions } from "./episode.ts";

const program = join(import.meta.dirname, "run.ts");
const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", env });
const skip = missing;

test(
  "3 faults of a broker and its clients lose nothing and repeat nothing",
  { skip, timeout: 200_000 },
  () => {
    const { stdout, stderr, status } = run(["--faults", "3", "--only", "single", "--json"]);
    assert.equal(status, 0, `${stdout}${stderr}`);
    const [sum, json] = stdout.trim().split("\n").slice(-2) as [string, string];
    const result = JSON.parse(json);
    assert.equal(sum, "1 passed, 0 failed");
    const { faults, lost, duplicated_unexplained: twice, passed, failed } = result;
    assert.deepEqual([faults, lost, twice, passed, failed], [3, 0, 0, 1, 0]);
    assert.ok(result.acked > 30 && result.handled > 30, stdout);
  },
);

test(
  "a host that crashes with its broker and its client loses nothing and repeats nothing",
  { skip: skip || alone.missing, timeout: 200_000 },
  () => {
    // Of this seed.
    const { stdout, stderr, status } = run(["--faults", "1", "--only", "hosts", "--seed", "53", "--json"]);
    assert.equal(status, 0, `${stdout}${stderr}`);
    const {
      kinds,
      lost,
      duplicated_unexplained: twice,
    } = JSON.parse(stdout.trim().split("\n").at(-1) as string);
    assert.deepEqual([kinds, lost, twice], [{ "crash-host": 1 }, 0, 0]);
  },
);

test("a store that delivers twice is found, and its evidence is kept", { skip, timeout: 200_000 }, () => {
  const { stdout, stderr, status } = run([
    ...["--faults", "1", "--only", "single", "--plant", "delivers twice", "--seed", "1", "--json"],
  ]);
  assert.equal(status, 1, `${stdout}${stderr}`);
  const { classes, failed } = JSON.parse(stdout.trim().split("\n").at(-1) as string);
  assert.equal(failed, 1);
  assert.ok(classes.LEASE_OVERLAP > 0, stdout);
  const [, work, episode] = /LEASE_OVERLAP (\S+?)\/(single-0): /u.exec(stderr) ?? [];
  assert.ok(existsSync(join(work as string, episode as string, "history")), stderr);
  rmSync(work as string, { recursive: true });
});

/** An episode in a folder of its own, which is removed whatever it has found. */
async function episode(more: Pick<EpisodeOptions, "plant" | "longest">): Promise<Episode> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-planted-"));
  try {
    return await runEpisode({ folder, mix: "single", faults: 1, draw: drawsOf(1), ...more });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a store that drops what is claimed is found by what it loses", { skip, timeout: 200_000 }, async () => {
  const { verdict, broken } = await episode({ plant: "drops what is claimed", longest: 3000 });
  assert.ok(lost(verdict.counts) > 0, broken.join("\n"));
});

test(
  "who is not answered in time is found, and nothing is lost by that",
  { skip, timeout: 200_000 },
  async () => {
    const { verdict, broken } = await episode({ plant: "", longest: 1 });
    assert.match(broken.join("\n"), /^Error: STUCK after fault 0 \(\) for good: Error: not probed probe0/u);
    assert.equal(broken.length, 1);
    assert.deepEqual(verdict.findings, []);
  },
);

test("without a nats-server the command says so, and ends with 2", () => {
  const { status, stderr } = run([], { PATH: tmpdir() });
  assert.equal(status, 2);
  assert.match(stderr, /there is no nats-server on the PATH/u);
});

test("an option that cannot be is refused with 2", () => {
  for (const args of [
    ["--faults", "0"],
    ["--only", "moon"],
    ["--plant", "a tree"],
  ])
    assert.equal(run(args).status, 2, args.join(" "));
});
