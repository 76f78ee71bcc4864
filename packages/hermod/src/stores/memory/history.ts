/**
 * History: the messages of the past with what became of them, bounded by count and bytes. Writing is three pushes into rings;
 * the indexes by message, conversation and agent are filled when somebody first reads, from where the last reading ended.
 * A published message has one entry for each mailbox that got a copy.
 */
import { agentOf, instanceKey, mailboxOf, type Address } from "../../core/address.ts";
import { isInquiry, type Envelope } from "../../core/envelope.ts";
import { Ring } from "../../core/ring.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Attempt, Claim, MessageRecord } from "../../core/store.ts";
import { idMark } from "../shelf/recent.ts";

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
  readonly mailbox: Address | undefined;
  /** Number of the newest message when this happened: once that one is forgotten, so is the one this is about. */
  readonly seen: number;
  readonly state: State;
  readonly outcome: Attempt["outcome"] | undefined;
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: ErrorRecord | undefined;

  constructor(
    envelope: Envelope,
    mailbox: Address | undefined,
    seen: number,
    state: State,
    outcome: Attempt["outcome"] | undefined,
    number: number,
    startedAt: number,
    endedAt: number,
    error: ErrorRecord | undefined,
  ) {
    this.envelope = envelope;
    this.mailbox = mailbox;
    this.seen = seen;
    this.state = state;
    this.outcome = outcome;
    this.number = number;
    this.startedAt = startedAt;
    this.endedAt = endedAt;
    this.error = error;
  }
}

/** What becomes of a message: at last perhaps replaced by the copies of it that mailboxes got when it came back from the dead letters. */
type State = MessageRecord["state"] | "replaced";

/** A copy of a published message, for the mailbox that got it. */
class Copy {
  readonly envelope: Envelope;
  readonly mailbox: Address;

  constructor(envelope: Envelope, mailbox: Address) {
    this.envelope = envelope;
    this.mailbox = mailbox;
  }
}

/** Most outcomes that wait to be indexed, for each message that is kept. */
const MOST_OUTCOMES = 4;

/** A message as the indexes know it. */
export interface Indexed {
  readonly sequence: number;
  readonly envelope: Envelope;
  readonly mailbox: Address | undefined;
  state: State;
  attempts: Attempt[];
}

/** One that stands for itself. */
export interface Listed extends Indexed {
  state: MessageRecord["state"];
}

/** Which messages are listed. */
export interface Listing {
  /** Behind this number; newest first those before it. */
  readonly from: number;
  readonly isNewest?: boolean;
  readonly conversation?: string | undefined;
  readonly agent?: Address | undefined;
  readonly id?: string | undefined;
}

export class History {
  readonly #retention: Retention;
  readonly #messages = new Ring<Envelope | Copy>();
  /** The bytes of each message, so that nobody looks at one that is forgotten: it has long left every cache. */
  readonly #sizes = new Ring<number>();
  readonly #outcomes = new Ring<Outcome>();
  readonly #byEnvelope = new Map<Envelope, Indexed[]>();
  /** One id may name a message of each recipient; the oldest first. */
  readonly #byId = new Map<string, Indexed[]>();
  readonly #lists = new Map<string, Ring<Indexed>>();
  /** Number of the first message kept, and of the first one not yet indexed. */
  #first = 1;
  #unindexed = 1;
  #bytes = 0;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  /** Keeps a message, or the copy of it that a mailbox got; the oldest go when a bound is passed. */
  add(envelope: Envelope, copyFor?: Address): void {
    if (this.#retention.count === 0 || isInquiry(envelope)) return;
    this.#messages.push(copyFor === undefined ? envelope : new Copy(envelope, copyFor));
    const size = envelope.size + ENVELOPE_BYTES;
    this.#sizes.push(size);
    this.#bytes += size;
    while (this.#messages.length > this.#retention.count || this.#bytes > this.#retention.bytes)
      this.#forget();
  }

  /** Keeps how an attempt ended. */
  ended(
    claim: Claim,
    state: MessageRecord["state"],
    outcome: Attempt["outcome"],
    endedAt: number,
    error?: ErrorRecord,
  ): void {
    const { envelope, mailbox, attempt, startedAt } = claim;
    this.#push(
      new Outcome(envelope, mailbox, this.#newest, state, outcome, attempt, startedAt, endedAt, error),
    );
  }

  /** Keeps a change of state that no attempt made: given up while waiting, given back, or replaced by copies. */
  moved(envelope: Envelope, mailbox: Address | undefined, state: State): void {
    this.#push(new Outcome(envelope, mailbox, this.#newest, state, undefined, 0, 0, 0, undefined));
  }

  get #newest(): number {
    return this.#first + this.#messages.length - 1;
  }

  #push(outcome: Outcome): void {
    if (this.#retention.count === 0 || isInquiry(outcome.envelope)) return;
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > this.#retention.count * MOST_OUTCOMES) this.#index();
  }

  /** The message that was stored at the same place under the same id. */
  find(envelope: Envelope): Envelope | undefined {
    this.#index();
    const mark = idMark(envelope);
    return this.#byId.get(envelope.id)?.findLast((other) => idMark(other.envelope) === mark)?.envelope;
  }

  /** Messages from a number on: all, or those of a conversation, of an agent, or of both; or those of one id. */
  *list({ from, isNewest = false, conversation, agent, id }: Listing): IterableIterator<Listed> {
    this.#index();
    const list = this.#listOf(conversation, agent, id);
    for (const indexed of isNewest ? before(list, from) : since(list, from)) {
      const isOther = conversation !== undefined && indexed.envelope.conversationId !== conversation;
      if (isListed(indexed) && !isOther && (agent === undefined || concerns(indexed, agent))) yield indexed;
    }
  }

  /** The shortest list that holds them. */
  #listOf(conversation?: string, agent?: Address, id?: string): List {
    if (id !== undefined) return this.#byId.get(id) ?? [];
    if (conversation !== undefined) return this.#lists.get(`c ${conversation}`) ?? [];
    if (agent !== undefined) return this.#lists.get(`a ${agent}`) ?? [];
    const all = (at: number): Indexed | undefined =>
      this.#indexedAt(this.#first + at, this.#messages.at(at) as Envelope | Copy);
    return { length: this.#messages.length, at: all };
  }

  #indexedAt(sequence: number, entry: Envelope | Copy): Indexed | undefined {
    return this.#byEnvelope.get(envelopeOf(entry))?.find((indexed) => indexed.sequence === sequence);
  }

