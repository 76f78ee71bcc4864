/** Gaps: what never came of the events that live subscribers want, found out by the numbers that their publishers gave them. */
import type { Envelope } from "../core/envelope.ts";
import { RecentMap } from "../core/recentmap.ts";
import { matchesTopic } from "../core/topic.ts";

/** Publishers on topics that are remembered. */
const MOST = 10_000;

export class Gaps {
  /** The greatest number that came, by topic and publisher. */
  #last = new RecentMap<string, number>(MOST);

  /** How many events of its publisher are missing between the last one on its topic and this one; what comes late again counts nothing. */
  before({ topic, published }: Envelope): number {
    if (published === undefined) return 0;
    const key = `${topic} ${published.by}`;
    const last = this.#last.get(key);
    if (last !== undefined && published.number <= last) return 0;
    this.#last.set(key, published.number);
    return last === undefined ? 0 : published.number - last - 1;
  }

  /** Nobody subscribes to this pattern any more: what is published there meanwhile is not missed. */
  forget(pattern: string): void {
    for (const key of this.#last.keys())
      if (matchesTopic(pattern, key.slice(0, key.indexOf(" ")))) this.#last.delete(key);
  }

  /** Begins anew. */
  clear(): void {
    if (!this.#last.isEmpty) this.#last = new RecentMap(MOST);
  }
}
