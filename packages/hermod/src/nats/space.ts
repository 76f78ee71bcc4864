/** Space: keeps a journal short: when it has grown by as much as an image takes, a new one is made, and the journal before its place goes. */
import { rm } from "node:fs/promises";
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
  /** Bytes of the newest image; 0 for none. */
  readonly image: number;
  /** Hears that an image could not be made: the journal stays as it is. */
  readonly failed: (error: unknown) => void;
}

/** Bytes by which a journal grows at least before an image is worth it, and the part of its bound at which it is due however large it is. */
const LEAST = 8 * 2 ** 20;
const PART = 4;
/** What a record takes beside its text, about, and the part of its bound from which on a journal waits for room. */
const HEAD = 200;
const TIGHT = 0.7;

export class Space {
  readonly #parts: SpaceParts;
  #image: number;
  /** Bytes that were written since the newest image, and those that stand in the journal. */
  #grown = 0;
  #total = 0;
  #making: Promise<void> | undefined;
  #isOver = false;

  constructor(parts: SpaceParts) {
    this.#parts = parts;
    this.#image = parts.image;
  }

  /** So many bytes more stand in the journal. */
  grew(bytes: number): void {
    this.#grown += bytes + HEAD;
    this.#total += bytes + HEAD;
    if (this.#isOver || this.#making || this.#grown < this.#due()) return;
    this.#making = this.#make()
      .catch((error: unknown) => void (this.#isOver || this.#parts.failed(error)))
      .finally(() => (this.#making = undefined));
  }

  /** Waits, where so many bytes more might not fit, for an image that is being made: it makes room. */
  async room(bytes: number): Promise<void> {
    const { journalBytes } = this.#parts.broker.terms;
    if (this.#total + bytes > journalBytes * TIGHT) await this.#making;
  }

  /** Begins no other image, and waits for the one that is being made. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#making;
  }

  #due(): number {
    const most = this.#parts.broker.terms.journalBytes / PART;
    return Math.min(most, Math.max(LEAST, this.#image));
  }

  async #make(): Promise<void> {
    const { broker, partition, copy, images } = this.#parts;
    const path = `${copy.path}.image`;
    this.#grown = 0;
    try {
      const place = await copy.image(path);
      // It was taken in the middle of a record: the next one will not be.
      if (!Number.isInteger(place)) return void (this.#grown = this.#due());
      this.#image = await images.store(path);
      // The newest message stays whatever it is: a server that is killed may forget the id of one that was purged.
      await broker.jsm.streams.purge(journalStream(broker.terms.namespace, partition), { seq: place });
      this.#total = this.#grown;
    } finally {
      await rm(path, { force: true });
    }
  }
}
