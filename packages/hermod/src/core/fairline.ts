/** Fair line: what waits for a turn. Those in the line take turns, whoever has much waiting; what one of them has waiting goes first in, first out. */
export class FairLine<T> {
  /** What each of them has waiting; whose turn is next stands first. */
  readonly #waiting = new Map<string, Set<T>>();

  /** What has the next turn: it stays until it is taken or removed, whatever comes. */
  get first(): T | undefined {
    const [next] = this.#waiting.values();
    const [item] = next ?? [];
    return item;
  }

  push(who: string, item: T): void {
    const waiting = this.#waiting.get(who);
    if (waiting) waiting.add(item);
    else this.#waiting.set(who, new Set([item]));
  }

  /** Puts something before all that the same one has waiting; it overtakes nobody else. */
  putFirst(who: string, item: T): void {
    this.#waiting.set(who, new Set([item, ...(this.#waiting.get(who) ?? [])]));
  }

  /** Takes what has the next turn; who it was of has the last turn now. */
  take(): T | undefined {
    const [next] = this.#waiting;
    if (next === undefined) return undefined;
    const [who, waiting] = next;
    const [item] = waiting;
    waiting.delete(item as T);
    this.#waiting.delete(who);
    if (waiting.size > 0) this.#waiting.set(who, waiting);
    return item;
  }

  /** Takes something out, wherever it stands; false where it is not there. */
  remove(who: string, item: T): boolean {
    const waiting = this.#waiting.get(who);
    const isThere = waiting?.delete(item) === true;
    if (waiting?.size === 0) this.#waiting.delete(who);
    return isThere;
  }

  /** All that wait, in no order. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const waiting of this.#waiting.values()) yield* waiting;
  }
}
