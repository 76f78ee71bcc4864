/** Restore: a backup takes the place of a store's file. */
import { rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { HermodError } from "../../../core/errors.ts";
import { aFlag } from "../../../core/options.ts";
import { inspect, openUntouched } from "../inspect.ts";
import { openReader } from "../open.ts";
import { Owner } from "../owner.ts";
import { realPath, safePath, sizeOf } from "../place.ts";
import { corrupt } from "../refusal.ts";
import { toTrouble } from "../trouble.ts";
import { check, type Checked } from "./check.ts";
import { copyInto } from "./copy.ts";
import { begin, type Course, type MoveOptions } from "./move.ts";
import { replace } from "./replace.ts";

export interface RestoreOptions extends MoveOptions {
  /** Keeps the file that is replaced, as `<file>.bak` or the next free name; default true. */
  readonly keep?: boolean;
  /** Takes a file that was copied without its -wal, and goes on without the messages in it; default false. */
  readonly incomplete?: boolean;
}

/** What a restore came to. */
export interface Restored {
  readonly messages: number;
  readonly waiting: number;
  readonly dead: number;
  /** Where the replaced file is now. */
  readonly kept?: string;
}

/**
 * Puts a copy of `from` in the place of `file`, in one step and only once the copy is known to be sound.
 * @throws HermodError HERMOD_STORE_OWNED when the file has an owner or a reader, HERMOD_STORE_CORRUPT when the backup is damaged.
 */
export async function restore(from: string, file: string, options: RestoreOptions = {}): Promise<Restored> {
  const course = begin("restore", options, ["keep", "incomplete"]);
  const { keep = true, incomplete = false } = options;
  aFlag("keep", keep);
  const [source, target] = [openSource(from, aFlag("incomplete", incomplete)), safePath(file)];
  try {
    if (realPath(from) === target) throw itself(target);
    const owner = Owner.takeNow(target, course.now());
    try {
      return await exchange(source, target, keep, course);
    } finally {
      owner.release();
    }
  } catch (error) {
    throw toTrouble(error, target);
  } finally {
    source.close();
  }
}

async function exchange(
  source: DatabaseSync,
  target: string,
  keep: boolean,
  course: Course,
): Promise<Restored> {
  const made = `${target}.restore`;
  try {
    await copyInto(source, made, course);
    const {
      messages = 0,
      waiting = 0,
      dead = 0,
    } = sound(await course.step("check", () => check(made)), made);
    const kept = await course.step("replace", () => replace(made, target, keep));
    return { messages, waiting, dead, ...(kept !== undefined && { kept }) };
  } finally {
    rmSync(made, { force: true });
  }
}

function openSource(from: string, incomplete: boolean): DatabaseSync {
  const real = realPath(from);
  if (!incomplete || sizeOf(real) === 0 || sizeOf(`${real}-wal`) > 0) return openReader(real);
  inspect(real, { incomplete });
  return openUntouched(real);
}

function sound(checked: Checked, made: string): Checked {
  if (checked.ok) return checked;
  const [first] = checked.findings;
  throw corrupt(made, `the backup is damaged: ${first?.text ?? ""}`, {
    details: { findings: checked.findings },
    hint: "Nothing was changed. Restore another backup; check(backup) lists all that is wrong with this one.",
  });
}

function itself(file: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `restore: ${file} cannot be restored from itself`, {
    hint: "Move the file away first, then restore from where it is.",
  });
}
