/** States: which version of each agent's state is the last one, as far as it is known here without asking the file. */
import { RecentMap } from "../../core/recentmap.ts";
import type { StateChange } from "../../core/store.ts";

/** So many keys' versions are remembered; of any other the file is asked. */
const MOST = 10_000;

export class States {
  #committed = new RecentMap<string, number>(MOST);
  /** How many changes of a key are on their way. */
  readonly #accepted = new Map<string, number>();

  /** True when another version is known to be the last one. */
  isOutdated({ key, base }: StateChange): boolean {
    if (this.#accepted.has(key)) return false;
    const last = this.#committed.get(key);
    return last !== undefined && last !== base;
  }

  /** True when nothing is on its way, and this version is known to be the last one. */
  isLast({ key, base }: StateChange): boolean {
    return !this.#accepted.has(key) && this.#committed.get(key) === base;
  }

  /** True while a change of the key is on its way. */
  isChanging(key: string): boolean {
    return this.#accepted.has(key);
  }

  /** The version that the file has. */
  loaded(key: string, version: number): void {
    if (!this.#accepted.has(key)) this.#committed.set(key, version);
  }

  accepted(key: string): void {
    this.#accepted.set(key, (this.#accepted.get(key) ?? 0) + 1);
  }

  /** A change has its answer. */
  ended({ key, json }: StateChange, version: number, kept: boolean): void {
    const left = (this.#accepted.get(key) ?? 1) - 1;
    if (left > 0) this.#accepted.set(key, left);
    else this.#accepted.delete(key);
    if (kept && json !== undefined) this.#committed.set(key, version);
  }

  /** Forgets all: a mailbox has gone with its states. */
  forget(): void {
    this.#committed = new RecentMap(MOST);
  }
}
