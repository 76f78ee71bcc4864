/** Safe file: a file of secrets, or of what must not be forged: nobody else's, read and written by its owner alone, and replaced in one step. */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { HermodError, systemClock } from "hermod";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;
const OWN = 0o600;
/** After how long the half of a change is one of a process that died, in milliseconds. */
const STALE = 10_000;

/** The text of the file; undefined where there is none. @throws HermodError HERMOD_UNSAFE_FILE. */
export function readSafe(file: string): string | undefined {
  checkFolder(file);
  let handle: number;
  try {
    handle = openSync(file, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw codeOf(error) === "ELOOP" ? unsafe(file, "it is a symbolic link") : error;
  }
  try {
    checkOwn(file, fstatSync(handle));
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

/**
 * Changes the file in one step; of two at a time one is refused.
 * @throws HermodError HERMOD_UNSAFE_FILE; HERMOD_CONFLICT while another process changes it.
 */
export function changeSafe(file: string, change: (text: string | undefined) => string): void {
  checkFolder(file);
  const next = `${file}.new`;
  const handle = openNext(file, next);
  try {
    writeSync(handle, change(readSafe(file)));
    fsyncSync(handle);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}

/** Opens a file that is only added to. @throws HermodError HERMOD_UNSAFE_FILE. */
export function openLog(file: string): number {
  checkFolder(file);
  if (isLink(file)) throw unsafe(file, "it is a symbolic link");
  const handle = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, OWN);
  try {
    checkOwn(file, fstatSync(handle));
    return handle;
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

function openNext(file: string, next: string): number {
  try {
    return openSync(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWN);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    const { mtimeMs } = lstatSync(next);
    if (systemClock.now() - mtimeMs < STALE)
      throw new HermodError("HERMOD_CONFLICT", `another process changes ${file}`, { details: { file } });
    rmSync(next);
    return openSync(next, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWN);
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Whoever may write in its directory may put another file in its place. */
function checkFolder(file: string): void {
  const folder = dirname(resolve(file));
  const { mode } = statSync(folder);
  if (process.platform !== "win32" && (mode & 0o022) !== 0)
    throw unsafe(file, `others may write in ${folder}`, `chmod go-w ${folder}`);
}

function checkOwn(file: string, { mode, uid, nlink }: Stats): void {
  if (process.platform === "win32") return;
  if (uid !== process.getuid?.()) throw unsafe(file, "it belongs to somebody else");
  if (nlink > 1) throw unsafe(file, "it has more than one name");
  if ((mode & 0o077) !== 0) throw unsafe(file, "others may read or write it", `chmod 600 ${file}`);
}

function unsafe(file: string, why: string, hint?: string): HermodError {
  return new HermodError("HERMOD_UNSAFE_FILE", `${file} is not safe: ${why}`, {
    details: { file },
    ...(hint !== undefined && { hint }),
  });
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
