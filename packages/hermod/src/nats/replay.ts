/** Replay: a partition's journal read from a number on, in order, record by record. */
import { DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { HermodError } from "../core/errors.ts";
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
  #isOver = false;
  #stop: (() => void) | undefined;

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

  /** Reads no further: whoever waits for it hears that it was not read to its end. */
  stop(): void {
    this.#isOver = true;
    this.#stop?.();
  }

  async #read(last: number, apply: (record: JournalRecord) => Promise<void> | void): Promise<void> {
    const consumer = await this.#broker.js.consumers.get(this.#stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
    });
    const messages = await consumer.consume({ max_messages: PAGE });
    this.#stop = () => messages.stop();
    if (this.#isOver) this.#stop();
    for await (const message of messages) {
      const record = this.#take(message);
      if (record) await apply(record);
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
