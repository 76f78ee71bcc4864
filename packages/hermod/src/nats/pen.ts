/**
 * Pen: writes a partition's journal, one message at a time, each with the number that it expects behind it. So nobody writes behind somebody
 * else's back: whoever took over has written before, the number is another one, and the server refuses. A message without an answer is written
 * again, under its id, until there is one.
 */
import { headers } from "@nats-io/transport-node";
import { JetStreamApiError, type PubAck } from "@nats-io/jetstream";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { unlessLeft } from "../core/within.ts";
import { BEHIND } from "./chain.ts";
import { REQUEST, type Broker } from "./connect.ts";
import { Trial } from "./leader.ts";
import { journalStream, journalSubject } from "./names.ts";
import { cut } from "./record.ts";
import { Code, isAnswer, isOversize, toTrouble } from "./trouble.ts";

/** Says which piece of its record a message is. */
export const PIECE = "Hermod-Piece";
/** Milliseconds before a message without an answer is written again. */
const AGAIN = 50;

/** One message of the journal. */
interface Message {
  readonly bytes: Uint8Array;
  readonly id: string;
  /** Which piece of its record it is; undefined for a whole one. */
  readonly place: string | undefined;
  /** Whether it must stand behind the last one. */
  readonly isFenced: boolean;
}

/** Somebody else writes this journal now, or may: what was not answered may or may not stand in it. */
export class Resigned extends Error {}

export class Pen {
  readonly #broker: Broker;
  readonly #stream: string;
  readonly #subject: string;
  /** Which pen it is, in the ids of what it writes. */
  readonly #name: string;
  readonly #confirmed: (place: number) => void;
  readonly #vouch: () => Promise<boolean>;
  #count = 0;
  /** The number of the last message that is known to stand in the journal. */
  #last = 0;
  #resigned = false;
  /** Ends the wait for an answer. */
  #leave: () => void = () => undefined;
  #behind: string | undefined;

  /** `confirmed` hears each number under which a message stands; `vouch` says, beside the journal, whether this is still the newest pen. */
  constructor(
    broker: Broker,
    partition: number,
    name: string,
    confirmed: (place: number) => void = () => undefined,
    vouch: () => Promise<boolean> = async () => true,
  ) {
    this.#broker = broker;
    this.#stream = journalStream(broker.terms.namespace, partition);
    this.#subject = journalSubject(broker.terms.namespace, partition);
    this.#name = name;
    this.#confirmed = confirmed;
    this.#vouch = vouch;
  }

  /** The first message of an owner, which expects nothing, so that it gets in: from there on all others are refused. Its number. */
  begin(text: string): Promise<number> {
    return this.#put(new TextEncoder().encode(text), undefined, false);
  }

  /**
   * Writes a record behind the last one; answers its place. Must not be called again before it is done.
   * @throws Resigned; HermodError HERMOD_STORE_FULL and others where the server says no: then nothing of it stands there.
   */
  async write(text: string): Promise<number> {
    for (;;) {
      const { most } = this.#broker;
      try {
        return await this.#writeAll(cut(text, most));
      } catch (error) {
        // The server takes less than it did: it is cut anew, and who reads it gives up the record that was begun.
        if (!isOversize(error) || this.#broker.most >= most) throw error;
      }
    }
  }

  async #writeAll(pieces: readonly Uint8Array[]): Promise<number> {
    const placeOf = (at: number): string | undefined =>
      pieces.length === 1 ? undefined : `${at + 1}/${pieces.length}`;
    for (const [at, piece] of pieces.entries()) await this.#put(piece, placeOf(at), true);
    return this.#last;
  }

  /** What stands before the first message, for whoever reads it: the next one says so. */
  found(id: string | undefined): void {
    this.#behind = id;
  }

  /** Writes nothing more, and waits for no answer. */
  resign(): void {
    this.#resigned = true;
    this.#leave();
  }

  async #put(bytes: Uint8Array, place: string | undefined, isFenced: boolean): Promise<number> {
    const message: Message = { bytes, place, isFenced, id: `${this.#name}-${++this.#count}` };
    const trial = new Trial(this.#broker, this.#stream);
    const since = systemClock.monotonic();
    for (let isSure = true; ; isSure = false) {
      if (this.#resigned) throw new Resigned();
      const stored = await this.#try(message, isSure);
      if (stored !== undefined) {
        await this.#check(since);
        this.#confirmed(stored);
        if (isFenced) this.#behind = undefined;
        return (this.#last = stored);
      }
      trial.failed();
      await new Promise<void>((resolve) => systemClock.after(AGAIN, resolve));
    }
  }

  /**
   * In a lease another one may have taken over. A nats-server 2.9.10 that had been cut off was seen to lead a journal again, without what the next owner had
   * written, and to confirm what the old one wrote: so a late answer does not count by itself.
   */
  async #check(since: number): Promise<void> {
    if (systemClock.monotonic() - since < this.#broker.terms.lease) return;
    if (!this.#resigned && (await unlessLeft(this.#vouch(), (leave) => void (this.#leave = leave)))) return;
    this.#resigned = true;
    throw new Resigned();
  }

  /** The number under which it stands; undefined where that is not known. */
  async #try(message: Message, isSure: boolean): Promise<number | undefined> {
    try {
      return (await this.#answer(this.#publish(message)))?.seq;
    } catch (error) {
      // What is too large now, and was not when it went unanswered, cannot be written again.
      if (isRefused(error) || (!isSure && isOversize(error))) return this.#known(message.id);
      // Once it went unanswered, it may stand there: a "no" to its repetition says nothing of that.
      if (isSure && (isAnswer(error) || isOversize(error))) {
        // It stands nowhere: the next one is the one behind the one before.
        this.#count--;
        throw toTrouble(error, `stream ${this.#stream}`);
      }
      if (isGone(error)) throw toTrouble(error, `stream ${this.#stream}`);
      return undefined;
    }
  }

  #publish({ bytes, id, place, isFenced }: Message): Promise<PubAck> {
    const head = headers();
    if (place !== undefined) head.set(PIECE, place);
    if (isFenced && this.#behind !== undefined) head.set(BEHIND, this.#behind);
    const expect = isFenced ? { lastSequence: this.#last } : {};
    const options = { msgID: id, headers: head, expect, timeout: REQUEST };
    return this.#broker.js.publish(this.#subject, bytes, options);
  }

  /** The answer; undefined where the broker was away meanwhile, since it is mostly lost then, and where nobody waits for it any more. */
  #answer<T>(asked: Promise<T>): Promise<T | undefined> {
    return unlessLeft(
      asked,
      (leave) => this.#broker.away.whenBack(leave),
      (leave) => void (this.#leave = leave),
    );
  }

  /** Refused, since another message stands there: it may be this one, whose id the server has forgotten. */
  async #known(id: string): Promise<number | undefined> {
    const next = this.#last + 1;
    try {
      const found = await this.#broker.jsm.streams.getMessage(this.#stream, { seq: next });
      if (found?.header.get("Nats-Msg-Id") === id) return next;
    } catch (error) {
      if (!isAnswer(error)) return undefined;
    }
    this.#resigned = true;
    throw new Resigned();
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === Code.wrongSequence;
}

/** The stream was deleted: nothing will ever be written to it. */
function isGone(error: unknown): boolean {
  return error instanceof HermodError || (error instanceof JetStreamApiError && error.code === Code.notFound);
}
