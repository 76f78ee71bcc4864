/**
 * Tenancy: what this process does about one partition as processes come and go: it takes it when its turn has come, serves it while it owns it,
 * and gives it up in order to whose turn it is, or at once when it finds that another one owns it.
 */
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import type { StoreEnv } from "../core/store.ts";
import { Hosting } from "../remote/hosting.ts";
import { measured } from "../remote/limits.ts";
import type { Broker } from "./connect.ts";
import type { Copies } from "./copies.ts";
import { Door } from "./door.ts";
import { Gate } from "./gate.ts";
import type { Owners } from "./owners.ts";
import { own } from "./own.ts";
import type { Owned } from "./partition.ts";
import type { Passage } from "./passage.ts";
import { toTrouble } from "./trouble.ts";
import { bestOwner } from "./spread/partitions.ts";
import { whatToDo, type Standing } from "./turns.ts";

/** What tenancies are made with. */
export interface TenancyParts {
  readonly broker: Broker;
  readonly copies: Copies;
  readonly env: StoreEnv;
  readonly owners: Owners;
  /** By which other processes of this machine may come; undefined where there is none. */
  readonly passage: Passage | undefined;
  /** A name that no other ownership has had. */
  readonly nameOf: () => string;
  /** Something could not be done; it is tried again when something changes. */
  readonly failed: (error: HermodError) => void;
}

interface Held {
  readonly name: string;
  readonly owned: Owned;
  readonly gate: Gate;
  readonly hosting: Hosting;
  readonly door: Door;
}

export class Tenancy {
  readonly #parts: TenancyParts;
  readonly #partition: number;
  #held: Held | undefined;
  /** What is being done, one thing after the other. */
  #busy: Promise<void> | undefined;
  #isOver = false;
  /** Ends a taking over that is under way. */
  readonly #ending = new AbortController();

  constructor(parts: TenancyParts, partition: number) {
    this.#parts = parts;
    this.#partition = partition;
  }

  /** The hosting of the partition while this process owns it under this name. */
  hosting(name: string): Hosting | undefined {
    return this.#held?.name === name ? this.#held.hosting : undefined;
  }

  /** Something has changed: does what is to be done now. */
  look(): void {
    this.#held?.gate.look();
    // An end does what is to be done in its own order: a leave beside it would carry over what has ended already.
    if (this.#busy || this.#isOver) return;
    const doing = whatToDo(this.#standing());
    if (doing === "take") this.#do(() => this.#take());
    if (doing === "leave") this.#do(() => this.#leave());
    if (doing === "drop") this.#do(() => this.#drop());
    if (doing === "clear") this.#do(() => this.#clear());
  }

  #standing(): Standing {
    const { owners, broker } = this.#parts;
    const [seat, members, held] = [owners.seat(this.#partition), owners.members(), this.#held?.name];
    const settled = systemClock.monotonic() - broker.terms.lease;
    // Nothing moves to a process that has only just come: it may be gone again.
    const isOne = ([name, since]: [string, number]): boolean =>
      !held || name === owners.self || since <= settled;
    const turn = bestOwner(
      this.#partition,
      [...members].filter(isOne).map(([name]) => name),
    );
    return {
      ...{ self: owners.self, seat, held },
      isThere: seat !== undefined && members.has(seat.process),
      turn,
    };
  }

  /** Serves nobody but this process any more, which gets the answers that it still waits for: the store behind them ends. */
  async retire(): Promise<void> {
    this.#isOver = true;
    this.#ending.abort();
    await this.#busy;
    const held = this.#held;
    if (held === undefined) return;
    held.door.hush();
    await this.#parts.broker.away.reached(() => held.owned.rest());
    held.door.close();
    await held.owned.retire();
  }

  /** Gives up what it owns. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#busy;
    if (this.#held) await this.#leave();
  }

  async #clear(): Promise<void> {
    await this.#parts.owners.leave(this.#partition);
  }

  #do(run: () => Promise<void>): void {
    this.#busy = run()
      .catch((error: unknown) => {
        if (!this.#isOver) this.#parts.failed(toTrouble(error, `partition ${this.#partition}`));
      })
      .finally(() => {
        this.#busy = undefined;
      });
  }

  async #take(): Promise<void> {
    const { broker, copies, env, owners, passage, nameOf } = this.#parts;
    const [partition, name] = [this.#partition, nameOf()];
    const epoch = await owners.take(partition, name);
    if (epoch === undefined) return;
    let held: Held | undefined;
    let isLost = false;
    const lost = (): void => {
      isLost = true;
      if (held) shut(held);
      // Where it is being given up already, that goes on to its end.
      if (held && this.#held === held) this.#do(() => this.#drop());
    };
    const { signal } = this.#ending;
    try {
      const owned = await own({
        ...{ broker, copies, env, partition, epoch, lost, signal },
        owner: name,
        vouch: () => owners.confirm(partition, name),
        marks: owners.marks,
      });
      // The journal knows of more: it was taken without the bucket, or more than once.
      if (owned.epoch > epoch) await owners.take(partition, name, owned.epoch);
      const gate = new Gate(owned.store, () => owners.isThere, owned.prove);
      const { clock, random } = env;
      const hosting = new Hosting({ store: gate.store, clock, random, limits: measured });
      const door = new Door({ broker, partition, name, hosting, passage });
      this.#held = held = { name, owned, gate, hosting, door };
      if (isLost) await this.#drop();
    } catch (error) {
      await owners.leave(partition);
      throw error;
    }
  }

  /** In order: whoever is served goes to the next owner, and what was decided is written before. */
  async #leave(): Promise<void> {
    const held = this.#held as Held;
    this.#held = undefined;
    held.door.hush();
    await held.owned.rest();
    shut(held);
    await held.owned.close();
    await this.#parts.owners.leave(this.#partition);
  }

  /** At once: another one owns it. */
  async #drop(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held) shut(held);
    await held?.owned.abandon();
  }
}

/** Nobody hears what a store says from now on: who asked is told how far it came, and asks the next owner. */
function shut({ door, hosting }: Held): void {
  door.close();
  hosting.close();
}
