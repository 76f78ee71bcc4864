/** Rates: how fast each agent works, from what the hub counts each time it is asked. Kept beside React, so that a line goes on where it was left. */
import type { AgentStatus } from "../../api/types.ts";

/** What an agent did between two answers of the hub. */
export interface Pace {
  /** Attempts that ended, a second. */
  readonly perSecond: number;
  /** Those that failed, of those of the last minute; 0 to 1. */
  readonly failing: number;
  /** Attempts a second, the oldest first. */
  readonly line: readonly number[];
}

/** Answers that are kept: a minute of them. */
const KEPT = 30;

interface Step {
  readonly seconds: number;
  readonly ended: number;
  readonly failed: number;
}

interface Kept {
  readonly at: number;
  readonly ended: number;
  readonly failed: number;
  readonly steps: readonly Step[];
}

const still: Pace = { perSecond: 0, failing: 0, line: [] };

export class Rates {
  #agents = new Map<string, Kept>();
  #at: number | undefined;

  /** Takes what the hub counted at this time, in milliseconds; an answer that was taken is not taken twice. */
  note(at: number, agents: readonly AgentStatus[]): void {
    if (at === this.#at) return;
    this.#at = at;
    const next = new Map<string, Kept>();
    for (const agent of agents) {
      const kept = this.#next(at, agent);
      if (kept) next.set(agent.name, kept);
    }
    this.#agents = next;
  }

  /** Takes what the hub counted of one agent alone. */
  add(at: number, agent: AgentStatus): void {
    const kept = this.#next(at, agent);
    if (kept) this.#agents.set(agent.name, kept);
  }

  #next(at: number, { name, numbers }: AgentStatus): Kept | undefined {
    const before = this.#agents.get(name);
    if (numbers === undefined || (before && at <= before.at)) return before;
    const failed = numbers.failed + numbers.retried;
    return follow(before, { at, failed, ended: numbers.processed + failed });
  }

  of(name: string): Pace {
    const steps = this.#agents.get(name)?.steps;
    const last = steps?.at(-1);
    if (steps === undefined || last === undefined) return still;
    const sum = (field: "ended" | "failed"): number => steps.reduce((total, step) => total + step[field], 0);
    return {
      perSecond: last.ended / last.seconds,
      failing: sum("ended") === 0 ? 0 : sum("failed") / sum("ended"),
      line: steps.map(({ ended, seconds }) => ended / seconds),
    };
  }
}

/** A system that was started again counts anew: nothing is known of the step in between. */
function follow(before: Kept | undefined, now: Omit<Kept, "steps">): Kept {
  if (before === undefined || now.ended < before.ended) return { ...now, steps: [] };
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const failed = Math.max(0, now.failed - before.failed);
  const step = { seconds, failed, ended: now.ended - before.ended };
  return { ...now, steps: [...before.steps, step].slice(-KEPT) };
}

/** One for the page. */
export const rates = new Rates();
