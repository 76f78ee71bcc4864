/**
 * Images: whole files of a partition, each as it was at one place of its journal, in pieces in a stream. Whoever takes over begins with the newest
 * whole one, so that the journal before its place can go. One whose writer was ended has no last piece, and does not count.
 */
import { headers } from "@nats-io/transport-node";
import { open, type FileHandle } from "node:fs/promises";
import { HermodError } from "../core/errors.ts";
import { logged } from "./log.ts";
import { REQUEST, type Broker } from "./connect.ts";
import { imageStream, imageSubject } from "./names.ts";
import { PIECE } from "./pen.ts";
import { toPlace, type Place } from "./record.ts";
import { openStream } from "./stream.ts";
import { toTrouble } from "./trouble.ts";

/** Bytes of a piece: below what every server takes, and fast in both directions. */
const BYTES = 512 * 1024;
/** Pieces that are read ahead. */
const PAGE = 64;

/** Where an image stands in its stream. */
interface Range {
  readonly first: number;
  readonly last: number;
}

export class Images {
  readonly #broker: Broker;
  readonly #partition: number;
  readonly #stream: string;

  constructor(broker: Broker, partition: number) {
    this.#broker = broker;
    this.#partition = partition;
    this.#stream = imageStream(broker.terms.namespace, partition);
  }

  /** Writes the newest whole image to a file; answers its bytes, 0 where there is none, and then no file. */
  async load(path: string): Promise<number> {
    const { state } = await openStream(this.#broker, "image", this.#partition);
    try {
      const range = await this.#newest(state.last_seq, state.first_seq);
      return range ? await this.#read(range, path) : 0;
    } catch (error) {
      throw toTrouble(error, `stream ${this.#stream}`);
    }
  }

  /** Keeps a file as the newest image, and forgets those before it. Answers its bytes. */
  async store(path: string): Promise<number> {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const first = await this.#write(file, Math.max(1, Math.ceil(size / BYTES)));
      await this.#broker.jsm.streams.purge(this.#stream, { seq: first });
      return size;
    } catch (error) {
      throw toTrouble(error, `stream ${this.#stream}`);
    } finally {
      await file.close();
    }
  }

  /** The number of its first piece. Each expects to stand behind the one before: of two writers at most one comes to an end. */
  async #write(file: FileHandle, count: number): Promise<number> {
    const subject = imageSubject(this.#broker.terms.namespace, this.#partition);
    let first = 0;
    let last: number | undefined;
    for (let at = 0; at < count; at++) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(BYTES), 0, BYTES, at * BYTES);
      const head = headers();
      head.set(PIECE, `${at + 1}/${count}`);
      const expect = last === undefined ? {} : { lastSequence: last };
      const sent = { headers: head, expect, timeout: REQUEST };
      ({ seq: last } = await this.#broker.js.publish(subject, buffer.subarray(0, bytesRead), sent));
      first ||= last;
    }
    return first;
  }

  /** The newest image that has its last piece, at or before this number. */
  async #newest(last: number, oldest: number): Promise<Range | undefined> {
    if (last < Math.max(1, oldest)) return undefined;
    const place = await this.#placeAt(last);
    if (place === undefined) return undefined;
    const first = last - place.piece + 1;
    if (place.piece === place.of && first >= oldest) return { first, last };
    return this.#newest(first - 1, oldest);
  }

  async #placeAt(seq: number): Promise<Place | undefined> {
    const found = await this.#broker.jsm.streams.getMessage(this.#stream, { seq });
    return toPlace(found?.header.get(PIECE));
  }

  async #read({ first, last }: Range, path: string): Promise<number> {
    const file = await open(path, "wx", 0o600);
    try {
      let [bytes, next] = [0, first];
      for await (const { seq, data } of logged(this.#broker, this.#stream, [first, last], { page: PAGE })) {
        if (seq !== next) break;
        bytes += (await file.write(data)).bytesWritten;
        next = seq + 1;
      }
      if (next <= last) throw new HermodError("HERMOD_STORE", `it has no message ${next}`);
      return bytes;
    } finally {
      await file.close();
    }
  }
}
