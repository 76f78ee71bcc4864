/**
 * Place: where a store's file lies, and whether it is safe there. All names beside the file (-wal, -shm, .owner) are made
 * from its real path, so that a symbolic link to it means the same store with the same owner.
 */
import { accessSync, constants, lstatSync, realpathSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { show } from "../../core/duration.ts";
import { HermodError } from "../../core/errors.ts";
import { toTrouble, trouble, troubled } from "./trouble.ts";

/**
 * The path as it was given, when it can be one of a file.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function aPath(what: string, file: unknown): string {
  const isUrl = file instanceof URL || (typeof file === "string" && file.startsWith("file:"));
  if (typeof file === "string" && !isUrl && file !== "" && file !== ":memory:" && !file.includes("\0"))
    return file;
  throw new HermodError("HERMOD_BAD_OPTION", `${what} needs the path of a file, got ${show(file)}`, {
    hint: isUrl ? "Give a path: fileURLToPath(url) of node:url." : "Name a file, such as ./data/agents.db.",
  });
}

/**
 * The file's real path: links are followed, also those of its directories. The file itself need not exist yet.
 * @throws HermodError HERMOD_STORE_READONLY when its directory is missing, a link leads nowhere, or it is no plain file.
 */
export function realPath(file: string): string {
  const path = resolve(aPath("a store", file));
  const found = look(path);
  if (found === undefined) return join(realDirectory(path), basename(path));
  const real = found.isSymbolicLink() ? target(path) : join(realDirectory(path), basename(path));
  checkKind(real, statSync(real));
  return real;
}

/**
 * The real path of a file that may be written: no other user can exchange it, or a link that leads to it.
 * @throws HermodError HERMOD_STORE_READONLY naming the directory that is not safe or not writable.
 */
export function safePath(file: string): string {
  const real = realPath(file);
  const path = resolve(file);
  for (const name of new Set([path, real])) checkDirectory(name, real);
  troubled(real, () => accessSync(dirname(real), constants.W_OK | constants.X_OK));
  return real;
}

/** What stands at the path, links not followed; undefined when nothing does. */
export function look(path: string): Stats | undefined {
  return troubled(path, () => lstatSync(path, { throwIfNoEntry: false }));
}

/** The bytes of a file; 0 when there is none. */
export function sizeOf(path: string): number {
  return look(path)?.size ?? 0;
}

function realDirectory(path: string): string {
  const directory = dirname(path);
  try {
    return realpathSync(directory);
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ENOENT") throw toTrouble(cause, path);
    const hint = `Create it for this user alone (mkdir -m 700 ${directory}), or correct the path.`;
    throw trouble("HERMOD_STORE_READONLY", `${path}: the directory ${directory} does not exist`, path, {
      cause,
      hint,
    });
  }
}

function target(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ENOENT") throw toTrouble(cause, path);
    const hint = "Remove the link, or create the file that it leads to (an empty one will do).";
    throw trouble("HERMOD_STORE_READONLY", `${path}: the symbolic link leads nowhere`, path, { cause, hint });
  }
}

function checkKind(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const kind = stats.isDirectory() ? "a directory" : "no plain file";
  const hint = stats.isDirectory() ? "Name a file inside it." : "Name a plain file.";
  throw trouble("HERMOD_STORE_READONLY", `${path}: it is ${kind}`, path, { hint });
}

/** In a directory that anybody writes to, others may exchange the file; with the sticky bit only what is theirs. */
function checkDirectory(path: string, file: string): void {
  const directory = dirname(path);
  const { mode } = troubled(file, () => statSync(directory));
  if ((mode & 0o002) === 0 || process.getuid === undefined) return;
  if ((mode & 0o1000) === 0) throw unsafe(file, `anybody may write in the directory ${directory}`, directory);
  const owner = look(path)?.uid;
  if (owner !== undefined && owner !== 0 && owner !== process.getuid())
    throw unsafe(file, `${path} belongs to another user, in a directory where anybody may write`, directory);
}

function unsafe(file: string, why: string, directory: string): Error {
  const hint = `Put the file into a directory of its own: mkdir -m 700 ${join(directory, "hermod")}`;
  return trouble("HERMOD_STORE_READONLY", `${file}: ${why}`, file, {
    hint: `${hint}.`,
    details: { directory },
  });
}
