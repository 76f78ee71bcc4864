/** Replay: a partition's journal read from a number on, in order, record by record. */
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import { Chain, Diverged, idOf } from "./chain.ts";
import { logged, ofLeader, type Logged } from "./log.ts";
import { journalStream } from "./names.ts";
import { PIECE } from "./pen.ts";
import { fromText, Pieces, toPlace, type JournalRecord } from "./record.ts";
import { toTrouble } from "./trouble.ts";

/** Is told of a record, its place in the journal, and its bytes; so many of what it answers are not waited for. */
export type Apply = (record: JournalRecord, place: number, bytes: number) => Promise<void> | void;

/** Records that are applied at a time: each crosses to another thread, and waiting for its way back took more than applying it. */
const MOST = 256;

/** What was to be read is purged: a newer image stands for it. */
export class Purged extends Error {}

/** What is read: what any server has, what the leader has, or that however its messages follow one another. */
export type From = "any" | "leader" | "anyhow";

export class Replay {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #pieces = new Pieces();
  readonly #chain = new Chain();
  readonly #over = new AbortController();
  readonly #from: From;
  #next: number;

  /** From behind this place on; default from whichever server is asked. */
  constructor(broker: Broker, partition: number, place = 0, from: From = "any") {
    this.#from = from;
    this.#next = place + 1;
    this.#broker = broker;
    this.#stream = journalStream(broker.terms.namespace, partition);
  }

  /** The id of the message before the first one of the newest owner; undefined where that was not read. */
  get before(): string | undefined {
    return this.#chain.before;
  }

  /** Reads on up to this number, record by record. @throws Purged; Diverged; HermodError HERMOD_STORE_VERSION, HERMOD_STORE_CORRUPT. */
  async upTo(last: number, apply: Apply): Promise<void> {
    try {
      if (this.#next <= last) await this.#read(last, apply);
    } catch (error) {
      if (error instanceof Purged || error instanceof Diverged) throw error;
      throw toTrouble(error, `stream ${this.#stream}`);
    }
  }

  /** Reads no further: whoever waits for it hears that it was not read to its end. */
  stop(): void {
    this.#over.abort();
  }

  async #read(last: number, apply: Apply): Promise<void> {
    const options = { signal: this.#over.signal, byLeader: this.#from !== "any" };
    const applying: Promise<void>[] = [];
    for await (const message of logged(this.#broker, this.#stream, [this.#next, last], options)) {
      if (message.seq !== this.#next) throw new Purged(`stream ${this.#stream} begins at ${message.seq}`);
      this.#link(message);
      const record = this.#take(message);
      if (record) applying.push(begun(apply(record, message.seq, message.data.length)));
      this.#next = message.seq + 1;
      if (applying.length >= MOST) await Promise.all(applying.splice(0));
    }
    await Promise.all(applying);
    if (this.#next <= last && options.signal.aborted) throw this.#unfinished(last);
    if (this.#next <= last) throw new Purged(`stream ${this.#stream} has no message ${this.#next}`);
    await this.#checkEnd(last);
  }

  #link(message: Logged): void {
    try {
      this.#chain.take(message);
    } catch (error) {
      if (this.#from !== "anyhow") throw error;
    }
  }

  /** What stands right before a new owner's first message is chained to nothing yet. */
  async #checkEnd(last: number): Promise<void> {
    const { before, isBegun } = this.#chain;
    if (this.#from !== "any" || before === undefined || !isBegun) return;
    const found = await ofLeader(this.#broker, this.#stream, last - 1);
    if (found && idOf(found) !== before)
      throw new Diverged(`stream ${this.#stream}: its leader has another message ${last - 1}`);
  }

  /** Nobody wants to know any more. */
  #unfinished(last: number): HermodError {
    return new HermodError(
      "HERMOD_STORE",
      `stream ${this.#stream}: it was read up to ${this.#next - 1} of ${last} only`,
    );
  }

  #take(message: Logged): JournalRecord | undefined {
    const text = this.#pieces.take(message.data, toPlace(message.headers?.get(PIECE)));
    return text === undefined ? undefined : fromText(text, `stream ${this.#stream}, message ${message.seq}`);
  }
}

/** What fails before it is waited for is told when it is. */
function begun(applying: Promise<void> | void): Promise<void> {
  const whole = Promise.resolve(applying);
  whole.catch(() => undefined);
  return whole;
}
