/** Disk: a small one of its own for a store, to be filled to the last byte and emptied again. Only the superuser can mount one. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

export class Disk {
  /** Where a store may lie on it. */
  readonly file: string;
  readonly #ballast: string;

  /** A disk that goes with the test; undefined, with a word why, where none can be mounted. */
  static mount(t: TestContext, megabytes = 16): Disk | undefined {
    const path = realpathSync(mkdtempSync(join(tmpdir(), "hermod-disk-")));
    const options = `size=${megabytes}m,mode=700`;
    const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "hermod-test", path]);
    if (status === 0) t.after(() => void spawnSync("umount", ["-l", path]));
    t.after(() => rmdirSync(path));
    if (status === 0) return new Disk(path);
    const why = "NOT TRIED: no tmpfs can be mounted here (only the superuser can), so no disk was full";
    t.diagnostic(why);
    t.skip(why);
    return undefined;
  }

  private constructor(path: string) {
    this.file = join(path, "agents.db");
    this.#ballast = join(path, "ballast");
  }

  /** Leaves no room at all, whoever else writes meanwhile. */
  fill(): void {
    const block = Buffer.alloc(4096);
    const ballast = openSync(this.#ballast, "a");
    try {
      for (;;) writeSync(ballast, block);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOSPC") throw error;
    } finally {
      closeSync(ballast);
    }
  }

  /** Leaves so much room. */
  leave(megabytes: number): void {
    const { bavail, bsize } = statfsSync(this.file);
    writeFileSync(this.#ballast, Buffer.alloc(Number(bavail) * Number(bsize) - megabytes * 2 ** 20));
  }

  /** Makes the disk itself larger. */
  grow(megabytes: number): void {
    spawnSync("mount", ["-o", `remount,size=${megabytes}m`, dirname(this.file)]);
  }

  /** Makes room again. */
  free(): void {
    if (existsSync(this.#ballast)) rmSync(this.#ballast);
  }
}
