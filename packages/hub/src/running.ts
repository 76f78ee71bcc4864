/** Running: what the systems behind a hub say of one agent, found by its name, and brought together. */
import type { BreakerStatus, ChildStatus, MailboxStatistics } from "hermod";
import type { SystemStatus } from "./systems.ts";

/** One agent, pool or member in one system. */
export interface Place {
  readonly system: SystemStatus;
  readonly status: ChildStatus;
  /** The supervisors and pools above it, the nearest last. */
  readonly above: readonly string[];
}

/** How often messages ended how, since the systems started. */
export interface WorkNumbers {
  readonly processed: number;
  readonly failed: number;
  readonly retried: number;
  readonly dead: number;
  /** Handling time in milliseconds, over all of them. */
  readonly averageMs?: number;
}

/** All places of all systems, by their names. */
export class Running {
  readonly #places = new Map<string, Place[]>();
  readonly #numbers = new Map<string, MailboxStatistics[]>();
  /** Of each system that has one: the state that lets the least through, of its own breaker or those of its members. */
  readonly #breakers = new Map<string, State[]>();
  readonly #paused = new Map<string, number>();

  constructor(systems: readonly SystemStatus[]) {
    for (const system of systems) {
      const { look } = system;
      if (look === undefined) continue;
      for (const status of look.tree) this.#note(system, status, []);
      for (const numbers of look.statistics.mailboxes) put(this.#numbers, numbers.mailbox, numbers);
      const owners = Map.groupBy(look.breakers, ({ agent }) => ownerOf(agent, this.#places));
      for (const [name, breakers] of owners) put(this.#breakers, name, leastOf(breakers));
      for (const name of look.paused) this.#paused.set(name, (this.#paused.get(name) ?? 0) + 1);
    }
  }

  /** Where it runs. */
  places(name: string): readonly Place[] {
    return this.#places.get(name) ?? [];
  }

  /** How many systems have paused it. */
  paused(name: string): number {
    return this.#paused.get(name) ?? 0;
  }

  /** The state that says the most: of what failed before what runs. */
  state(name: string): ChildStatus["state"] | undefined {
    const states = new Set(this.places(name).map(({ status }) => status.state));
    return worst.find((state) => states.has(state));
  }

  /** Its breaker: closed where one system serves it, open where all that run it rest. */
  breaker(name: string): State | undefined {
    const states = this.#breakers.get(name);
    return states && states.reduce((most, state) => (letsMore(state, most) ? state : most));
  }

  /** How often it was started again, its members too. */
  restarts(name: string): number {
    return this.places(name).reduce((sum, { status }) => sum + restartsOf(status), 0);
  }

  numbers(name: string): WorkNumbers | undefined {
    const all = this.#numbers.get(name);
    if (all === undefined) return undefined;
    const sum = (field: "processed" | "failed" | "retried" | "dead"): number =>
      all.reduce((total, each) => total + each[field], 0);
    const [processed, failed, retried, dead] = [sum("processed"), sum("failed"), sum("retried"), sum("dead")];
    const timed = all.filter(({ averageMs }) => averageMs !== undefined);
    const weight = timed.reduce((total, each) => total + each.processed, 0);
    const time = timed.reduce((total, each) => total + (each.averageMs as number) * each.processed, 0);
    return { processed, failed, retried, dead, ...(weight > 0 && { averageMs: time / weight }) };
  }

  #note(system: SystemStatus, status: ChildStatus, above: readonly string[]): void {
    put(this.#places, status.name, { system, status, above });
    for (const child of status.children ?? []) this.#note(system, child, [...above, status.name]);
  }
}

type State = BreakerStatus["state"];

const least: readonly State[] = ["open", "half-open", "closed"];

/** True for a breaker that lets more through than the other. */
export function letsMore(one: State, other: State): boolean {
  return least.indexOf(one) > least.indexOf(other);
}

function leastOf(breakers: readonly BreakerStatus[]): State {
  return breakers
    .map(({ state }) => state)
    .reduce((least, state) => (letsMore(least, state) ? state : least));
}

const worst = ["failed", "starting", "stopped", "running"] as const;

function put<T>(map: Map<string, T[]>, name: string, item: T): void {
  const known = map.get(name);
  if (known) known.push(item);
  else map.set(name, [item]);
}

/** A member's breaker is that of its pool. */
function ownerOf(name: string, places: ReadonlyMap<string, readonly Place[]>): string {
  const pool = name.slice(0, Math.max(0, name.lastIndexOf("/")));
  return places.get(pool)?.some(({ status }) => status.type === "pool") ? pool : name;
}

function restartsOf({ restarts, type, children = [] }: ChildStatus): number {
  return type === "pool" ? children.reduce((sum, child) => sum + restartsOf(child), restarts) : restarts;
}
