/** Intake: the answer to each message that is to be stored, alone or together with others. */
import type { Envelope } from "../../core/envelope.ts";
import type { Maybe } from "../../core/maybe.ts";
import { STORED, type Appended, type AppendedAll, type Settled } from "../../core/store.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Box } from "../shelf/box.ts";
import { lacksRoom, type Capacity } from "../shelf/capacity.ts";
import { Plan } from "../shelf/plan.ts";
import type { Senders } from "../shelf/senders.ts";
import type { MemoryShelf } from "./shelf.ts";

const UNKNOWN: Appended = Object.freeze({ status: "unknown" });

/** The first message that keeps out the rest. */
export type Refused = AppendedAll & Settled & { readonly status: "refused" };

export class Intake {
  readonly #shelf: MemoryShelf;
  readonly #capacity: Capacity;
  readonly #arrivals: Arrivals;
  readonly #senders: Senders;

  constructor(shelf: MemoryShelf, capacity: Capacity, arrivals: Arrivals, senders: Senders) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#arrivals = arrivals;
    this.#senders = senders;
  }

  append(envelope: Envelope, fresh: boolean): Maybe<Appended> {
    const known = fresh && envelope.idempotencyKey === undefined ? undefined : this.#arrivals.known(envelope);
    if (known) return known;
    if (envelope.to === undefined) return this.#publish(envelope, fresh);
    const box = this.#shelf.boxOf(envelope.to);
    if (box === undefined) return UNKNOWN;
    const full = this.#capacity.full(box, envelope);
    if (full && box.rule.overflow === "wait" && lacksRoom(full))
      return this.#senders.wait(box, envelope, full);
    const answer = full === undefined ? STORED : this.#capacity.overflow(box, envelope, full);
    if (!isKept(answer)) return answer;
    const spent = this.#shelf.notes.refusal(envelope);
    if (spent) return spent;
    if (full === undefined) return this.#arrivals.keep(box, envelope, fresh);
    return this.#arrivals.carryOut(envelope, answer, fresh);
  }

  /** Stores all or none of them. */
  appendAll(
    envelopes: readonly Envelope[],
    fresh: boolean,
  ): (AppendedAll & { readonly status: "stored" }) | Refused {
    const answers = this.#plan(envelopes, fresh);
    if (!answers.every(isKept)) return refusalOf(envelopes, answers);
    for (let index = 0; index < envelopes.length; index++) {
      this.#arrivals.carryOut(envelopes[index] as Envelope, answers[index] as Appended, fresh);
    }
    return { status: "stored", answers };
  }

  #publish(envelope: Envelope, fresh: boolean): Appended {
    const boxes = this.#shelf.boundTo(envelope);
    if (boxes.length === 0) return UNKNOWN;
    const full = this.#capacity.beyondBudget(envelope, envelope.size * boxes.length);
    return full ?? this.#shelf.notes.refusal(envelope) ?? this.#arrivals.spread(boxes, envelope, fresh);
  }

  /** What `append` would answer for each, taken together; nothing is changed. */
  #plan(envelopes: readonly Envelope[], fresh: boolean): Appended[] {
    const plan = envelopes.length > 1 ? new Plan(this.#shelf.clock.now()) : undefined;
    return envelopes.map((envelope) => this.#planOne(envelope, fresh, plan));
  }

  #planOne(envelope: Envelope, fresh: boolean, plan?: Plan): Appended {
    const isNew = fresh && envelope.idempotencyKey === undefined;
    const known = isNew ? undefined : (this.#arrivals.known(envelope) ?? plan?.twinOf(envelope));
    if (known) return known;
    const answer =
      envelope.to === undefined ? this.#planCopies(envelope, plan) : this.#planSend(envelope, plan);
    if (!isKept(answer)) return answer;
    const spent = this.#shelf.notes.refusal(envelope, plan?.sentIn(envelope.conversationId));
    if (spent === undefined) plan?.remember(envelope);
    return spent ?? answer;
  }

  #planSend(envelope: Envelope, plan?: Plan): Appended {
    const box = this.#shelf.boxOf(envelope.to);
    return box === undefined ? UNKNOWN : this.#planFor(box, envelope, plan);
  }

  /** A mailbox that is full will turn its own copy away, so only the store's budget speaks against a publish. */
  #planCopies(envelope: Envelope, plan?: Plan): Appended {
    const boxes = this.#shelf.boundTo(envelope);
    if (boxes.length === 0) return UNKNOWN;
    const full = this.#capacity.beyondBudget(envelope, envelope.size * boxes.length, plan);
    if (full) return full;
    for (const box of boxes) this.#planFor(box, envelope, plan);
    return STORED;
  }

  #planFor(box: Box, envelope: Envelope, plan?: Plan): Appended {
    const full = this.#capacity.full(box, envelope, plan);
    const answer = full === undefined ? STORED : this.#capacity.overflow(box, envelope, full, plan);
    if (answer === STORED) plan?.add(box, envelope);
    return answer;
  }
}

/** The first message that keeps out the rest, and the others that would. */
function refusalOf(envelopes: readonly Envelope[], answers: readonly Appended[]): Refused {
  const refused = answers.flatMap((answer, at) =>
    isKept(answer) ? [] : [{ output: envelopes[at] as Envelope, answer }],
  );
  const [first, ...others] = refused;
  return { status: "refused", ...(first as (typeof refused)[0]), ...(others.length > 0 && { others }) };
}

function isKept({ status }: Appended): boolean {
  return status === "stored" || status === "dropped" || status === "duplicate";
}
