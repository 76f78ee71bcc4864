/** Describe: what a store's file holds, and who owns it, for a page or a command line. */
import type { DatabaseSync } from "node:sqlite";
import { checkOptions } from "../../../core/options.ts";
import { pragma } from "../inspect.ts";
import { openReader, type Durability } from "../open.ts";
import { Owner, type OwnerRecord } from "../owner.ts";
import { realPath, sizeOf } from "../place.ts";
import { troubled } from "../trouble.ts";
import { countOf } from "./check.ts";

/** A file at one moment. */
export interface Description {
  /** Its real path. */
  readonly file: string;
  /** Of its tables. */
  readonly version: number;
  readonly messages: number;
  readonly waiting: number;
  readonly dead: number;
  readonly bytes: number;
  /** What is not yet in the file itself. */
  readonly walBytes: number;
  /** As its last owner opened it. */
  readonly durability: Durability;
  /** Who owns it now; without fields when the owner cannot be named. */
  readonly owner?: Partial<OwnerRecord>;
}

/**
 * Looks at the file, beside its owner or without one, and changes nothing in it. Counting a million rows takes some 50 ms.
 * @throws HermodError HERMOD_STORE_READONLY when there is no such file; HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION.
 */
export function describe(file: string, options: object = {}): Description {
  checkOptions("describe", options, []);
  const real = realPath(file);
  const owner = Owner.of(real);
  const walBytes = sizeOf(`${real}-wal`);
  const db = openReader(real);
  try {
    const read = troubled(real, () => counts(db));
    return { file: real, ...read, bytes: sizeOf(real), walBytes, ...(owner !== undefined && { owner }) };
  } finally {
    db.close();
  }
}

function counts(
  db: DatabaseSync,
): Pick<Description, "version" | "messages" | "waiting" | "dead" | "durability"> {
  return {
    version: pragma(db, "user_version"),
    messages: countOf(db, "message"),
    waiting: countOf(db, "waiting"),
    dead: countOf(db, "dead"),
    durability: durabilityOf(db),
  };
}

/** As which the file was last opened to write. */
export function storedDurability(file: string): Durability {
  const db = openReader(file);
  try {
    return durabilityOf(db);
  } finally {
    db.close();
  }
}

function durabilityOf(db: DatabaseSync): Durability {
  const found = db.prepare("SELECT value FROM meta WHERE name = 'durability'").get()?.["value"];
  return found === "fast" ? "fast" : "durable";
}
