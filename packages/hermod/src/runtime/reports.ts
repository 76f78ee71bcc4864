/** Reports: hands each report to everybody who listens; what a listener throws is contained and told to the others. */
import type { Listener, Report, Reporter } from "../core/report.ts";

export class Reports implements Reporter {
  #listeners: readonly Listener[] = [];

  get active(): boolean {
    return this.#listeners.length > 0;
  }

  /** Adds a listener; returns its end. */
  add(listener: Listener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  emit(report: Report): void {
    for (const listener of this.#listeners) this.#tell(listener, report);
  }

  #tell(listener: Listener, report: Report): void {
    try {
      listener(report);
    } catch (error) {
      // A listener that fails at the report of its own failure is not told again: that would never end.
      if (report.type === "listener.failed") return;
      const others = this.#listeners.filter((other) => other !== listener);
      for (const other of others) this.#tell(other, { type: "listener.failed", listener: listener.name, error });
    }
  }
}
