/** Replay: a partition's journal read from a number on, in order, record by record. */
import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { PIECE } from "./pen.ts";
import { fromText, Pieces, toPlace, type JournalRecord } from "./record.ts";
import { toTrouble } from "./trouble.ts";

/** Messages that are asked for at a time. */
const PAGE = 1000;

export class Replay {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #pieces = new Pieces();
  #next = 1;

  constructor(broker: Broker, partition: number) {
    this.#broker = broker;
    this.#stream = journalStream(broker.terms.namespace, partition);
  }

  /** Reads on up to this number; `apply` is told of each record, in order, and waited for where it says so. */
  async upTo(last: number, apply: (record: JournalRecord) => Promise<void> | void): Promise<void> {
    try {
      if (this.#next <= last) await this.#read(last, apply);
    } catch (error) {
      throw toTrouble(error, `stream ${this.#stream}`);
    }
  }

  async #read(last: number, apply: (record: JournalRecord) => Promise<void> | void): Promise<void> {
    const consumer = await this.#broker.js.consumers.get(this.#stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
    });
    const messages = await consumer.consume({ max_messages: PAGE });
    for await (const message of messages) {
      const record = this.#take(message);
      if (record) await apply(record);
      this.#next = message.seq + 1;
      if (message.seq >= last) break;
    }
    await consumer.delete();
  }

  #take(message: JsMsg): JournalRecord | undefined {
    const text = this.#pieces.take(message.data, toPlace(message.headers?.get(PIECE)));
    return text === undefined ? undefined : fromText(text, `stream ${this.#stream}, message ${message.seq}`);
  }
}
