/** Backup: a verified copy of a store's file, made while its owner works. */
import { rmSync } from "node:fs";
import { HermodError } from "../../../core/errors.ts";
import { aFlag } from "../../../core/options.ts";
import { putInPlace } from "../files.ts";
import { openReader } from "../open.ts";
import { Owner, ownedBy } from "../owner.ts";
import { look, realPath, safePath, sizeOf } from "../place.ts";
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
 * @throws HermodError HERMOD_STORE_CORRUPT when the file is damaged, HERMOD_STORE_FULL; HERMOD_STORE_OWNED when `to` is a store that
 * somebody owns, HERMOD_BAD_OPTION when it belongs to the file or may not be replaced; HERMOD_CANCELLED.
 */
export async function backup(file: string, to: string, options: BackupOptions = {}): Promise<Backup> {
  const course = begin("backup", options, ["replace"]);
  const { replace = false } = options;
  const target = safePath(to);
  notOf(target, realPath(file));
  if (!aFlag("replace", replace) && look(target) !== undefined) throw taken(target);
  mayGo(target);
  const source = openReader(file);
  const made = `${target}.part`;
  try {
    await copyInto(source, made, course);
    await course.step("verify", () => verify(made));
    // An owner may have come meanwhile.
    mayGo(target);
    putInPlace(made, target);
  } catch (error) {
    rmSync(made, { force: true });
    throw toTrouble(error, target);
  } finally {
    source.close();
  }
  return { file: target, bytes: sizeOf(target) };
}

/** The names beside the file: what stands under one of them is a part of it. */
const PARTS = ["", "-wal", "-shm", ".owner", ".owner.json"];

/** A copy in the place of what it is copied from would take the newest messages away under its owner. */
function notOf(target: string, source: string): void {
  const isPart = (store: string): boolean => PARTS.some((part) => target === store + part);
  const others = PARTS.slice(1).filter((part) => target.endsWith(part));
  const store = [source, ...others.map((part) => target.slice(0, -part.length))].find(
    (each) => isPart(each) && look(each) !== undefined,
  );
  if (store === undefined) return;
  throw new HermodError("HERMOD_BAD_OPTION", `backup: ${target} belongs to the store ${store}`, {
    hint: "Choose a name of its own for the backup.",
  });
}

/** Refuses to take the place of a store that somebody owns, or that has messages in its -wal. */
function mayGo(target: string): void {
  if (Owner.of(target) !== undefined) throw ownedBy(target);
  if (sizeOf(`${target}-wal`) === 0) return;
  throw new HermodError("HERMOD_BAD_OPTION", `backup: ${target} is a store with messages in its -wal`, {
    hint: "Choose another name; to go back to a backup, use restore(backup, file).",
  });
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
    hint: "Choose a name that is free, or allow it with { replace: true }, on the command line --replace.",
  });
}
