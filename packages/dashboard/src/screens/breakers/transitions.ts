/** Transitions: what breakers did while this page looked; the hub keeps no list of it. */
import type { BreakerStatus } from "../../api/types.ts";

export interface Transition {
  readonly system: string;
  readonly agent: string;
  /** Milliseconds since 1970; of an opening as the breaker says it, else when it was seen. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
}

/** Most that are kept of one breaker. */
const MOST = 10;

export const wordOf = ({ state, forced }: Pick<BreakerStatus, "state" | "forced">): string =>
  forced ? `${state} by hand` : state;

const keyOf = ({ system, agent }: Pick<BreakerStatus, "system" | "agent">): string => `${system}\n${agent}`;

export class Transitions {
  readonly #states = new Map<string, string>();
  readonly #seen = new Map<string, readonly Transition[]>();
  #at = 0;

  /** Takes what the hub said at this time. */
  note(at: number, breakers: readonly BreakerStatus[]): void {
    if (at <= this.#at) return;
    this.#at = at;
    for (const breaker of breakers) {
      const [key, to] = [keyOf(breaker), wordOf(breaker)];
      const from = this.#states.get(key);
      this.#states.set(key, to);
      if (from === undefined || from === to) continue;
      const opened = to === "open" && breaker.openedAt !== undefined ? Date.parse(breaker.openedAt) : at;
      const next = { system: breaker.system, agent: breaker.agent, at: opened, from, to };
      this.#seen.set(key, [next, ...(this.#seen.get(key) ?? [])].slice(0, MOST));
    }
  }

  /** Those of one breaker, the newest first. */
  of(breaker: Pick<BreakerStatus, "system" | "agent">): readonly Transition[] {
    return this.#seen.get(keyOf(breaker)) ?? [];
  }

  /** Those of all, the newest first. */
  get all(): readonly Transition[] {
    return [...this.#seen.values()].flat().toSorted((a, b) => b.at - a.at);
  }
}

/** One for the page. */
export const transitions = new Transitions();
