/**
 * Lanes: messages in line by priority. Higher first, and by turn inside a lane; or the one that has been in line longest.
 * Shared by the stores that keep their order in memory.
 */
import type { Envelope } from "./envelope.ts";
import { Lane, type InLine } from "./lane.ts";
import { laneOf, type OrderRule } from "./ordering.ts";

const HIGHEST = 4;

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

  /** How many messages stand in a lane. */
  lengthOf(lane: number): number {
    return this.#lanes[lane]?.length ?? 0;
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
