/** Outbox: frames on their way out. Those of one turn go together, in as few messages as their bound allows. */
import type { Clock } from "../core/clock.ts";
import type { Said } from "./handed.ts";
import { messageText, type Frame } from "./protocol.ts";
import type { Wire } from "./wire.ts";

/** Characters of a message of several frames, which are three bytes each at the most: far from what ends a connection. */
const MOST_TEXT = 2 ** 20;

export class Outbox {
  readonly #clock: Clock;
  readonly #wire: Wire;
  #frames: Said[] = [];
  #length = 0;
  /** Whether they go out at the end of this turn, and whether they do when something else does. */
  #isDue = false;
  #waits = false;
  #over = false;

  constructor(clock: Clock, wire: Wire) {
    this.#clock = clock;
    this.#wire = wire;
  }

  /** True where frames go as they are; else each must be text. */
  get hands(): boolean {
    return this.#wire.hand !== undefined;
  }

  /** What nobody waits for can wait for company. */
  push(frame: Said, canWait = false): void {
    if (typeof frame === "string") this.#length += frame.length;
    this.#frames.push(frame);
    if (canWait && this.#wire.piggyback) this.#wait(this.#wire.piggyback);
    else this.#hurry();
    // Long answers go at once, so that the wire notices how much waits.
    if (this.#length > MOST_TEXT) this.flush();
  }

  #hurry(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.defer(() => {
      this.#isDue = false;
      this.flush();
    });
  }

  #wait(piggyback: (flush: () => void) => void): void {
    if (this.#isDue || this.#waits) return;
    this.#waits = true;
    piggyback(() => {
      this.#waits = false;
      this.flush();
    });
  }

  /** Sends what there is now. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0 || this.#over) return;
    [this.#frames, this.#length] = [[], 0];
    if (this.#wire.hand) this.#wire.hand(frames.map(toFrame));
    else for (const group of grouped(frames as string[])) this.#wire.send(messageText(group));
  }

  /** Nothing more goes out. */
  end(): void {
    this.#over = true;
  }
}

function toFrame(said: Said): Frame {
  return typeof said === "string" ? (JSON.parse(said) as Frame) : said;
}

/** The same frames in messages; one that is longer than the bound goes alone. */
function grouped(frames: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  let room = 0;
  for (const frame of frames) {
    if (frame.length > room) {
      groups.push([]);
      room = MOST_TEXT;
    }
    groups.at(-1)?.push(frame);
    room -= frame.length;
  }
  return groups;
}
