/** Processes: several spreads over the same partitions, each of which may die at any of its calls, before it is carried out or after. */
import type { Clock } from "../../core/clock.ts";
import type { Random } from "../../core/id.ts";
import type { Store } from "../../core/store.ts";
import { spread } from "../spread.ts";
import type { SpreadEnv } from "./store.ts";

/** A call that nobody will answer, since who asked is dead. */
const never = new Promise<never>(() => undefined);

/** One process, as long as it lives. */
export class Process {
  readonly store: Store;
  /** Ends when it dies. */
  readonly death: Promise<"dead">;
  #isDead = false;
  #callsLeft = Infinity;
  #diesBefore = false;
  readonly #died = Promise.withResolvers<"dead">();
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(partitions: readonly Store[], env: SpreadEnv, random: Random) {
    this.#clock = env.clock;
    this.#random = random;
    this.death = this.#died.promise;
    this.store = spread(
      partitions.map((store) => this.#seen(store)),
      env,
    );
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Lets it die at so many calls from now, before that call is carried out or after. */
  doom(calls: number, before: boolean): void {
    this.#callsLeft = calls;
    this.#diesBefore = before;
  }

  /** A partition as it sees it: every answer comes some turns late. */
  #seen(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...given: unknown[]) => unknown;
        if (name === "watch")
          return (mailbox: unknown, wake: () => void) => method(mailbox, () => this.#isDead || wake());
        if (name === "close") return () => undefined;
        return (...given: unknown[]) => this.#call(() => method(...given));
      },
    });
  }

  async #call(run: () => unknown): Promise<unknown> {
    await this.#turns();
    if (this.#isDead) return never;
    const isLast = --this.#callsLeft < 0;
    if (isLast && this.#diesBefore) return this.#die();
    const answer = await run();
    if (isLast) return this.#die();
    await this.#turns();
    return this.#isDead ? never : answer;
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#died.resolve("dead");
    return never;
  }

  async #turns(): Promise<void> {
    for (let left = Math.floor(this.#random() * 3); left > 0; left--)
      await new Promise<void>((resolve) => this.#clock.defer(resolve));
  }
}
