/**
 * Keys: which order keys of a mailbox are busy, and the messages parked behind them. When a key is free, only the first
 * message of each priority goes back to its lane: one of them runs, and its end calls the next ones. So whatever is parked
 * behind a free key has an earlier message of its key and priority in the lanes, and nothing is stuck.
 */
import type { Envelope } from "./envelope.ts";
import type { InLine } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import type { OrderRule } from "./ordering.ts";

export class Keys {
  /** How many running messages, and in strict order waiting retries, keep a key. */
  readonly #busy = new Map<string, number>();
  readonly #parked = new Map<string, Lanes>();
  readonly #rule: OrderRule;
  #length = 0;

  constructor(rule: OrderRule) {
    this.#rule = rule;
  }

  /** How many messages are parked. */
  get length(): number {
    return this.#length;
  }

  isBusy(key: string): boolean {
    return this.#busy.has(key);
  }

  hold(key: string): void {
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
  }

  /** Lets go of a key; when it is free by that, the next messages go to the lanes. */
  free(key: string, lanes: Lanes): void {
    const left = (this.#busy.get(key) ?? 1) - 1;
    if (left > 0) return void this.#busy.set(key, left);
    this.#busy.delete(key);
    this.#unpark(key, lanes, false);
  }

  park(key: string, envelope: Envelope, turn: number): void {
    let parked = this.#parked.get(key);
    if (parked === undefined) this.#parked.set(key, (parked = new Lanes(this.#rule)));
    parked.add(envelope, turn);
    this.#length++;
  }

  /** Tells that a message has left the lanes without running: the next ones of its key may have to take its place. */
  passOn(key: string, lanes: Lanes): void {
    if (!this.isBusy(key)) this.#unpark(key, lanes, false);
  }

  /** Gives all that is parked behind free keys to the lanes: a filter may choose any of it. */
  unparkFree(lanes: Lanes): void {
    for (const key of this.#parked.keys()) if (!this.isBusy(key)) this.#unpark(key, lanes, true);
  }

  /** Gives all that is parked to the lanes, where a claim beside what runs looks for it. */
  unparkAll(lanes: Lanes): void {
    for (const key of this.#parked.keys()) this.#unpark(key, lanes, true);
  }

  /** The message parked longest, if it got in line before the given turn. */
  oldestBefore(turn: number): Envelope | undefined {
    return this.#longest(turn)?.oldest;
  }

  /** Takes out the message parked longest, if it got in line before the given turn. */
  shiftBefore(turn: number): Envelope | undefined {
    const envelope = this.#longest(turn)?.shift(true);
    if (envelope !== undefined) this.#length--;
    return envelope;
  }

  *[Symbol.iterator](): IterableIterator<InLine> {
    for (const parked of this.#parked.values()) yield* parked;
  }

  #unpark(key: string, lanes: Lanes, all: boolean): void {
    const parked = this.#parked.get(key);
    if (parked === undefined) return;
    this.#length -= parked.moveTo(lanes, all);
    if (parked.length === 0) this.#parked.delete(key);
  }

  #longest(turn: number): Lanes | undefined {
    let [longest, least]: [Lanes | undefined, number] = [undefined, turn];
    for (const parked of this.#parked.values()) {
      if (parked.oldestTurn < least) [longest, least] = [parked, parked.oldestTurn];
    }
    return longest;
  }
}
