/** Ends: the messages that must come to their end, and those that have, by the words of all clients. */
import { EventEmitter, once } from "node:events";

export class Ends {
  readonly #asked = new Set<string>();
  readonly #over = new Set<string>();
  readonly #news = new EventEmitter();

  /** Takes "asked NAME" and "over NAME" from what is said. */
  readonly hear = (word: string): void => {
    const at = word.indexOf(" ");
    const [verb, name] = [word.slice(0, at), word.slice(at + 1)];
    if (verb === "asked") this.#asked.add(name);
    if (verb !== "over") return;
    this.#over.add(name);
    this.#news.emit("over");
  };

  /** What was asked and is not over. */
  get open(): readonly string[] {
    return [...this.#asked].filter((name) => !this.#over.has(name));
  }

  /** Waits until all that was asked is over, at most `longest` ms. */
  async all(longest: number): Promise<void> {
    const signal = AbortSignal.timeout(longest);
    while (this.open.length > 0 && !signal.aborted)
      await once(this.#news, "over", { signal }).catch(() => undefined);
  }
}
