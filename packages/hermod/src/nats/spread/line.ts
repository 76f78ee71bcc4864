/** Line: steps of one name run one after the other, in the order in which they were asked for. */
export class Line {
  readonly #last = new Map<string, Promise<unknown>>();

  /** True while steps of the name are still to end. */
  isBusy(name: string): boolean {
    return this.#last.has(name);
  }

  /** Runs a step when all before it of its name have ended. */
  async run<T>(name: string, step: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const own = (async () => {
      await before;
      return step();
    })();
    const ended = own
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(name) === ended) this.#last.delete(name);
      });
    this.#last.set(name, ended);
    return own;
  }
}
