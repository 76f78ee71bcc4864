/** Heartbeat: keeps the leases of running deliveries alive. One timer for all, and only while something runs. */
import type { Clock } from "../core/clock.ts";
import { StaleLeaseError } from "../core/errors.ts";
import { chain } from "../core/maybe.ts";
import type { Store } from "../core/store.ts";
import type { Instance, Running } from "./instance.ts";
import type { Reports } from "./reports.ts";

/** Part of a lease after which it is renewed. */
const PART = 1 / 3;

export class Heartbeat {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #instances: () => Iterable<Instance>;
  #shortest = Infinity;
  #beating = false;
  #closed = false;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, store: Store, reports: Reports, instances: () => Iterable<Instance>) {
    this.#clock = clock;
    this.#store = store;
    this.#reports = reports;
    this.#instances = instances;
  }

  /** Takes care of an agent with this lease from now on. */
  watch(lease: number): void {
    if (lease >= this.#shortest) return;
    this.#shortest = lease;
    if (!this.#beating || this.#closed) return;
    // A beat is under way that was set for a longer lease.
    this.#cancel();
    this.#beating = false;
    this.began();
  }

  /** Something began to run. */
  readonly began = (): void => {
    if (this.#beating || this.#closed) return;
    this.#beating = true;
    this.#cancel = this.#clock.after(this.#shortest * PART, () => this.#beat(), true);
  };

  close(): void {
    this.#cancel();
    this.#closed = true;
  }

  #beat(): void {
    this.#beating = false;
    let busy = false;
    for (const instance of this.#instances()) {
      if (!instance.busy) continue;
      busy = true;
      for (const running of [...instance.running]) this.#renew(instance, running);
    }
    if (busy) this.began();
  }

  #renew(instance: Instance, running: Running): void {
    const { claim } = running;
    if (claim.leaseUntil - this.#clock.now() > instance.lease * (1 - PART)) return;
    const lost = (error: unknown): void =>
      this.#reports.emit({ type: "store.failed", step: "extend", error });
    try {
      const kept = chain(this.#store.extend(claim, instance.lease), (extended) => {
        if (!extended) running.abort(stale(claim.envelope.id));
      });
      if (kept) void kept.catch(lost);
    } catch (error) {
      lost(error);
    }
  }
}

/** The error for a delivery whose lease was lost. */
export function stale(id: string): StaleLeaseError {
  return new StaleLeaseError(`the lease of message ${id} was lost: another delivery of it counts`);
}
