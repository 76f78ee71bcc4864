/**
 * Notes: the parts of messages, and what conversations have spent. Parts of 10,000 messages at least are kept, and spending of as
 * many conversations; what was used longest ago goes first, of parts those of ended messages before any other.
 */
import { sumOf, type Amounts } from "../../core/budget.ts";
import { messageLimit, type Envelope } from "../../core/envelope.ts";
import type { Appended, Spent } from "../../core/store.ts";
import { Followers } from "../shelf/followers.ts";
import { Parts } from "./parts.ts";

/** What runs needs its notes, however small the history is. */
const LEAST = 10_000;

const ONE: Amounts = Object.freeze({ messages: 1 });
const NONE: Amounts = Object.freeze({});

export class Notes {
  readonly parts: Parts;
  readonly followers = new Followers();
  readonly #spent: Latest<Amounts>;

  /** Keeps the notes of `most` messages and `most` conversations, but of 10,000 at the least. */
  constructor(most: number) {
    this.parts = new Parts(Math.max(most, LEAST));
    this.#spent = new Latest(Math.max(most, LEAST));
  }

  record(id: string, part: unknown): number {
    const number = this.parts.add(id, part);
    this.followers.wake(id, number, part ?? null);
    return number;
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): Spent {
    const before = this.#spent.get(conversation) ?? NONE;
    const spent: Record<string, number> = { ...before };
    for (const [name, amount] of Object.entries(amounts)) {
      spent[name] = sumOf(spent[name] ?? 0, amount);
      if (spent[name] > (limits[name] ?? Infinity)) return this.#refuse(conversation, before, name);
    }
    if (Object.keys(amounts).length > 0) this.#spent.set(conversation, spent);
    return { amounts: spent };
  }

  /** The refusal of a message whose conversation has sent all that it may, with `planned` more; undefined for any other. */
  refusal(envelope: Envelope, planned = 0): Appended | undefined {
    const most = messageLimit(envelope);
    if (most === undefined) return undefined;
    const { conversationId } = envelope;
    const before = this.#spent.get(conversationId) ?? NONE;
    const sent = (before["messages"] ?? 0) + planned;
    if (sent + 1 <= most) return undefined;
    this.#refuse(conversationId, before, "messages");
    return { status: "spent", sent };
  }

  /** Counts a message that is stored, where its conversation has a budget of messages. */
  count(envelope: Envelope): void {
    if (messageLimit(envelope) !== undefined) this.spend(envelope.conversationId, ONE, NONE);
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
