/**
 * History: the messages of the past with what became of them, bounded by count and bytes. Writing is two pushes into rings;
 * the indexes by message, conversation and agent are filled when somebody first reads, from where the last reading ended.
 */
import type { Address } from "../../core/address.ts";
import { marksOf } from "../../core/dedupe.ts";
import type { Envelope } from "../../core/envelope.ts";
import { Ring } from "../../core/ring.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Attempt, Claim, MessageRecord } from "../../core/store.ts";

/** How much of the past is kept. */
export interface Retention {
  /** Most messages. */
  readonly count: number;
  /** Most bytes, a message counted as its payload and 400 bytes of envelope. */
  readonly bytes: number;
}

const ENVELOPE_BYTES = 400;

/** What became of a message at one moment: one object for attempt and state, since each message makes one. */
class Outcome {
  readonly envelope: Envelope;
  readonly state: MessageRecord["state"];
  readonly outcome: Attempt["outcome"] | undefined;
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: ErrorRecord | undefined;

  constructor(
    envelope: Envelope,
    state: MessageRecord["state"],
    outcome: Attempt["outcome"] | undefined,
    number: number,
    startedAt: number,
    endedAt: number,
    error: ErrorRecord | undefined,
  ) {
    this.envelope = envelope;
    this.state = state;
    this.outcome = outcome;
    this.number = number;
    this.startedAt = startedAt;
    this.endedAt = endedAt;
    this.error = error;
  }
}

/** A message as the indexes know it. */
interface Indexed {
  readonly sequence: number;
  readonly envelope: Envelope;
  state: MessageRecord["state"];
  attempts: Attempt[];
}

export class History {
  readonly #retention: Retention;
  readonly #messages = new Ring<Envelope>();
  readonly #outcomes = new Ring<Outcome>();
  readonly #byEnvelope = new Map<Envelope, Indexed>();
  readonly #byMark = new Map<string, Indexed>();
  readonly #lists = new Map<string, Ring<Indexed>>();
  /** Number of the first message kept, and of the first one not yet indexed. */
  #first = 1;
  #unindexed = 1;
  #bytes = 0;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  /** Keeps a message; the oldest go when a bound is passed. */
  add(envelope: Envelope): void {
    if (this.#retention.count === 0) return;
    this.#messages.push(envelope);
    this.#bytes += envelope.size + ENVELOPE_BYTES;
    while (this.#messages.length > this.#retention.count || this.#bytes > this.#retention.bytes) this.#forget();
  }

  /** Keeps how an attempt ended. */
  ended(claim: Claim, state: MessageRecord["state"], outcome: Attempt["outcome"], endedAt: number, error?: ErrorRecord): void {
    this.#push(new Outcome(claim.envelope, state, outcome, claim.attempt, claim.startedAt, endedAt, error));
  }

  /** Keeps a change of state that no attempt made: given up while waiting, or given back. */
  moved(envelope: Envelope, state: MessageRecord["state"]): void {
    this.#push(new Outcome(envelope, state, undefined, 0, 0, 0, undefined));
  }

  #push(outcome: Outcome): void {
    if (this.#retention.count === 0) return;
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > this.#retention.count) this.#outcomes.shift();
  }

  /** The message that bears one of these marks. */
  find(marks: readonly string[]): Envelope | undefined {
    this.#index();
    for (const mark of marks) {
      const known = this.#byMark.get(mark);
      if (known) return known.envelope;
    }
    return undefined;
  }

  /** Messages after a sequence number, oldest first: all, or those of a conversation or an agent. */
  *list(after: number, conversation?: string, agent?: Address): IterableIterator<MessageRecord & { sequence: number }> {
    this.#index();
    const list = conversation !== undefined ? this.#lists.get(`c ${conversation}`) : agent && this.#lists.get(`a ${agent}`);
    const all = conversation === undefined && agent === undefined;
    yield* all ? this.#from(after) : since(list ?? [], after);
  }

  *#from(after: number): IterableIterator<Indexed> {
    for (let at = Math.max(0, after + 1 - this.#first); at < this.#messages.length; at++) {
      yield this.#byEnvelope.get(this.#messages.at(at) as Envelope) as Indexed;
    }
  }

  #index(): void {
    for (; this.#unindexed < this.#first + this.#messages.length; this.#unindexed++) {
      this.#insert(this.#messages.at(this.#unindexed - this.#first) as Envelope, this.#unindexed);
    }
    for (let outcome = this.#outcomes.shift(); outcome; outcome = this.#outcomes.shift()) this.#apply(outcome);
  }

  #insert(envelope: Envelope, sequence: number): void {
    const indexed: Indexed = { sequence, envelope, state: "waiting", attempts: [] };
    this.#byEnvelope.set(envelope, indexed);
    for (const mark of marksOf(envelope)) this.#byMark.set(mark, indexed);
    for (const key of listKeys(envelope)) {
      const list = this.#lists.get(key) ?? new Ring<Indexed>();
      this.#lists.set(key, list);
      list.push(indexed);
    }
  }

  #apply({ envelope, state, outcome, number, startedAt, endedAt, error }: Outcome): void {
    const indexed = this.#byEnvelope.get(envelope);
    if (indexed === undefined) return;
    indexed.state = state;
    if (outcome) indexed.attempts.push({ number, startedAt, endedAt, outcome, ...(error && { error }) });
  }

  #forget(): void {
    const envelope = this.#messages.shift() as Envelope;
    this.#bytes -= envelope.size + ENVELOPE_BYTES;
    const indexed = this.#byEnvelope.get(envelope);
    this.#first++;
    if (this.#unindexed < this.#first) this.#unindexed = this.#first;
    if (indexed) this.#drop(indexed);
  }

  #drop(indexed: Indexed): void {
    this.#byEnvelope.delete(indexed.envelope);
    for (const mark of marksOf(indexed.envelope)) if (this.#byMark.get(mark) === indexed) this.#byMark.delete(mark);
    for (const key of listKeys(indexed.envelope)) {
      const list = this.#lists.get(key) as Ring<Indexed>;
      // Messages are forgotten in the order they came, so it stands at the front.
      list.shift();
      if (list.length === 0) this.#lists.delete(key);
    }
  }
}

function* since(list: Iterable<Indexed>, after: number): IterableIterator<Indexed> {
  for (const indexed of list) if (indexed.sequence > after) yield indexed;
}

/** The lists that a message stands in: its conversation, and each agent that sent or got it, once. */
function listKeys(envelope: Envelope): string[] {
  const { conversationId, from, to } = envelope;
  const keys = [`c ${conversationId}`, `a ${from}`];
  return to === undefined || to === from ? keys : [...keys, `a ${to}`];
}
