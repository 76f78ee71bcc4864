/**
 * Lanes: messages in line by priority. Higher first; inside a lane by turn, the number that a message draws when it gets in
 * line and keeps through every release and retry, so that what comes back stands where it stood. Shared by the stores that
 * keep their order in memory.
 */
import type { Envelope } from "./envelope.ts";
import { laneOf, type OrderRule } from "./ordering.ts";
import { Ring } from "./ring.ts";

const HIGHEST = 4;

/** A message with its turn. */
export interface InLine {
  readonly envelope: Envelope;
  readonly turn: number;
}

/** Messages by turn. Turns have a ring of their own: an object for each message would cost more. */
export class Lane {
  readonly #messages = new Ring<Envelope>();
  readonly #turns = new Ring<number>();

  get length(): number {
    return this.#messages.length;
  }

  get first(): Envelope | undefined {
    return this.#messages.at(0);
  }

  /** The turn of the message at a place; Infinity where there is none. */
  turnAt(index: number): number {
    return this.#turns.at(index) ?? Infinity;
  }

  add(envelope: Envelope, turn: number): void {
    const at = this.#placeOf(turn);
    this.#messages.insert(at, envelope);
    this.#turns.insert(at, turn);
  }

  shift(): Envelope | undefined {
    this.#turns.shift();
    return this.#messages.shift();
  }

  /** The place of the first message that matches; -1 when there is none. */
  find(matches: (envelope: Envelope) => boolean): number {
    for (let at = 0; at < this.length; at++) if (matches(this.#messages.at(at) as Envelope)) return at;
    return -1;
  }

  removeAt(index: number): Envelope | undefined {
    this.#turns.removeAt(index);
    return this.#messages.removeAt(index);
  }

  *[Symbol.iterator](): IterableIterator<InLine> {
    for (let at = 0; at < this.length; at++) yield { envelope: this.#messages.at(at) as Envelope, turn: this.turnAt(at) };
  }

  #placeOf(turn: number): number {
    let high = this.length;
    if (high === 0 || turn > this.turnAt(high - 1)) return high;
    for (let low = 0; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.turnAt(middle) < turn) low = middle + 1;
      else high = middle;
    }
    return high;
  }
}

export class Lanes {
  readonly #lanes: (Lane | undefined)[] = [];
  readonly #rule: OrderRule;
  #length = 0;
  /** The turn of the message that was taken out last. */
  turn = 0;

  constructor(rule: OrderRule) {
    this.#rule = rule;
  }

  get length(): number {
    return this.#length;
  }

  /** The message that has been in line longest, of any priority. */
  get oldest(): Envelope | undefined {
    return this.#lanes[this.#oldestLane()]?.first;
  }

  /** The turn of the oldest; Infinity when there is none. */
  get oldestTurn(): number {
    return this.#lanes[this.#oldestLane()]?.turnAt(0) ?? Infinity;
  }

  add(envelope: Envelope, turn: number): void {
    (this.#lanes[laneOf(envelope, this.#rule)] ??= new Lane()).add(envelope, turn);
    this.#length++;
  }

  /** Takes the first of the highest priority, or the oldest of all. */
  shift(oldest: boolean): Envelope | undefined {
    if (this.#length === 0) return undefined;
    return this.#takeAt(oldest ? this.#oldestLane() : this.#highestLane(), 0);
  }

  /** As `shift`, among those that match; costs as much as stands before the one it takes. */
  take(matches: (envelope: Envelope) => boolean, oldest: boolean): Envelope | undefined {
    const found = { lane: 0, at: 0, turn: Infinity };
    for (let lane = HIGHEST; lane > 0; lane--) {
      const at = this.#lanes[lane]?.find(matches) ?? -1;
      if (at < 0) continue;
      const turn = (this.#lanes[lane] as Lane).turnAt(at);
      if (turn < found.turn) Object.assign(found, { lane, at, turn });
      if (!oldest) break;
    }
    return found.lane === 0 ? undefined : this.#takeAt(found.lane, found.at);
  }

  /** Gives the first message of each lane to `other`, or all of them; answers how many. */
  moveTo(other: Lanes, all: boolean): number {
    const before = this.#length;
    for (const lane of this.#lanes) {
      if (lane === undefined) continue;
      for (let left = all ? lane.length : Math.min(1, lane.length); left > 0; left--) {
        const turn = lane.turnAt(0);
        other.add(lane.shift() as Envelope, turn);
        this.#length--;
      }
    }
    return before - this.#length;
  }

  /** The messages by priority, then turn. */
  *[Symbol.iterator](): IterableIterator<InLine> {
    for (let lane = HIGHEST; lane > 0; lane--) yield* this.#lanes[lane] ?? [];
  }

  #takeAt(number: number, index: number): Envelope | undefined {
    const lane = this.#lanes[number] as Lane;
    this.turn = lane.turnAt(index);
    this.#length--;
    return index === 0 ? lane.shift() : lane.removeAt(index);
  }

  #highestLane(): number {
    let lane = HIGHEST;
    while (lane > 1 && !this.#lanes[lane]?.length) lane--;
    return lane;
  }

  #oldestLane(): number {
    let oldest = 0;
    let least = Infinity;
    for (let lane = 1; lane <= HIGHEST; lane++) {
      const turn = this.#lanes[lane]?.turnAt(0) ?? Infinity;
      if (turn < least) [oldest, least] = [lane, turn];
    }
    return oldest;
  }
}
