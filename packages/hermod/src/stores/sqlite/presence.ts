/**
 * Presence: whether what was opened still stands under its names. SQLite writes on into a file that was removed or replaced, and
 * would confirm what nobody finds again; and whoever removes the lock file lets a second owner in.
 */
import { statSync } from "node:fs";
import { trouble } from "./trouble.ts";

const PARTS = ["", "-wal", ".owner"];

interface Stood {
  readonly path: string;
  /** Device and number of the file; it has them as long as it is the same one. */
  readonly mark: string;
}

export class Presence {
  readonly #file: string;
  readonly #stood: readonly Stood[];

  /** Remembers what stands there now. */
  constructor(file: string) {
    this.#file = file;
    this.#stood = PARTS.flatMap((part) => {
      const mark = markOf(file + part);
      return mark === undefined ? [] : [{ path: file + part, mark }];
    });
  }

  /** @throws HermodError HERMOD_STORE_READONLY when one of them is not what it was. */
  check(): void {
    const gone = this.#stood.find(({ path, mark }) => markOf(path) !== mark);
    if (gone === undefined) return;
    throw trouble(
      "HERMOD_STORE_READONLY",
      `${gone.path}: it was moved or removed while it was open`,
      this.#file,
      {
        hint: "Put it back under its name, and all goes on; if it is lost, close the system, and restore a backup where that does not help.",
      },
    );
  }
}

function markOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
