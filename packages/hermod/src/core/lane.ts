/**
 * Lane: messages by turn, the number that a message draws when it gets in line and keeps through every release and retry. A
 * ring of two arrays, so that the usual ways in (at the end) and out (at the front) shift nothing and cost no object.
 */
import type { Envelope } from "./envelope.ts";

/** A message with its turn. */
export interface InLine {
  readonly envelope: Envelope;
  readonly turn: number;
}

export class Lane {
  #messages: (Envelope | undefined)[] = [];
  #turns: number[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): Envelope | undefined {
    return this.#messages[this.#head];
  }

  /** The turn of the message at a place counted from the front; Infinity where there is none. */
  turnAt(place: number): number {
    return place < this.#length ? (this.#turns[this.#index(place)] as number) : Infinity;
  }

  /** Puts a message where its turn says: mostly at the end, and near the front when it comes back. */
  add(envelope: Envelope, turn: number): void {
    if (this.#length === this.#messages.length) this.#grow();
    const index = this.#index(this.#makeRoom(turn));
    this.#messages[index] = envelope;
    this.#turns[index] = turn;
    this.#length++;
  }

  shift(): Envelope | undefined {
    if (this.#length === 0) return undefined;
    const envelope = this.#messages[this.#head];
    this.#messages[this.#head] = undefined;
    this.#head = this.#index(1);
    this.#length--;
    // A lane that was long once must not keep its room for ever.
    if (this.#length === 0 && this.#messages.length > 1024) [this.#messages, this.#turns] = [[], []];
    return envelope;
  }

  /** The place of the first message that matches; -1 when there is none. */
  find(matches: (envelope: Envelope) => boolean): number {
    for (let place = 0; place < this.#length; place++) {
      if (matches(this.#messages[this.#index(place)] as Envelope)) return place;
    }
    return -1;
  }

  /** Takes out the message at a place; costs as much as there are messages behind it. */
  removeAt(place: number): Envelope | undefined {
    const envelope = this.#messages[this.#index(place)];
    for (let at = place; at < this.#length - 1; at++) this.#move(at + 1, at);
    this.#length--;
    this.#messages[this.#index(this.#length)] = undefined;
    return envelope;
  }

  *[Symbol.iterator](): IterableIterator<InLine> {
    for (let place = 0; place < this.#length; place++) {
      yield { envelope: this.#messages[this.#index(place)] as Envelope, turn: this.turnAt(place) };
    }
  }

  #index(place: number): number {
    return (this.#head + place) & (this.#messages.length - 1);
  }

  #move(from: number, to: number): void {
    this.#messages[this.#index(to)] = this.#messages[this.#index(from)];
    this.#turns[this.#index(to)] = this.#turns[this.#index(from)] as number;
  }

  /** Moves the fewer of those before and behind the turn aside; answers the place that is free by that. */
  #makeRoom(turn: number): number {
    const place = this.#placeOf(turn);
    if (place < this.#length >> 1) {
      this.#head = this.#index(-1);
      for (let at = 0; at < place; at++) this.#move(at + 1, at);
    } else {
      for (let at = this.#length; at > place; at--) this.#move(at - 1, at);
    }
    return place;
  }

  #placeOf(turn: number): number {
    let high = this.#length;
    if (high === 0 || turn > this.turnAt(high - 1)) return high;
    for (let low = 0; low < high;) {
      const middle = (low + high) >> 1;
      if (this.turnAt(middle) < turn) low = middle + 1;
      else high = middle;
    }
    return high;
  }

  #grow(): void {
    const room = Math.max(4, this.#messages.length * 2);
    this.#messages = this.#messages.slice(this.#head).concat(this.#messages.slice(0, this.#head));
    this.#turns = this.#turns.slice(this.#head).concat(this.#turns.slice(0, this.#head));
    this.#messages.length = this.#turns.length = room;
    this.#head = 0;
  }
}
