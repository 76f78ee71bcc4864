/** Compacting: gives the room of what is forgotten back to the disk while the store is open. What is sent meanwhile waits for its end. */
import type { Operated } from "../../core/store.ts";
import type { Reporter } from "../../core/report.ts";
import { compactSteps } from "./file.ts";
import type { FilePort } from "./port.ts";

export class Compacting {
  readonly #port: FilePort;
  readonly #reports: Reporter;
  #running: Promise<Operated> | undefined;

  constructor(port: FilePort, reports: Reporter) {
    this.#port = port;
    this.#reports = reports;
  }

  /** Compacts; whoever asks meanwhile gets the same answer. */
  run(): Promise<Operated> {
    return (this.#running ??= this.#run().finally(() => (this.#running = undefined)));
  }

  async #run(): Promise<Operated> {
    const total = compactSteps.length;
    let [before, after]: [number?, number?] = [];
    for (const [done, step] of compactSteps.entries()) {
      this.#reports.emit({ type: "store.compacted", step, done, total });
      const bytes = await this.#port.compact(step);
      [before, after] = [before ?? bytes, bytes];
    }
    this.#reports.emit({ type: "store.compacted", step: "end", done: total, total });
    return { status: "done", count: Math.max(0, (before ?? 0) - (after ?? 0)) };
  }
}
