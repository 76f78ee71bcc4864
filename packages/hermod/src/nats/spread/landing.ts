/** Landing: what becomes of a message that arrives from another partition, where nobody waits for the answer any more. */
import type { Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import { HermodError, toRecord, type ErrorRecord } from "../../core/errors.ts";
import type { DeadReason } from "../../core/settlement.ts";
import type { Appended, DeadLetter, Store } from "../../core/store.ts";
import { letterOf } from "../../stores/shelf/letter.ts";
import type { Parcel } from "./outbox.ts";
import type { Purse } from "./purse.ts";
import type { Reach } from "./reach.ts";
import { refusalOf } from "./refusal.ts";

/** How long a message waits for room when it has no deadline, milliseconds: as long as a sender does. */
const ROOM_WAIT = 30_000;

export class Landing {
  readonly #stores: readonly Store[];
  readonly #reach: Reach;
  readonly #purse: Purse;
  readonly #clock: Clock;
  readonly #died: (letter: DeadLetter) => void;

  constructor(
    stores: readonly Store[],
    reach: Reach,
    purse: Purse,
    clock: Clock,
    died: (letter: DeadLetter) => void,
  ) {
    this.#stores = stores;
    this.#reach = reach;
    this.#purse = purse;
    this.#clock = clock;
    this.#died = died;
  }

  /** Stores what has waited in partition `from`, or keeps it as a dead letter; false while there is no room for it and it may still wait. */
  async land(parcel: Parcel, from: number): Promise<boolean> {
    try {
      return await this.#land(parcel);
    } catch (error) {
      // Asked again it would be refused again, and keep back for ever what is behind it.
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      await this.#giveUp(parcel, reason, toRecord(error), from);
      return true;
    }
  }

  async #land(parcel: Parcel): Promise<boolean> {
    const { envelope } = parcel;
    const answer = await this.#append(parcel);
    if (answer.status === "full" && this.#clock.now() < (envelope.deadline ?? envelope.sentAt + ROOM_WAIT))
      return false;
    const reason = reasonOf(answer, envelope);
    if (reason !== undefined) await this.#giveUp(parcel, reason);
    return true;
  }

  async #giveUp(parcel: Parcel, reason: DeadReason, error?: ErrorRecord, from?: number): Promise<void> {
    const { envelope, paid } = parcel;
    await this.#bury(envelope, reason, error, from);
    // Of an event some copies may have arrived: it was sent.
    if (paid && envelope.to !== undefined) await this.#purse.giveBack(envelope);
  }

  /** Stores what may be lost; it is not tried again. What is `fresh` was not sent before. */
  async drop(parcel: Omit<Parcel, "paid">, fresh: boolean): Promise<void> {
    const { envelope } = parcel;
    const reason = reasonOf(await this.#append({ ...parcel, paid: true }, fresh), envelope);
    if (reason !== undefined) await this.#bury(envelope, reason);
  }

  #append({ envelope, partition, paid }: Parcel, fresh = false): Promise<Appended> {
    const isCounted = !paid && this.#purse.homeOf(envelope) === partition;
    const answer = isCounted
      ? this.#at(partition).append(envelope)
      : this.#purse.append(partition, envelope, fresh);
    return Promise.resolve(answer);
  }

  /** Where it belongs; who refuses to have it may refuse its letter too, which then stays where it has waited. */
  async #bury(
    envelope: Envelope,
    reason: DeadReason,
    error = toRecord(errorOf(envelope, reason)),
    from?: number,
  ): Promise<void> {
    try {
      await this.#at(this.#reach.home(envelope)).bury(envelope, reason, error);
    } catch (refused) {
      if (from === undefined || refusalOf(refused) === undefined) throw refused;
      await this.#at(from).bury(envelope, reason, error);
    }
    const death = { envelope, mailbox: undefined, reason, error, attempts: [], generation: 0 };
    this.#died(letterOf(death, this.#clock.now()));
  }

  #at(partition: number): Store {
    return this.#stores[partition] as Store;
  }
}

/** Why it is a dead letter; undefined when it has arrived. */
function reasonOf({ status }: Appended, { to }: Envelope): DeadReason | undefined {
  switch (status) {
    case "stored":
    case "dropped":
    case "duplicate":
      return undefined;
    case "unknown":
      return to === undefined ? "no-subscriber" : "no-recipient";
    case "full":
      return "overflow";
    case "spent":
      return "budget";
    case "conflict":
      return "terminal";
  }
}

function errorOf({ id, to, topic }: Envelope, reason: DeadReason): HermodError {
  const place = to === undefined ? `topic ${topic}` : `mailbox ${to}`;
  if (reason === "terminal")
    return new HermodError("HERMOD_CONFLICT", `message ${id} to ${place}: another one has its id or key`, {
      details: { id, to, topic },
    });
  return new HermodError(
    "HERMOD_OVERLOADED",
    `message ${id} to ${place} found ${found[reason] ?? "no place"}`,
    {
      details: { id, to, topic, reason },
    },
  );
}

const found: Readonly<Partial<Record<DeadReason, string>>> = {
  "no-recipient": "no such mailbox",
  "no-subscriber": "nobody bound to it",
  overflow: "no room",
  budget: "the budget of its conversation spent",
};
