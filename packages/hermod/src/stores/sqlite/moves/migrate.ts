/** Migrate: brings a file up to date by hand, for those who want to do it before the start. */
import { closeWriter } from "../checkpoint.ts";
import type { Migration } from "../migrate.ts";
import { openWriter } from "../open.ts";
import { Owner } from "../owner.ts";
import { VERSION } from "../schema.ts";
import { toTrouble } from "../trouble.ts";
import { existing } from "./compact.ts";
import { storedDurability } from "./describe.ts";
import { begin, type MoveOptions } from "./move.ts";

/**
 * Does what opening the store does: brings the file to the version of this release, with a copy of the older one beside it.
 * @throws HermodError HERMOD_STORE_OWNED, HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION, HERMOD_STORE_FULL.
 */
export async function migrate(file: string, options: MoveOptions = {}): Promise<Migration> {
  const course = begin("migrate", options);
  const real = existing(file);
  const owner = Owner.takeNow(real, course.now());
  try {
    return await course.step("migrate", () => opened(real));
  } catch (error) {
    throw toTrouble(error, real);
  } finally {
    owner.release();
  }
}

function opened(real: string): Migration {
  let migration: Migration = { from: VERSION, to: VERSION };
  const onMigrated = (done: Migration): void => void (migration = done);
  closeWriter(openWriter(real, { durability: storedDurability(real), onMigrated }));
  return migration;
}
