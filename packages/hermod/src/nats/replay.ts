/** Replay: a partition's journal read from a number on, in order, record by record. */
import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
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
    for await (const message of messages) {
      if (message.seq !== this.#next) throw new Purged(`stream ${this.#stream} begins at ${message.seq}`);
      const record = this.#take(message);
      if (record) await apply(record, message.seq, message.data.length);
      this.#next = message.seq + 1;
      if (message.seq >= last) break;
    }
    if (this.#next <= last) throw this.#unfinished(last);
    await consumer.delete();
  }

  /** The stream was deleted, or nobody wants to know any more. */
  #unfinished(last: number): HermodError {
    return new HermodError(
      "HERMOD_STORE",
      `stream ${this.#stream}: it was read up to ${this.#next - 1} of ${last} only`,
    );
  }

  #take(message: JsMsg): JournalRecord | undefined {
    const text = this.#pieces.take(message.data, toPlace(message.headers?.get(PIECE)));
    return text === undefined ? undefined : fromText(text, `stream ${this.#stream}, message ${message.seq}`);
  }
}