  #index(): void {
    for (; this.#unindexed < this.#first + this.#messages.length; this.#unindexed++) {
      this.#insert(this.#messages.at(this.#unindexed - this.#first) as Envelope | Copy, this.#unindexed);
    }
    for (let outcome = this.#outcomes.shift(); outcome; outcome = this.#outcomes.shift())
      this.#apply(outcome);
  }

  #insert(entry: Envelope | Copy, sequence: number): void {
    const envelope = envelopeOf(entry);
    const mailbox = entry instanceof Copy ? entry.mailbox : envelope.to && mailboxOf(envelope.to);
    const indexed: Indexed = { sequence, envelope, mailbox, state: "waiting", attempts: [] };
    const records = this.#byEnvelope.get(envelope);
    if (records) records.push(indexed);
    else this.#byEnvelope.set(envelope, [indexed]);
    const named = this.#byId.get(envelope.id);
    if (named) named.push(indexed);
    else this.#byId.set(envelope.id, [indexed]);
    for (const key of listKeys(indexed)) {
      const list = this.#lists.get(key) ?? new Ring<Indexed>();
      this.#lists.set(key, list);
      list.push(indexed);
    }
  }

  #apply({ envelope, mailbox, state, outcome, number, startedAt, endedAt, error }: Outcome): void {
    const records = this.#byEnvelope.get(envelope);
    const own = records?.find((record) => record.mailbox === mailbox);
    // What is replaced may be forgotten already, and the copies must not be taken for it.
    const indexed = own ?? (state === "replaced" ? undefined : records?.[0]);
    if (indexed === undefined) return;
    indexed.state = state;
    if (outcome) indexed.attempts.push({ number, startedAt, endedAt, outcome, ...(error && { error }) });
  }

  #forget(): void {
    const entry = this.#messages.shift() as Envelope | Copy;
    this.#bytes -= this.#sizes.shift() as number;
    const indexed = this.#first < this.#unindexed ? this.#indexedAt(this.#first, entry) : undefined;
    this.#first++;
    if (this.#unindexed < this.#first) this.#unindexed = this.#first;
    if (indexed) this.#drop(indexed);
    while ((this.#outcomes.at(0)?.seen ?? Infinity) < this.#first) this.#outcomes.shift();
  }

  #drop(indexed: Indexed): void {
    const { envelope } = indexed;
    const records = (this.#byEnvelope.get(envelope) ?? []).filter((record) => record !== indexed);
    if (records.length === 0) this.#byEnvelope.delete(envelope);
    else this.#byEnvelope.set(envelope, records);
    const named = (this.#byId.get(envelope.id) ?? []).filter((record) => record !== indexed);
    if (named.length === 0) this.#byId.delete(envelope.id);
    else this.#byId.set(envelope.id, named);
    for (const key of listKeys(indexed)) {
      const list = this.#lists.get(key) as Ring<Indexed>;
      // Messages are forgotten in the order they came, so it stands at the front.
      list.shift();
      if (list.length === 0) this.#lists.delete(key);
    }
  }
}

function isListed(indexed: Indexed): indexed is Listed {
  return indexed.state !== "replaced";
}

function envelopeOf(entry: Envelope | Copy): Envelope {
  return entry instanceof Copy ? entry.envelope : entry;
}

/** Messages in the order of their numbers. */
interface List {
  readonly length: number;
  at(index: number): Indexed | undefined;
}

function* since(list: List, after: number): IterableIterator<Indexed> {
  for (let at = placeOf(list, after + 1); at < list.length; at++) yield list.at(at) as Indexed;
}

function* before(list: List, number: number): IterableIterator<Indexed> {
  for (let at = placeOf(list, number) - 1; at >= 0; at--) yield list.at(at) as Indexed;
}

/** Where the first message of this number or a later one stands, by bisection. */
function placeOf(list: List, number: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list.at(middle) as Indexed).sequence < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** True when the agent sent or got the message. */
function concerns(indexed: Indexed, agent: Address): boolean {
  return agentsOf(indexed).includes(agent);
}

/** Whom a message is meant for: a reply waits in the mailbox of a system, and is meant for the agent that asked. */
function readerOf({ envelope: { to }, mailbox }: Indexed): Address | undefined {
  return to === undefined ? mailbox : agentOf(to);
}

/** The lists that a message stands in: its conversation, and each agent that sent or got it, once. */
function listKeys(indexed: Indexed): string[] {
  return [`c ${indexed.envelope.conversationId}`, ...agentsOf(indexed).map((agent) => `a ${agent}`)];
}

/** Who sent or got a message, each once; where it was an instance, its agent too. */
function agentsOf(indexed: Indexed): Address[] {
  const sender = agentOf(indexed.envelope.from);
  const reader = readerOf(indexed);
  const agents = reader === undefined || reader === sender ? [sender] : [sender, reader];
  if (agents.every((agent) => instanceKey(agent) === undefined)) return agents;
  return [...new Set([...agents, ...agents.map(mailboxOf)])];
}
