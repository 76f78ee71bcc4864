/**
 * Marks: how far the journal of each partition is known to be confirmed, as all processes tell one another: the high-water marks by which a new
 * owner sees that the server that leads a journal has forgotten some of it.
 */

/** The number of a message that was confirmed, and how often it was accepted before that messages are gone, each of which begins the marks anew. */
export interface Mark {
  readonly era: number;
  readonly place: number;
}

const NONE: Mark = { era: 0, place: 0 };

export class Marks {
  readonly #marks = new Map<number, Mark>();

  of(partition: number): Mark {
    return this.#marks.get(partition) ?? NONE;
  }

  /** The journal of a partition is confirmed up to there. */
  reached(partition: number, place: number): void {
    const { era } = this.of(partition);
    this.#raise(partition, { era, place });
  }

  /** What is missing behind this place is gone for good. */
  accept(partition: number, place: number): void {
    const { era } = this.of(partition);
    this.#raise(partition, { era: era + 1, place });
  }

  /** For others, who hear it. */
  toText(): string {
    return JSON.stringify([...this.#marks].map(([partition, { era, place }]) => [partition, era, place]));
  }

  /** What another process knows, by its `toText`. */
  hear(text: string): void {
    const told = JSON.parse(text) as readonly (readonly [number, number, number])[];
    for (const [partition, era, place] of told) this.#raise(partition, { era, place });
  }

  #raise(partition: number, mark: Mark): void {
    const known = this.of(partition);
    if (mark.era > known.era || (mark.era === known.era && mark.place > known.place))
      this.#marks.set(partition, mark);
  }
}
