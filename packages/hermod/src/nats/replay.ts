/**
 * Replay: a partition's journal read from a number on, in order, record by record. A consumer reads what one of the servers has, and that may be less
 * than what its leader has confirmed, for a while or for ever: what does not come is asked of the leader, one by one.
 */
import { DeliverPolicy, type ConsumerMessages } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { PIECE } from "./pen.ts";
import { fromText, Pieces, toPlace, type JournalRecord } from "./record.ts";
import { toTrouble } from "./trouble.ts";

/** Is told of a record, its place in the journal, and its bytes; what it says so is waited for. */
export type Apply = (record: JournalRecord, place: number, bytes: number) => Promise<void> | void;

/** Messages that are asked for at a time. */
const PAGE = 1000;
/** Milliseconds without a message after which a consumer is left. */
const STALL = 1000;

/** A message of the journal, however it came. */
interface Message {
  readonly seq: number;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** What was to be read is purged: a newer image stands for it. */
export class Purged extends Error {}

export class Replay {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #pieces = new Pieces();
  #next: number;
  #isOver = false;
  #stop: (() => void) | undefined;

  /** From behind this place on. */
  constructor(broker: Broker, partition: number, place = 0) {
    this.#next = place + 1;
    this.#broker = broker;
    this.#stream = journalStream(broker.terms.namespace, partition);
  }

  /** Reads on up to this number, record by record. @throws Purged; HermodError HERMOD_STORE_VERSION, HERMOD_STORE_CORRUPT. */
  async upTo(last: number, apply: Apply): Promise<void> {
    try {
      if (this.#next <= last) await this.#read(last, apply);
    } catch (error) {
      if (error instanceof Purged) throw error;
      throw toTrouble(error, `stream ${this.#stream}`);
    }
  }

  /** Reads no further: whoever waits for it hears that it was not read to its end. */
  stop(): void {
    this.#isOver = true;
    this.#stop?.();
  }

  async #read(last: number, apply: Apply): Promise<void> {
    const consumer = await this.#broker.js.consumers.get(this.#stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
    });
    const messages = await consumer.consume({ max_messages: PAGE });
    this.#stop = () => messages.stop();
    if (this.#isOver) this.#stop();
    for await (const message of unlessStalled(messages)) {
      await this.#apply(message, apply);
      if (message.seq >= last) break;
    }
    while (this.#next <= last) await this.#apply(await this.#ofLeader(last), apply);
    await consumer.delete();
  }

  async #ofLeader(last: number): Promise<Message> {
    if (this.#isOver) throw this.#unfinished(last);
    const found = await this.#broker.jsm.streams.getMessage(this.#stream, { seq: this.#next });
    if (found === null) throw new Purged(`stream ${this.#stream} has no message ${this.#next}`);
    return { seq: found.seq, data: found.data, headers: found.header };
  }

  async #apply(message: Message, apply: Apply): Promise<void> {
    if (message.seq !== this.#next) throw new Purged(`stream ${this.#stream} begins at ${message.seq}`);
    const record = this.#take(message);
    if (record) await apply(record, message.seq, message.data.length);
    this.#next = message.seq + 1;
  }

  /** Nobody wants to know any more. */
  #unfinished(last: number): HermodError {
    return new HermodError(
      "HERMOD_STORE",
      `stream ${this.#stream}: it was read up to ${this.#next - 1} of ${last} only`,
    );
  }

  #take(message: Message): JournalRecord | undefined {
    const text = this.#pieces.take(message.data, toPlace(message.headers?.get(PIECE)));
    return text === undefined ? undefined : fromText(text, `stream ${this.#stream}, message ${message.seq}`);
  }
}

/** The messages until none has come for a while. */
async function* unlessStalled(messages: ConsumerMessages): AsyncGenerator<Message, void, undefined> {
  const wait = () => systemClock.after(STALL, () => messages.stop());
  let late = wait();
  try {
    for await (const message of messages) {
      late();
      yield message;
      late = wait();
    }
  } finally {
    late();
  }
}
