/** A queue ordered by time: the earliest item first, and first in first out among equal times. */
interface Entry<T> {
  readonly at: number;
  readonly turn: number;
  readonly item: T;
}

/** What waits for a time. */
export class TimeHeap<T> {
  #entries: Entry<T>[] = [];
  #turn = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** The earliest time, or undefined when nothing waits. */
  get next(): number | undefined {
    return this.#entries[0]?.at;
  }

  push(at: number, item: T): void {
    this.#entries.push({ at, turn: this.#turn++, item });
    this.#up(this.#entries.length - 1);
  }

  /** The earliest item if its time is `now` or before. */
  take(now: number): T | undefined {
    const first = this.#entries[0];
    return first === undefined || first.at > now ? undefined : this.#pop();
  }

  /** Takes out the items that match; costs as much as there are items. */
  removeWhere(matches: (item: T) => boolean): T[] {
    const gone: T[] = [];
    const kept = this.#entries.filter(({ item }) => !(matches(item) && gone.push(item)));
    this.#entries = kept.sort((a, b) => (before(a, b) ? -1 : 1));
    return gone;
  }

  /** The waiting items with their times, in no order. */
  *[Symbol.iterator](): IterableIterator<{ at: number; item: T }> {
    yield* this.#entries;
  }

  #pop(): T | undefined {
    const [first] = this.#entries;
    const last = this.#entries.pop();
    if (last !== undefined && last !== first) {
      this.#entries[0] = last;
      this.#down(0);
    }
    return first?.item;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= this.#entries.length) return;
      const least = right < this.#entries.length && before(this.#get(right), this.#get(left)) ? right : left;
      if (!this.#swapIfBefore(least, at)) return;
      at = least;
    }
  }

  #swapIfBefore(at: number, other: number): boolean {
    const [a, b] = [this.#get(at), this.#get(other)];
    if (!before(a, b)) return false;
    this.#entries[at] = b;
    this.#entries[other] = a;
    return true;
  }

  #get(at: number): Entry<T> {
    return this.#entries[at] as Entry<T>;
  }
}

function before(a: Entry<unknown>, b: Entry<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn);
}
