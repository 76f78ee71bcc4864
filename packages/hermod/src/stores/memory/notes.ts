/** Notes: the parts of messages, and what conversations have spent. */
import type { Amounts } from "../../core/budget.ts";
import type { Spent } from "../../core/store.ts";
import { Followers } from "../shelf/followers.ts";

/** What runs needs its notes, however small the history is. */
const LEAST = 10_000;

export class Notes {
  readonly #parts: Latest<unknown[]>;
  readonly #spent: Latest<Amounts>;
  readonly #followers = new Followers();

  /** Keeps the notes of `most` messages and `most` conversations, but of 10,000 at the least. */
  constructor(most: number) {
    this.#parts = new Latest(Math.max(most, LEAST));
    this.#spent = new Latest(Math.max(most, LEAST));
  }

  record(id: string, part: unknown): number {
    const parts = this.#parts.get(id) ?? [];
    this.#parts.set(id, parts);
    const number = parts.push(part);
    this.#followers.wake(id);
    return number;
  }

  parts(id: string, after: number, limit: number): readonly unknown[] {
    return (this.#parts.get(id) ?? []).slice(after, after + limit);
  }

  follow(id: string, wake: () => void): () => void {
    return this.#followers.add(id, wake);
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): Spent {
    const before = this.#spent.get(conversation) ?? {};
    const spent: Record<string, number> = { ...before };
    for (const [name, amount] of Object.entries(amounts)) {
      spent[name] = (spent[name] ?? 0) + amount;
      if (spent[name] > (limits[name] ?? Infinity)) return this.#refuse(conversation, before, name);
    }
    this.#spent.set(conversation, spent);
    return { amounts: spent };
  }

  /** Who is refused and asks again and again must not be forgotten meanwhile: it would spend anew. */
  #refuse(conversation: string, spent: Amounts, name: string): Spent {
    this.#spent.set(conversation, spent);
    return { amounts: spent, refused: name };
  }
}

/** A map of the entries that were set last: beyond its bound the one that was set longest ago goes. */
class Latest<T> {
  readonly #entries = new Map<string, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) return void this.#entries.delete(oldest);
  }
}
