/** Statistics: plain counters, always on. Handling times are sampled, since reading the clock costs more than counting. */

import type { DeliveryNumbers, RouterNumbers } from "../core/numbers.ts";

/** Every how many deliveries of an agent the handling time is measured; the first always is. */
const SAMPLE = 16;

/** What one agent has done since it started. */
export class AgentStatistics {
  started = 0;
  acknowledged = 0;
  failed = 0;
  retried = 0;
  dead = 0;
  lastStartedAt: number | undefined;
  lastSettledAt: number | undefined;
  #samples = 0;
  #sampled = 0;

  /** True when this delivery's handling time is to be measured. */
  get isSample(): boolean {
    return this.started % SAMPLE === 1;
  }

  sample(milliseconds: number): void {
    this.#samples++;
    this.#sampled += milliseconds;
  }

  /** Average handling time in milliseconds, waiting aside; undefined before the first. */
  get averageMs(): number | undefined {
    return this.#samples === 0 ? undefined : this.#sampled / this.#samples;
  }
}

/** What the system has done since it started. */
export class Statistics {
  /** Messages stored for a recipient. */
  routed = 0;
  /** Messages handed to a handler or a puller. */
  delivered = 0;
  /** Messages that could not be stored: unknown recipient, no room, conflict. */
  refused = 0;
  duplicates = 0;
  acknowledged = 0;
  failed = 0;
  retried = 0;
  dead = 0;
  /** Attempts of the deliveries that reached their end. */
  attempts = 0;
  lateReplies = 0;

  get router(): RouterNumbers {
    return {
      routed: this.routed,
      delivered: this.delivered,
      failed: this.refused,
      duplicates: this.duplicates,
    };
  }

  get delivery(): DeliveryNumbers {
    const ended = this.acknowledged + this.failed;
    return {
      delivered: this.delivered,
      acknowledged: this.acknowledged,
      failed: this.failed,
      retried: this.retried,
      dead: this.dead,
      lateReplies: this.lateReplies,
      successRate: ended === 0 ? 0 : this.acknowledged / ended,
      failureRate: ended === 0 ? 0 : this.failed / ended,
      averageAttempts: ended === 0 ? 0 : this.attempts / ended,
    };
  }
}
