/** Ring: the newest items of an endless list, each under the number that it had when it came. */
export class Ring<T> {
  readonly #kept: (T | undefined)[] = [];
  readonly #most: number;
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The numbers of the first item that is kept, and of the next one to come. */
  get first(): number {
    return Math.max(0, this.#next - this.#most);
  }
  get next(): number {
    return this.#next;
  }
  get length(): number {
    return this.#next - this.first;
  }

  /** Adds an item; gives the one that makes room for it. */
  push(item: T): T | undefined {
    const place = this.#next++ % this.#most;
    const gone = this.#kept[place];
    this.#kept[place] = item;
    return gone;
  }

  /** Puts another item in the place of one that is kept. */
  replace(number: number, item: T): void {
    if (this.at(number) !== undefined) this.#kept[number % this.#most] = item;
  }

  at(number: number): T | undefined {
    return number >= this.first && number < this.#next ? this.#kept[number % this.#most] : undefined;
  }

  clear(): void {
    this.#kept.length = 0;
    this.#next = 0;
  }
}
