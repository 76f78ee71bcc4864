/** Backup: a verified copy of a store's file, made while its owner works. */
import { rmSync } from "node:fs";
import { HermodError } from "../../../core/errors.ts";
import { aFlag } from "../../../core/options.ts";
import { putInPlace } from "../files.ts";
import { openReader } from "../open.ts";
import { look, safePath, sizeOf } from "../place.ts";
import { toTrouble } from "../trouble.ts";
import { checkSound, copyInto } from "./copy.ts";
import { begin, type MoveOptions } from "./move.ts";

export interface BackupOptions extends MoveOptions {
  /** Takes the place of a file that stands there; default false. */
  readonly replace?: boolean;
}

/** A finished backup. */
export interface Backup {
  /** The real path of the copy. */
  readonly file: string;
  readonly bytes: number;
}

/**
 * Copies the file to `to` as it is at this moment; its owner works on meanwhile, its -wal grows. The copy is one file, that only
 * this user may read, and is verified before it gets its name.
 * @throws HermodError HERMOD_STORE_CORRUPT when the file is damaged, HERMOD_STORE_FULL; HERMOD_CANCELLED.
 */
export async function backup(file: string, to: string, options: BackupOptions = {}): Promise<Backup> {
  const course = begin("backup", options, ["replace"]);
  const { replace = false } = options;
  const target = safePath(to);
  if (!aFlag("replace", replace) && look(target) !== undefined) throw taken(target);
  const source = openReader(file);
  const made = `${target}.part`;
  try {
    await copyInto(source, made, course);
    await course.step("verify", () => verify(made));
    putInPlace(made, target);
  } catch (error) {
    rmSync(made, { force: true });
    throw toTrouble(error, target);
  } finally {
    source.close();
  }
  return { file: target, bytes: sizeOf(target) };
}

function verify(made: string): void {
  const db = openReader(made);
  try {
    checkSound(db, made);
  } finally {
    db.close();
  }
}

function taken(target: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `backup: ${target} exists already`, {
    hint: "Choose a name that is free, or allow it with { replace: true }.",
  });
}
