/** Live: what the page sees happen, for as many parts of the page as look. Redrawn once a frame at most, however much comes. */
import { useEffect, useSyncExternalStore } from "react";
import { Log, type Bundle } from "./log.ts";
import { past } from "./past.ts";
import { Watching, type Link } from "./watching.ts";

/** What had happened before the page began to watch. */
export interface Before {
  /** The number in the log of the first entry behind it. */
  readonly end: number;
}

class Live {
  readonly log = new Log();
  /** Undefined while it is asked for; another one for each filter. */
  before: Before | undefined;
  link: Link = { state: "connecting" };
  /** Grows with each change. */
  version = 0;
  #where = "";
  #watching: Watching | undefined;
  /** What came while the past is asked for; undefined at all other times. */
  #held: Bundle[] | undefined;
  #asking = new AbortController();
  #isDue = false;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#watching ??= this.#begin();
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): number => this.version;

  /** Watches what a filter lets through; what was seen before is gone. */
  wants(where: string): void {
    if (where === this.#where) return;
    this.#where = where;
    this.log.clear();
    if (this.link.state === "refused") this.again();
    else {
      this.#watching?.wants(where);
      if (this.#watching) this.#recall();
    }
    this.#changed();
  }

  /** Tries again after a refusal. */
  again(): void {
    this.#watching?.end();
    this.link = { state: "connecting" };
    this.#watching = this.#begin();
    this.#changed();
  }

  #begin(): Watching {
    this.#recall();
    return new Watching(this.#where, {
      heard: (bundle) => {
        if (this.#held) this.#held.push(bundle);
        else this.log.add(bundle);
        this.#changed();
      },
      changed: (link) => {
        this.link = link;
        this.#changed();
      },
    });
  }

  /** What happened last comes first: what happens meanwhile stands behind it. */
  #recall(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    const held: Bundle[] = (this.#held = []);
    this.before = undefined;
    void past(this.#where, this.#asking.signal).then((rows) => {
      if (this.#held !== held) return;
      this.#held = undefined;
      this.log.add({ rows });
      this.before = { end: this.log.next };
      for (const bundle of held) this.log.add(bundle);
      this.#changed();
    });
  }

  #changed(): void {
    this.version++;
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** One for the page. */
export const live = new Live();

/** The live log as it is now; the caller is drawn again when it changes. */
export function useLive(where?: string): Live {
  useSyncExternalStore(live.subscribe, live.snapshot);
  useEffect(() => {
    if (where !== undefined) live.wants(where);
  }, [where]);
  return live;
}
