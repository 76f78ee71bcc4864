/**
 * RollingWindow: how many deliveries ended, and how many of them failed, in a time that moves along. Ten buckets, each a tenth
 * of the window wide, lie on a fixed grid of time; what ends falls into the bucket of its moment, and the bucket of now and the
 * nine before it count. So an outcome counts for more than nine tenths of the window and for no longer than the whole, and
 * memory is the same for ten outcomes and for ten million. Reading changes nothing.
 */

const BUCKETS = 10;

export class RollingWindow {
  readonly #width: number;
  /** The place on the grid of time that each bucket holds now. */
  readonly #places: number[] = new Array<number>(BUCKETS).fill(-Infinity);
  readonly #ended: number[] = new Array<number>(BUCKETS).fill(0);
  readonly #failed: number[] = new Array<number>(BUCKETS).fill(0);

  /** `window` in milliseconds, above 0. */
  constructor(window: number) {
    this.#width = window / BUCKETS;
  }

  /** Counts an outcome; monotonic milliseconds from 0 up. */
  note(failed: boolean, now: number): void {
    const place = this.#placeOf(now);
    const bucket = place % BUCKETS;
    if (this.#places[bucket] !== place) this.#reuse(bucket, place);
    this.#ended[bucket] = (this.#ended[bucket] as number) + 1;
    if (failed) this.#failed[bucket] = (this.#failed[bucket] as number) + 1;
  }

  /** Deliveries that ended in the window. */
  ended(now: number): number {
    return this.#sum(this.#ended, now);
  }

  /** Deliveries that ended in the window and failed. */
  failed(now: number): number {
    return this.#sum(this.#failed, now);
  }

  #placeOf(now: number): number {
    return Math.floor(now / this.#width);
  }

  #reuse(bucket: number, place: number): void {
    this.#places[bucket] = place;
    this.#ended[bucket] = 0;
    this.#failed[bucket] = 0;
  }

  #sum(counts: readonly number[], now: number): number {
    const first = this.#placeOf(now) - BUCKETS + 1;
    let sum = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if ((this.#places[bucket] as number) >= first) sum += counts[bucket] as number;
    }
    return sum;
  }
}
