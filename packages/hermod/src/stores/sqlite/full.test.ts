/** A disk that is really full: a small tmpfs, which only the superuser can mount. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { HermodError } from "../../core/errors.ts";
import { codeOf } from "../../core/samples.test.kit.ts";
import { checkpoint, closeWriter } from "./checkpoint.ts";
import { fill } from "./file.test.kit.ts";
import { backup, check } from "./moves.ts";
import { openWriter } from "./open.ts";
import { toTrouble } from "./trouble.ts";

/** A disk of its own; undefined where none can be mounted. */
function disk(t: TestContext, size: string): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "hermod-disk-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "hermod-test", path]);
  if (status === 0) t.after(() => void spawnSync("umount", ["-l", path]));
  t.after(() => rmdirSync(path));
  return status === 0 ? path : undefined;
}

const SKIPPED = "NOT TRIED: no tmpfs can be mounted here (only the superuser can), so no disk was full";

test("a full disk is named, leaves nothing half done, and all goes on when there is room", async (t) => {
  const path = disk(t, "3m");
  if (path === undefined) return t.skip(SKIPPED);
  const file = join(path, "a.db");
  const ballast = join(path, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  const db = openWriter(file, { durability: "durable" });
  let stored = 0;
  const full = ((): HermodError => {
    for (;;) {
      try {
        fill(db, stored + 1, 100);
        stored += 100;
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        return toTrouble(error, file);
      }
    }
  })();
  assert.equal(full.code, "HERMOD_STORE_FULL");
  assert.equal(full.retryable, true);
  assert.ok(stored > 0);
  const count = (): unknown => db.prepare("SELECT count(*) AS n FROM message").get()?.["n"];
  assert.equal(count(), stored, "what is stored can be read");
  assert.equal((await check(file)).ok, true);
  assert.equal(
    codeOf(() => checkpointed(db, file)),
    "HERMOD_STORE_FULL",
  );
  const copied: unknown = await backup(file, join(path, "copy.db")).catch((error: unknown) => error);
  assert.equal((copied as HermodError).code, "HERMOD_STORE_FULL");
  rmSync(ballast);
  checkpoint(db);
  fill(db, stored + 1, 100);
  closeWriter(db);
  const again = openWriter(file, { durability: "durable" });
  assert.equal(again.prepare("SELECT count(*) AS n FROM message").get()?.["n"], stored + 100);
  closeWriter(again);
  assert.equal((await check(file)).ok, true);
});

/** On a disk without any room. */
function checkpointed(db: Parameters<typeof checkpoint>[0], file: string): void {
  const rest = `${file}.rest`;
  const { bavail, bsize } = statfsSync(file);
  if (bavail > 0) writeFileSync(rest, Buffer.alloc(Number(bavail) * Number(bsize)));
  try {
    checkpoint(db);
  } catch (error) {
    throw toTrouble(error, file);
  } finally {
    rmSync(rest, { force: true });
  }
}

test("a store cannot be begun on a full disk, and is begun when there is room", (t) => {
  const path = disk(t, "64k");
  if (path === undefined) return t.skip(SKIPPED);
  const [file, ballast] = [join(path, "a.db"), join(path, "ballast")];
  writeFileSync(ballast, Buffer.alloc(60_000));
  assert.equal(
    codeOf(() => openWriter(file, { durability: "durable" })),
    "HERMOD_STORE_FULL",
  );
  rmSync(ballast);
  spawnSync("mount", ["-o", "remount,size=2m", path]);
  const db = openWriter(file, { durability: "durable" });
  fill(db, 1, 10);
  closeWriter(db);
});
