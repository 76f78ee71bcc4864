/**
 * Heartbeat: looks after what runs. It keeps the leases alive, tells handlers that their deadline has passed, and finds those
 * that have not ended long after they were told to. One timer for all, and only while something runs.
 */
import type { Clock } from "../core/clock.ts";
import { StaleLeaseError } from "../core/errors.ts";
import { chain } from "../core/maybe.ts";
import type { Claim, Store } from "../core/store.ts";
import type { Instance, Running } from "./instance.ts";
import type { Reports } from "./reports.ts";

/** Part of a lease after which it is renewed. */
const PART = 1 / 3;
/** Longest time between two looks. */
const LOOK = 1000;
/** How long a handler may go on after it was told to stop. */
export const PATIENCE = 5000;

/** What a heartbeat needs. */
export interface HeartbeatParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly reports: Reports;
  readonly instances: () => Iterable<Instance>;
  /** What the system's own subscribers are answering. */
  readonly desk: () => { readonly lease: number; answering(now: number): ReadonlySet<Claim> };
  /** A handler has not ended in time after it was told to. */
  readonly stuck: (instance: Instance, run: Running) => void;
}

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #shortest = Infinity;
  #beating = false;
  #closed = false;
  #cancel: () => void = () => undefined;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
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
    const pause = Math.min(this.#shortest * PART, LOOK);
    this.#cancel = this.#parts.clock.after(pause, () => this.#beat(), true);
  };

  /** All leases are lost at once. */
  voided(): void {
    for (const instance of this.#parts.instances())
      for (const run of [...instance.running]) if (!run.settling) run.abort(stale(run.claim.envelope.id));
  }

  close(): void {
    this.#cancel();
    this.#closed = true;
  }

  #beat(): void {
    this.#beating = false;
    const now = this.#parts.clock.now();
    const desk = this.#parts.desk();
    const answering = desk.answering(now);
    let busy = answering.size > 0;
    for (const claim of answering) this.#renew(claim, desk.lease, now, undefined);
    for (const instance of this.#parts.instances()) {
      if (!instance.busy) continue;
      busy = true;
      for (const run of [...instance.running]) this.#look(instance, run, now);
      for (const claim of [...instance.inHand()]) this.#renew(claim, instance.lease, now, undefined);
    }
    if (busy) this.began();
  }

  #look(instance: Instance, run: Running, now: number): void {
    if (run.deadline !== undefined && now > run.deadline) run.abort(run.expired());
    if (!run.settling && run.abortedAt !== undefined && now - run.abortedAt >= PATIENCE)
      return this.#parts.stuck(instance, run);
    this.#renew(run.claim, instance.lease, now, run);
  }

  #renew(claim: Claim, lease: number, now: number, run: Running | undefined): void {
    if (claim.leaseUntil - now > lease * (1 - PART)) return;
    const lost = (error: unknown): void =>
      this.#parts.reports.emit({ type: "store.failed", step: "extend", error });
    try {
      const kept = chain(this.#parts.store.extend(claim, lease), (extended) => {
        // A settlement that is being stored may have ended the claim already.
        if (!extended && !run?.settling) run?.abort(stale(claim.envelope.id));
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
