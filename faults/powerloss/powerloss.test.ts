/** Power failures, a few: on plain SQLite, whose durability is known, and on the durable store by the command itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { drawsOf } from "../random.ts";
import { judgeImages, type Judge } from "./images.ts";
import { record, whyNot } from "./record.ts";

const lack = whyNot();
const skip = lack === undefined ? false : `POWER LOSS NOT TESTED: ${lack}`;
if (skip !== false) process.stderr.write(`${skip}\n`);

const work = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hermod-powerloss-test-"));
after(() => rmSync(work, { recursive: true, force: true }));

/** Rows that were confirmed and are gone, and whether those that are there end with the last one confirmed or later. */
const judgeRows: Judge = (folder, said) => {
  const database = new DatabaseSync(join(folder, "raw.db"));
  try {
    const isSound = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"] === "ok";
    const isMade = database.prepare("SELECT 1 FROM sqlite_master").all().length > 0;
    const rows = isMade ? database.prepare("SELECT number FROM row ORDER BY number").all() : [];
    const numbers = new Set(rows.map((row) => String(row["number"])));
    const done = [...said.matchAll(/^done (\d+)$/gm)].map((found) => found[1] as string);
    const wrong = rows.every((row, at) => row["number"] === at + 1) ? [] : ["a hole"];
    return { isSound, lost: done.filter((number) => !numbers.has(number)), wrong, confirmed: done.length };
  } finally {
    database.close();
  }
};

const judgeRaw = (synchronous: string, seed: number) =>
  judgeImages(
    record(join(import.meta.dirname, "raw.writer.ts"), [synchronous], work),
    300,
    drawsOf(seed),
    work,
    judgeRows,
  );

test("SQLite that syncs each commit loses nothing", { skip }, async () => {
  const { images, corrupt, lost, wrong, confirmed, examples } = await judgeRaw("FULL", 1);
  assert.deepEqual([images, corrupt, lost, wrong], [300, 0, 0, 0], examples.join("\n"));
  assert.ok(confirmed > 1000);
});

test("SQLite that does not loses what came last, and only that", { skip }, async () => {
  const { corrupt, lossy, wrong } = await judgeRaw("NORMAL", 2);
  assert.deepEqual([corrupt, wrong], [0, 0]);
  assert.ok(lossy > 100, `${lossy} images`);
});

test("SQLite that never syncs is broken by it", { skip }, async () => {
  const judgeOrBroken: Judge = async (folder, said) => {
    try {
      return await judgeRows(folder, said);
    } catch {
      return { isSound: false, lost: [], wrong: [], confirmed: 0 };
    }
  };
  const ops = record(join(import.meta.dirname, "raw.writer.ts"), ["OFF"], work);
  const { corrupt } = await judgeImages(ops, 300, drawsOf(3), work, judgeOrBroken);
  assert.ok(corrupt > 10, `${corrupt} images`);
});

test(
  "the durable store loses nothing in 50 power failures, and the fast one is seen to",
  { skip, timeout: 200_000 },
  () => {
    const args = [join(import.meta.dirname, "run.ts"), "--images", "50", "--json"];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const result = JSON.parse(stdout.trim().split("\n").at(-1) as string);
    assert.equal(status, 0, stderr);
    assert.deepEqual([result.images, result.lost, result.corrupt, result.wrong], [50, 0, 0, 0], stderr);
    assert.ok(result.selfcheck && result.fast.lossy > 0 && result.acked > 1000);
  },
);

test("a machine on which strace is absent is named, and the command fails", () => {
  const env = { ...process.env, PATH: "/nowhere" };
  const args = [join(import.meta.dirname, "run.ts"), "--images", "1"];
  const { stderr, stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  assert.equal(status, 1);
  assert.match(stderr, /POWER LOSS NOT TESTED: strace is not installed/);
  assert.match(stdout, /^0 passed, 1 failed$/m);
});
