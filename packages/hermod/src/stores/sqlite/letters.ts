/** Letters: the dead letters of the file within their bounds. What goes is told of, and when there are nearly too many. */
import type { BatchAnswer, Value } from "./protocol.ts";
import type { Statements } from "./statements.ts";

/** Most dead letters, and milliseconds for which they are kept. */
export interface LetterBounds {
  readonly count: number;
  readonly age: number;
}

/** Part of the bound at which the operator is told. */
const ALARM = 0.8;

export class Letters {
  readonly #db: Statements;
  readonly #bounds: LetterBounds;
  #count = 0;
  #now = 0;
  #discarded: [string, "count" | "age"][] = [];
  #filled: number | undefined;

  constructor(db: Statements, bounds: LetterBounds) {
    this.#db = db;
    this.#bounds = bounds;
    this.recount();
  }

  /** A batch begins. */
  begin(now: number): void {
    this.#now = now;
    this.#discarded = [];
    this.#filled = undefined;
  }

  /** What the batch has to tell. */
  get told(): Pick<BatchAnswer & { readonly type: "kept" }, "discarded" | "filled"> {
    const filled = this.#filled;
    return { discarded: this.#discarded, ...(filled !== undefined && { filled }) };
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Counts anew, after a batch that was taken back. */
  recount(): void {
    try {
      this.#count = Number(this.#db.letters.get()?.["count"]);
    } catch {
      this.#count = 0;
    }
  }

  /** id, seq, mailbox, reason, error, attempts, died, generation. */
  add(letter: readonly Value[]): void {
    const { count } = this.#bounds;
    const replaced = this.#db.letter.get(letter[0] as Value) !== undefined;
    this.#db.die.run(...letter);
    if (!replaced) this.#count++;
    this.trim();
    if (!replaced && this.#count === Math.ceil(count * ALARM)) this.#filled = this.#count;
  }

  remove(id: Value): void {
    this.#count -= Number(this.#db.undie.run(id).changes);
  }

  /** Discards what is too old or too much; letters stand in the order of their deaths. */
  trim(): void {
    const { count, age } = this.#bounds;
    for (let oldest = this.#oldest(); oldest; oldest = this.#oldest()) {
      const tooMany = this.#count > count;
      if (!tooMany && oldest.died + age >= this.#now) return;
      this.#db.bury.run(oldest.number);
      this.#count--;
      this.#discarded.push([oldest.id, tooMany ? "count" : "age"]);
    }
  }

  #oldest(): { number: number; id: string; died: number } | undefined {
    if (this.#count === 0) return undefined;
    return this.#db.oldestLetter.get() as { number: number; id: string; died: number } | undefined;
  }
}
