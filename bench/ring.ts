/** The floors' mailbox: the least that keeps order and waits for its handler. Nothing of what a message system promises is here. */
export class Ring<T> {
  length = 0;
  #slots: (T | undefined)[] = Array.from({ length: 16 });
  #head = 0;

  push(item: T): void {
    if (this.length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.length++) & (this.#slots.length - 1)] = item;
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.length--;
    return item;
  }

  #grow(): void {
    const inOrder = this.#slots.slice(this.#head).concat(this.#slots.slice(0, this.#head));
    inOrder.length *= 2;
    this.#slots = inOrder;
    this.#head = 0;
  }
}

/** A ring whose items go to an awaited handler, one after the other. */
export class BareMailbox<T> {
  readonly #ring = new Ring<T>();
  readonly #handler: (item: T) => Promise<void>;
  private running: Promise<void> | undefined;

  constructor(handler: (item: T) => Promise<void>) {
    this.#handler = handler;
  }

  push(item: T): void {
    this.#ring.push(item);
    this.running ??= this.#run();
  }

  /** Begins in the first push, and awaits at least once: it is never over before it is noted as running. */
  async #run(): Promise<void> {
    for (let item = this.#ring.shift(); item !== undefined; item = this.#ring.shift())
      await this.#handler(item);
    this.running = undefined;
  }
}
