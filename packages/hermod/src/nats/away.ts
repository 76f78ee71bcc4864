/** Away: whether the broker can be reached, and who wants to know when it cannot, and when it can again. */
import type { NatsConnection } from "@nats-io/transport-node";
import { systemClock, type Cancel } from "../core/clock.ts";
import { unlessLeft } from "../core/within.ts";

/** How long a broker may be away before nobody waits for it at an end: it may only have been restarted. In milliseconds. */
const MOMENT = 1000;

export class Away {
  /** True while it cannot be reached. */
  #isAway = false;
  readonly #waiting = new Set<() => void>();

  #since = 0;
  readonly #expecting = new Set<() => void>();

  constructor(connection: NatsConnection) {
    void this.#listen(connection);
  }

  /** Since when it can be reached, by the monotonic clock; Infinity while it cannot. */
  get reachableSince(): number {
    return this.#isAway ? Infinity : this.#since;
  }

  /** Calls `back` each time that it can be reached again: what was said meanwhile, and what was under way, is lost. Returns the end of it. */
  whenBack(back: () => void): Cancel {
    this.#expecting.add(back);
    return () => void this.#expecting.delete(back);
  }

  /** What comes of something that needs the broker; undefined, and not even begun where that is known before, once it has been away for a moment. */
  async reached<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (this.#left(MOMENT) === 0) return undefined;
    return unlessLeft(act(), (leave) => this.whenGone(MOMENT, leave));
  }

  /** Calls `gone` once when it has been away for a moment, or for so many milliseconds where those are fewer: at once where it has been. Returns the end of it. */
  whenGone(patience: number, gone: () => void): Cancel {
    let late: Cancel | undefined;
    const look = (): void => {
      late?.();
      late = undefined;
      const left = this.#left(Math.min(patience, MOMENT));
      if (left === 0) told();
      // A timer may come a millisecond or two early: then there is some left.
      else if (left < Infinity) late = systemClock.after(left, look);
    };
    const end = (): void => {
      late?.();
      this.#waiting.delete(look);
    };
    const told = (): void => (end(), gone());
    this.#waiting.add(look);
    look();
    return end;
  }

  /** Milliseconds until it has been away for so many of them, 0 where it has; Infinity while it can be reached. */
  #left(ms: number): number {
    if (!this.#isAway) return Infinity;
    const left = this.#since + ms - systemClock.monotonic();
    // A timer may come a fraction of a millisecond early.
    return left < 1 ? 0 : left;
  }

  async #listen(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type !== "disconnect" && type !== "reconnect") continue;
      // The client tells of each try that is refused as of one more end, and of as many returns then: nothing has changed by those.
      if (this.#isAway === (type === "disconnect")) continue;
      this.#isAway = type === "disconnect";
      this.#since = systemClock.monotonic();
      for (const look of [...this.#waiting]) look();
      if (type === "reconnect") for (const back of [...this.#expecting]) back();
    }
  }
}
