/**
 * Purse: how a message is counted whose conversation lives in another partition. It is counted there before it is stored, so that a
 * conversation never sends more than it may, and given back when it is not stored after all. What its own partition counts beside that
 * is never more, unless amounts were given back by hand: then it is set anew.
 */
import { amend, messageLimit, type Envelope } from "../../core/envelope.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import type { Appended, Store } from "../../core/store.ts";
import { partitionOfText } from "./partitions.ts";

const ONE = Object.freeze({ messages: 1 });
const BACK = Object.freeze({ messages: -1 });

export class Purse {
  readonly #stores: readonly Store[];
  /** By conversation: the messages that are counted and not stored yet. */
  readonly #open = new Map<string, Set<Promise<void>>>();

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  /** The partition that counts a message, where it is counted at all. */
  homeOf(envelope: Envelope): number | undefined {
    if (messageLimit(envelope) === undefined) return undefined;
    return partitionOfText(envelope.conversationId, this.#stores.length);
  }

  /** Counts a message; the refusal of one beyond its budget. */
  pay(envelope: Envelope): Maybe<Appended | undefined> {
    const limits = { messages: messageLimit(envelope) as number };
    return chain(this.#home(envelope).spend(envelope.conversationId, ONE, limits), ({ amounts, refused }) =>
      refused === undefined ? undefined : { status: "spent", sent: amounts["messages"] ?? 0 },
    );
  }

  /** Counts a message no more. */
  giveBack(envelope: Envelope): Maybe<unknown> {
    return this.#home(envelope).spend(envelope.conversationId, BACK, {});
  }

  /** The refusal of a message beyond its budget, which is counted where it arrives. */
  look(envelope: Envelope): Maybe<Appended | undefined> {
    const most = messageLimit(envelope) as number;
    return chain(this.#home(envelope).spend(envelope.conversationId, {}, {}), ({ amounts }) => {
      const sent = amounts["messages"] ?? 0;
      return sent + 1 > most ? { status: "spent", sent } : undefined;
    });
  }

  /** Stores a message that is counted elsewhere. */
  append(partition: number, envelope: Envelope, fresh: boolean): Maybe<Appended> {
    const store = this.#stores[partition] as Store;
    return chain(store.append(envelope, fresh), (answer) => {
      if (answer.status !== "spent") return answer;
      const local = store.spend(envelope.conversationId, { messages: -answer.sent }, {});
      return chain(local, () => store.append(envelope, fresh));
    });
  }

  /** Counts a message elsewhere and stores it; beyond its budget it is still recognised. */
  appendCounted(partition: number, envelope: Envelope, fresh: boolean): Maybe<Appended> {
    const known =
      fresh && envelope.idempotencyKey === undefined ? undefined : this.#probe(partition, envelope);
    return chain(known, (answer) => answer ?? this.#appendPaid(partition, envelope, fresh));
  }

  /** The answer for a message that is not stored whatever its budget, found without counting it; it waits for room as the message would. */
  #probe(partition: number, envelope: Envelope): Maybe<Appended | undefined> {
    const broke = amend(envelope, { budget: { ...envelope.budget, messages: 0 } });
    return chain((this.#stores[partition] as Store).append(broke), (answer) =>
      answer.status === "spent" ? undefined : answer,
    );
  }

  /** One that is refused while others may still give back what they paid asks again when one of them knows. */
  async #appendPaid(partition: number, envelope: Envelope, fresh: boolean): Promise<Appended> {
    const { conversationId } = envelope;
    for (;;) {
      const refused = await this.pay(envelope);
      if (refused === undefined)
        return this.#hold(conversationId, this.#appendHeld(partition, envelope, fresh));
      const open = this.#open.get(conversationId);
      if (open === undefined) return refused;
      await Promise.race(open);
    }
  }

  async #appendHeld(partition: number, envelope: Envelope, fresh: boolean): Promise<Appended> {
    // Where this fails nobody knows whether it was stored: it stays counted, so that nothing goes beyond the budget.
    const answer = await this.append(partition, envelope, fresh);
    if (!isTaken(answer)) await this.giveBack(envelope);
    return answer;
  }

  async #hold(conversation: string, answer: Promise<Appended>): Promise<Appended> {
    const open = this.#open.get(conversation) ?? new Set();
    const ended = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#open.set(conversation, open.add(ended));
    await ended;
    open.delete(ended);
    if (open.size === 0) this.#open.delete(conversation);
    return answer;
  }

  #home(envelope: Envelope): Store {
    return this.#stores[partitionOfText(envelope.conversationId, this.#stores.length)] as Store;
  }
}

/** True for a message that was sent by this: stored, or dropped by its mailbox's rule. */
export function isTaken({ status }: Appended): boolean {
  return status === "stored" || status === "dropped";
}
