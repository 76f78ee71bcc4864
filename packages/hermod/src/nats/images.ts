/**
 * Images: whole files of a partition, packed, each as it was at one place of its journal. Whoever takes over begins with the newest whole one, so that
 * the journal before its place can go. One whose writer was ended has no last piece, does not count, and is taken away by the next writer.
 */
import { open, rm, stat } from "node:fs/promises";
import { HermodError } from "../core/errors.ts";
import type { Broker } from "./connect.ts";
import { ImageStream } from "./imagestream.ts";
import { pack, unpack } from "./packing.ts";
import { openStream } from "./stream.ts";
import { toTrouble } from "./trouble.ts";

/** What the stream has room for beside two images: fences, and what each message takes beside its bytes. */
const REST = 64 * 1024;

export class Images {
  readonly #broker: Broker;
  readonly #partition: number;
  readonly #stream: ImageStream;

  constructor(broker: Broker, partition: number) {
    this.#broker = broker;
    this.#partition = partition;
    this.#stream = new ImageStream(broker, partition);
  }

  /** Writes the newest whole image to a file; answers its bytes, 0 where there is none, and then no file. */
  async load(path: string): Promise<number> {
    await openStream(this.#broker, "image", this.#partition);
    return this.#named(async () => {
      const held = await this.#stream.held();
      const range = await this.#stream.newest(held, held.last + 1);
      return range ? unpack(this.#stream.read(range), path, this.#where) : 0;
    });
  }

  /**
   * Keeps a file as the newest image, and forgets those before it. Answers its bytes.
   * @throws HermodError HERMOD_STORE_FULL where two of its size would not stand beside each other.
   */
  async store(path: string): Promise<number> {
    const packed = `${path}.zst`;
    try {
      const { size } = await stat(path);
      await pack(path, packed);
      await this.#named(() => this.#keep(packed));
      return size;
    } finally {
      await rm(packed, { force: true });
    }
  }

  async #keep(packed: string): Promise<void> {
    const stream = this.#stream;
    await using file = await open(packed, "r");
    const { size } = await file.stat();
    const { most } = await stream.held();
    if (size > most / 2 - REST) throw this.#tooLarge(size, most);
    const fence = await stream.fence();
    const held = await stream.held();
    await stream.clear(held, await stream.newest(held, fence), fence);
    await stream.write(file, size, fence);
    await stream.purge(fence + 1);
  }

  get #where(): string {
    return `stream ${this.#stream.name}`;
  }

  #tooLarge(size: number, most: number): HermodError {
    return new HermodError(
      "HERMOD_STORE_FULL",
      `${this.#where}: an image of ${size} bytes is more than half of the ${most} that it may take`,
      {
        details: { stream: this.#stream.name, size, most },
        hint: "It is tried again when retention has made it smaller: shorten nats.dedupe, or keep less history. Otherwise give it and its journal more max_bytes: it is four times nats.journalBytes when a namespace is made.",
      },
    );
  }

  /** What goes wrong is said of this stream. */
  async #named<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw toTrouble(error, this.#where);
    }
  }
}
