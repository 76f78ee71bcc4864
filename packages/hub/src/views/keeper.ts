/** Keeper of views: in a file of the hub's own, replaced in one step, or in memory where it was given none. */
import { HermodError } from "hermod";
import { changeSafe, readSafe } from "../auth/safefile.ts";
import type { View } from "./view.ts";

const VERSION = 1;

export class Views {
  readonly #file: string | undefined;
  #views: readonly View[] = [];

  /** @throws HermodError HERMOD_UNSAFE_FILE, HERMOD_BAD_OPTION for a file that is none of views. */
  constructor(file?: string) {
    this.#file = file;
    if (file !== undefined) this.#views = read(file, readSafe(file));
  }

  /** Whether they are still there after the hub has ended. */
  get isKept(): boolean {
    return this.#file !== undefined;
  }

  get all(): readonly View[] {
    return this.#views;
  }

  /** Changes them; where that cannot be written nothing is changed. @throws what `to` throws, and HermodError HERMOD_UNSAFE_FILE. */
  change(to: (views: readonly View[]) => readonly View[]): void {
    const views = to(this.#views);
    if (this.#file !== undefined)
      changeSafe(this.#file, () => `${JSON.stringify({ version: VERSION, views }, undefined, 2)}\n`);
    this.#views = views;
  }
}

function read(file: string, text: string | undefined): readonly View[] {
  if (text === undefined) return [];
  let said: { readonly version?: unknown; readonly views?: unknown };
  try {
    said = Object(JSON.parse(text)) as typeof said;
  } catch {
    throw wrong(file, "it is not JSON");
  }
  if (said.version !== VERSION || !Array.isArray(said.views) || !said.views.every(isView))
    throw wrong(file, `it is none of version ${VERSION}`);
  return said.views;
}

function isView(value: unknown): value is View {
  const { id, name, screen, search, shared, owner, by, at } = Object(value) as View;
  const isText = [id, name, screen, owner, by].every((each) => typeof each === "string");
  return (
    isText &&
    typeof search === "object" &&
    search !== null &&
    typeof shared === "boolean" &&
    Number.isSafeInteger(at)
  );
}

function wrong(file: string, why: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${file} is no file of views: ${why}`, {
    details: { file },
    hint: "Put it right, or put it aside: the hub begins a new one.",
  });
}
