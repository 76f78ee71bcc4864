/**
 * Forwarder: carries what waits in the outbox of one partition to where it belongs. Every process has one for each partition, and they
 * compete by ordinary claims: what one had in hand when it died comes back when its lease ends, and whoever carries it again finds it
 * recognised. While a destination does not answer, the claim is held and tried again, so nothing behind it gets past; what one answers that it
 * will never take is a dead letter.
 *
 *   settle → outbox ──claim──→ in hand ──land──→ at its destination, or a dead letter ──→ ack
 *                               ↑  └─ no answer, no room: again, later ─┘
 */
import type { Cancel, Clock } from "../../core/clock.ts";
import type { Reporter } from "../../core/report.ts";
import { promised } from "../../core/maybe.ts";
import { ACK, RELEASE } from "../../core/settlement.ts";
import type { Claim, Store } from "../../core/store.ts";
import { OUTBOX, OUTBOX_RULE, unwrap, type Parcel } from "./outbox.ts";

/** How long nobody else carries what one has in hand, milliseconds; it is held on to at each try. */
const LEASE = 4000;
/** Most parcels in hand at a time, each for another mailbox. */
const MOST = 256;
/** From the first wait between two tries to the longest, milliseconds. */
const SHORTEST = 100;
const LONGEST = 1000;
/** How long whoever put something there waits to see it carried, milliseconds. */
const PATIENCE = 1000;

/** Brings a parcel to its destination; false when it must be tried again. */
export type Land = (parcel: Parcel) => Promise<boolean>;

export class Forwarder {
  readonly #outbox: Store;
  readonly #land: Land;
  readonly #clock: Clock;
  readonly #reports: Reporter;
  readonly #unwatch: () => void;
  readonly #inHand = new Set<string>();
  /** What is in hand and was not tried yet. */
  readonly #untried = new Set<string>();
  /** Whoever waits until a parcel was tried once. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  /** Ends of the waits between two tries. */
  readonly #pauses = new Set<() => void>();
  #opened: Promise<void> | undefined;
  #isRunning = false;
  #isStirred = false;
  #isClosed = false;

  constructor(outbox: Store, land: Land, clock: Clock, reports: Reporter) {
    this.#outbox = outbox;
    this.#land = land;
    this.#clock = clock;
    this.#reports = reports;
    this.#unwatch = outbox.watch(OUTBOX, () => this.stir());
  }

  /** Carries what an earlier process has left. */
  begin(): void {
    void this.open().then(
      () => this.stir(),
      (error: unknown) => this.#failed(error),
    );
  }

  /** Ends when the outbox is there; tried again by who asks again. */
  async open(): Promise<void> {
    this.#opened ??= promised(() => this.#outbox.announce(OUTBOX, OUTBOX_RULE));
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  /** There may be something to carry. */
  stir(): void {
    this.#isStirred = true;
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Ends when these were tried once, here or elsewhere, or after a second. */
  async tried(ids: readonly string[]): Promise<void> {
    if (this.#isClosed || ids.length === 0) return;
    const all = Promise.all(ids.map((id) => this.#trial(id)));
    const cancel = this.#clock.after(PATIENCE, () => ids.forEach((id) => this.#told(id)));
    this.stir();
    await all;
    cancel();
  }

  /** Takes nothing more; what waits between two tries is given back. */
  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    for (const end of this.#pauses) end();
    for (const id of this.#waiting.keys()) this.#told(id);
  }

  async #run(): Promise<void> {
    while (this.#isStirred && !this.#isClosed) {
      this.#isStirred = false;
      await this.#round();
    }
    this.#isRunning = false;
  }

  /** Takes in hand what there is. What is found by nobody is carried elsewhere, or stands behind what waits. */
  async #round(): Promise<void> {
    const awaited = [...this.#waiting.keys()];
    const claims: Claim[] = [];
    try {
      await this.#outbox.claim(OUTBOX, MOST - this.#inHand.size, LEASE, claims, undefined, false, true);
    } catch (error) {
      this.#failed(error);
      void this.#pause(LONGEST).then(() => this.stir());
    }
    for (const claim of claims) void this.#carry(claim);
    if (claims.length === 0) for (const id of awaited) if (!this.#untried.has(id)) this.#told(id);
  }

  async #carry(claim: Claim): Promise<void> {
    const { id } = claim.envelope;
    this.#inHand.add(id);
    this.#untried.add(id);
    try {
      await this.#outbox.settle(claim, (await this.#landed(claim)) ? ACK : RELEASE, []);
    } catch (error) {
      // It comes back when its lease ends.
      this.#failed(error);
    }
    this.#inHand.delete(id);
    this.#told(id);
    this.stir();
  }

  /** Tries until it is where it belongs; false when the forwarder was closed, or somebody else has it, before. */
  async #landed(claim: Claim): Promise<boolean> {
    const parcel = unwrap(claim.envelope);
    for (let wait = SHORTEST; !this.#isClosed; wait = Math.min(wait * 2, LONGEST)) {
      if (await this.#tried(parcel)) return true;
      this.#told(claim.envelope.id);
      await this.#pause(wait);
      if (this.#isClosed || !(await this.#outbox.extend(claim, LEASE))) return false;
    }
    return false;
  }

  async #tried(parcel: Parcel): Promise<boolean> {
    try {
      return await this.#land(parcel);
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      this.#pauses.add(end);
      cancel = this.#clock.after(ms, end, true);
    });
  }

  #trial(id: string): Promise<void> {
    const trial = this.#waiting.get(id) ?? Promise.withResolvers<void>();
    this.#waiting.set(id, trial);
    return trial.promise;
  }

  #told(id: string): void {
    this.#untried.delete(id);
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }

  #failed(error: unknown): void {
    if (!this.#isClosed) this.#reports.emit({ type: "store.failed", step: "forward", error });
  }
}
