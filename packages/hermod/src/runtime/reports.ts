/** Reports: hands each report to everybody who listens; what a listener throws is contained and told to the others. */
import { isPromise } from "../core/maybe.ts";
import type { Listener, Report, Reporter } from "../core/report.ts";

/** One listening: the same function can listen twice. */
interface Ear {
  readonly listener: Listener;
}

export class Reports implements Reporter {
  #ears: readonly Ear[] = [];

  get active(): boolean {
    return this.#ears.length > 0;
  }

  /** Adds a listener; returns its end. */
  add(listener: Listener): () => void {
    const ear: Ear = { listener };
    this.#ears = [...this.#ears, ear];
    return () => {
      this.#ears = this.#ears.filter((other) => other !== ear);
    };
  }

  emit(report: Report): void {
    for (const ear of this.#ears) this.#tell(ear, report);
  }

  #tell(ear: Ear, report: Report): void {
    try {
      const told: unknown = ear.listener(report);
      if (isPromise(told)) told.catch((error: unknown) => this.#failed(ear, report, error));
    } catch (error) {
      this.#failed(ear, report, error);
    }
  }

  /** A listener that fails at the report of its own failure is not told again: that would never end. */
  #failed(ear: Ear, report: Report, error: unknown): void {
    if (report.type === "listener.failed") return;
    const told: Report = { type: "listener.failed", listener: ear.listener.name, error };
    for (const other of this.#ears) if (other !== ear) this.#tell(other, told);
  }
}
