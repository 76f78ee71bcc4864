/**
 * Space: keeps a journal short: when it has grown by as much as an image takes, a new one is made, and the journal before its place goes. While no image
 * can be made, it keeps room for what makes room: from half of it on no sends are let in, and its last tenth is for chores alone.
 */
import { rm } from "node:fs/promises";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import type { Copy } from "./copies.ts";
import type { Images } from "./images.ts";
import { journalStream } from "./names.ts";

/** What a space is kept with. */
export interface SpaceParts {
  readonly broker: Broker;
  readonly partition: number;
  readonly copy: Copy;
  readonly images: Images;
  /** Bytes of the file of the newest image; 0 for none. */
  readonly image: number;
  /** Hears, once until one is made, that an image could not be made: the journal stays as it is. */
  readonly failed: (error: unknown) => void;
}

/** Bytes by which a journal grows at least before an image is worth it, and the part of its bound at which it is due however large it is. */
const LEAST = 8 * 2 ** 20;
const PART = 4;
/** What a record takes beside its text, about. */
const HEAD = 200;
/** The parts of its bound from which on a journal without images lets no sends in, waits for an image that is being made, and is left to chores. */
const SCARCE = 0.5;
const TIGHT = 0.7;
const FULL = 0.9;
/** An image that could not be made is tried again after so many times what it took: it is the file that has to become smaller. */
const PAUSE = 4;

export class Space {
  readonly #parts: SpaceParts;
  #image: number;
  #most: number;
  /** Bytes that were written since the newest image, and those that stand in the journal. */
  #grown = 0;
  #total = 0;
  #making: Promise<void> | undefined;
  /** Why the newest image could not be made, and when it is tried again, by the monotonic clock. */
  #failure: unknown;
  #again = 0;
  #isOver = false;

  constructor(parts: SpaceParts) {
    this.#parts = parts;
    this.#image = parts.image;
    this.#most = parts.broker.terms.journalBytes;
  }

  /** True while no image can be made: what retention forgets is what may change that. */
  get isShort(): boolean {
    return this.#failure !== undefined;
  }

  /** Why no sends are let in; undefined while they are. */
  get shortage(): HermodError | undefined {
    return this.isShort && this.#total > this.#most * SCARCE ? this.#full() : undefined;
  }

  /** So many bytes more stand in the journal. */
  grew(bytes: number): void {
    this.#grown += bytes + HEAD;
    this.#total += bytes + HEAD;
    this.#look();
  }

  /**
   * Waits, where so many bytes more might not fit, for an image that is being made: it makes room.
   * @throws HermodError HERMOD_STORE_FULL where there is none but for chores, and this is something else.
   */
  async room(bytes: number, isChore: boolean): Promise<void> {
    if (this.#total + bytes > this.#most * TIGHT) {
      this.#look();
      await this.#making;
    }
    if (!isChore && this.#total + bytes > this.#most * FULL) throw this.#full();
  }

  /** Begins no other image, and waits for the one that is being made. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#making;
  }

  /** Makes an image when it is time. */
  #look(): void {
    const began = systemClock.monotonic();
    if (this.#isOver || this.#making || this.#grown < this.#due() || began < this.#again) return;
    this.#making = this.#make()
      .catch((error: unknown) => this.#failed(error, began))
      .then(() => this.measure())
      .finally(() => (this.#making = undefined));
  }

  #due(): number {
    return Math.min(this.#most / PART, Math.max(LEAST, this.#image));
  }

  async #make(): Promise<void> {
    const { broker, partition, copy, images } = this.#parts;
    const path = `${copy.path}.image`;
    const grown = this.#grown;
    try {
      // Making it bare takes twice as long.
      const place = await copy.image(path, this.isShort);
      // It was taken in the middle of a record: the next one will not be.
      if (!Number.isInteger(place)) return;
      this.#image = await images.store(path);
      // The newest message stays whatever it is: a server that is killed may forget the id of one that was purged.
      await broker.jsm.streams.purge(journalStream(broker.terms.namespace, partition), { seq: place });
      this.#grown -= grown;
      this.#failure = undefined;
    } finally {
      await rm(path, { force: true });
    }
  }

  #failed(error: unknown, began: number): void {
    const now = systemClock.monotonic();
    this.#again = now + PAUSE * (now - began);
    const isFirst = !this.isShort;
    this.#failure = error ?? new Error("nothing was said");
    if (isFirst && !this.#isOver) this.#parts.failed(error);
  }

  /** Asks what the journal really has and may have, which an operator can change; what is written meanwhile counts as well. */
  async measure(): Promise<void> {
    const { broker, partition } = this.#parts;
    const before = this.#total;
    try {
      const { config, state } = await broker.jsm.streams.info(
        journalStream(broker.terms.namespace, partition),
      );
      this.#most = config.max_bytes > 0 ? config.max_bytes : Infinity;
      this.#total += state.bytes - before;
    } catch {
      // It is as large as it was thought to be.
    }
  }

  #full(): HermodError {
    const { broker, partition } = this.#parts;
    const [stream, bytes, most] = [journalStream(broker.terms.namespace, partition), this.#total, this.#most];
    const text = `stream ${stream}: it has ${bytes} of ${most} bytes, and no image can be made that it could be purged by`;
    return new HermodError("HERMOD_STORE_FULL", text, {
      cause: this.#failure,
      details: { stream, bytes, most },
      hint: "It goes on by itself when what is old is forgotten: wait, shorten nats.dedupe, or keep less history. Larger nats.journalBytes, or more partitions, keep it from coming to that.",
    });
  }
}
