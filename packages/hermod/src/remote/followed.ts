/** Followed: what a client wants to hear of. What happens many times before it is said is said once. */
import { tooMany } from "./limits.ts";

export class Followed {
  readonly #word: string;
  readonly #begin: (name: string, wake: () => void) => () => void;
  readonly #push: (text: string) => void;
  readonly #most: number;
  readonly #taken: (name: string) => boolean;
  readonly #ends = new Map<string, () => void>();

  /** `word` is the frame's field: `{ wake: ["writer"] }`; what is `taken` otherwise is not said. */
  constructor(
    word: string,
    begin: (name: string, wake: () => void) => () => void,
    push: (text: string) => void,
    most: number,
    taken: (name: string) => boolean = () => false,
  ) {
    this.#most = most;
    this.#taken = taken;
    this.#word = word;
    this.#begin = begin;
    this.#push = push;
  }

  /** What came before is found by whoever looks after this. @throws HermodError HERMOD_OVERLOADED beyond its limit. */
  add(name: string): void {
    if (this.#ends.has(name)) return;
    if (this.#ends.size >= this.#most) throw tooMany(`"${this.#word}"`, this.#most);
    this.#ends.set(
      name,
      this.#begin(name, () => void (this.#taken(name) || this.#say([name]))),
    );
  }

  delete(name: string): void {
    this.#ends.get(name)?.();
    this.#ends.delete(name);
  }

  /** Puts it behind all others who hear of the same, so that each has its turn. */
  renew(name: string): void {
    if (!this.#ends.has(name)) return;
    this.delete(name);
    this.add(name);
  }

  /** Says one of them, where it is wanted. */
  say(name: string): void {
    if (this.#ends.has(name)) this.#say([name]);
  }

  /** Says all of it: something may have happened while nobody heard. */
  repeat(): void {
    if (this.#ends.size > 0) this.#say([...this.#ends.keys()]);
  }

  end(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }

  #say(names: readonly string[]): void {
    this.#push(JSON.stringify({ [this.#word]: names }));
  }
}
