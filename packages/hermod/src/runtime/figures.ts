/** Figures: the numbers of a system, asked for, or reported at an interval. */
import { SCHEDULES } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import type { Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import type { Calls } from "./calls.ts";
import { toStatistics } from "./mailbox.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import type { AgentStatistics, Statistics } from "./statistics.ts";

/** What figures need. */
export interface FigureParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly reports: Reports;
  readonly registry: Registry;
  readonly calls: Calls;
  readonly statistics: Statistics;
}

export class Figures {
  readonly #parts: FigureParts;
  #end: Cancel = () => undefined;
  #ended = false;

  constructor(parts: FigureParts) {
    this.#parts = parts;
  }

  /** The numbers now. */
  async take(): Promise<SystemStatistics> {
    const { store, registry, statistics, calls } = this.#parts;
    const { items } = await ask("read", () => store.read({ type: "counts" }));
    const mailboxes = items
      .filter(({ mailbox }) => registry.has(mailbox) && mailbox !== SCHEDULES)
      .map((counts) => toStatistics(counts, registry.numbersOf(counts.mailbox) as AgentStatistics));
    const sum = (field: "waiting" | "delayed" | "running"): number =>
      mailboxes.reduce((total, box) => total + box[field], 0);
    const pending = sum("waiting") + sum("delayed");
    return {
      router: { ...statistics.router, routes: mailboxes.length },
      delivery: { ...statistics.delivery, pending, running: sum("running") },
      calls: { waiting: calls.size },
      mailboxes,
    };
  }

  /** Reports the numbers again and again; nothing is read while nobody listens. */
  report(every: number): void {
    if (this.#ended) return;
    const again = (): void => this.report(every);
    this.#end = this.#parts.clock.after(every, () => void this.#reportOnce().then(again), true);
  }

  /** Reports no more. */
  end(): void {
    this.#ended = true;
    this.#end();
  }

  async #reportOnce(): Promise<void> {
    const { reports } = this.#parts;
    if (!reports.active) return;
    try {
      reports.emit({ type: "statistics.taken", statistics: await this.take() });
    } catch (error) {
      reports.emit({ type: "store.failed", step: "read", error });
    }
  }
}
