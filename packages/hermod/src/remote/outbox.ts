/** Outbox: frames on their way out. Those of one turn go as one message. */
import type { Clock } from "../core/clock.ts";
import { messageText } from "./protocol.ts";
import type { Wire } from "./wire.ts";

/** Characters that wait for the end of a turn. */
const MOST_WAITING = 2 ** 20;

export class Outbox {
  readonly #clock: Clock;
  readonly #wire: Wire;
  #frames: string[] = [];
  #length = 0;
  #over = false;

  constructor(clock: Clock, wire: Wire) {
    this.#clock = clock;
    this.#wire = wire;
  }

  readonly push = (frame: string): void => {
    this.#length += frame.length;
    if (this.#frames.push(frame) === 1) this.#clock.defer(() => this.flush());
    // Long answers go at once, so that the wire notices how much waits.
    if (this.#length > MOST_WAITING) this.flush();
  };

  /** Sends what there is now. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0 || this.#over) return;
    [this.#frames, this.#length] = [[], 0];
    this.#wire.send(messageText(frames));
  }

  /** Nothing more goes out. */
  end(): void {
    this.#over = true;
  }
}
