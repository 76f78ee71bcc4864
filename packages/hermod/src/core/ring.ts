/** A queue open at both ends, in one array whose length is a power of two: no shifting, no object per item. */
export class Ring<T> {
  #items: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
  }

  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    // A queue that was long once must not keep its room for ever.
    if (this.#length === 0 && this.#items.length > 1024) this.#items = [];
    return item;
  }

  /** The item at a place counted from the front. */
  at(index: number): T | undefined {
    return index < this.#length ? this.#items[(this.#head + index) & (this.#items.length - 1)] : undefined;
  }

  /** Takes out the item at a place; costs as much as there are items behind it. */
  removeAt(index: number): T | undefined {
    const mask = this.#items.length - 1;
    const item = this.at(index);
    if (item === undefined) return undefined;
    for (let at = index; at < this.#length - 1; at++) {
      this.#items[(this.#head + at) & mask] = this.#items[(this.#head + at + 1) & mask];
    }
    this.#length--;
    this.#items[(this.#head + this.#length) & mask] = undefined;
    return item;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.#length; index++) yield this.at(index) as T;
  }

  #grow(): void {
    const items: (T | undefined)[] = [];
    for (let index = 0; index < this.#length; index++) items.push(this.at(index));
    const room = Math.max(4, this.#items.length * 2);
    while (items.length < room) items.push(undefined);
    this.#items = items;
    this.#head = 0;
  }
}
