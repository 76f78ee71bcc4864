/**
 * Followed: the followers of messages, with the newest parts of each message that is followed, so that who keeps up with it reads
 * no file. A part is told of when it is in the file.
 */
import { Followers } from "../shelf/followers.ts";

/** Most parts of one message that are held here, most characters of one message, and of all. */
const MOST_PARTS = 256;
const MOST_SIZE = 2 ** 20;
const MOST_TOTAL = 64 * 2 ** 20;

/** The newest parts of one message, as JSON, without a gap. */
class Tail {
  readonly parts: string[] = [];
  size = 0;
  followers = 0;
  /** The number of the newest part that is known to be in the file; undefined while that is not known. */
  last: number | undefined;

  /** The number before that of the first part here. */
  get #before(): number {
    return (this.last ?? 0) - this.parts.length;
  }

  /** The parts after a number, at most `limit`; undefined where only the file knows. */
  read(after: number, limit: number): readonly string[] | undefined {
    if (this.last === undefined || after < this.#before) return undefined;
    const from = after - this.#before;
    return this.parts.slice(from, from + limit);
  }

  clear(): void {
    this.parts.length = 0;
    this.size = 0;
  }
}

export class Followed {
  readonly #followers = new Followers();
  readonly #tails = new Map<string, Tail>();
  #size = 0;

  /** Adds a follower; returns its end. */
  add(id: string, wake: () => void): () => void {
    const tail = this.#tails.get(id) ?? new Tail();
    this.#tails.set(id, tail);
    tail.followers++;
    const end = this.#followers.add(id, wake);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
      if (--tail.followers > 0) return;
      this.#clear(tail);
      this.#tails.delete(id);
    };
  }

  /** A part is in the file; without its number the file must be asked for what is there. */
  added(id: string, part: string, number: number | undefined): void {
    const tail = this.#tails.get(id);
    if (tail === undefined) return;
    this.#keep(tail, part, number);
    this.#followers.wake(id);
  }

  /** The parts of a followed message after a number, at most `limit`; undefined where only the file knows. */
  read(id: string, after: number, limit: number): readonly string[] | undefined {
    return this.#tails.get(id)?.read(after, limit);
  }

  #keep(tail: Tail, part: string, number: number | undefined): void {
    tail.last = number;
    if (number === undefined) return this.#clear(tail);
    tail.parts.push(part);
    this.#grow(tail, part.length);
    if (this.#size > MOST_TOTAL) return this.#clear(tail);
    while (tail.parts.length > MOST_PARTS || tail.size > MOST_SIZE)
      this.#grow(tail, -(tail.parts.shift() as string).length);
  }

  #clear(tail: Tail): void {
    this.#size -= tail.size;
    tail.clear();
  }

  #grow(tail: Tail, size: number): void {
    tail.size += size;
    this.#size += size;
  }
}
