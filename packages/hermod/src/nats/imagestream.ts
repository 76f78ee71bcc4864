/**
 * ImageStream: the stream in which a partition's images stand, in pieces. A writer begins with a fence, an empty message, and each of its pieces expects
 * to stand right behind the one before: so of two writers at most one comes to an end, and what is no whole image before a fence never will be one.
 */
import { JetStreamApiError } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { FileHandle } from "node:fs/promises";
import { HermodError } from "../core/errors.ts";
import { REQUEST, type Broker } from "./connect.ts";
import { logged } from "./log.ts";
import { imageStream, imageSubject } from "./names.ts";
import { PIECE } from "./pen.ts";
import { toPlace } from "./record.ts";
import { Code } from "./trouble.ts";

/** Most bytes of a piece: fast in both directions. */
const BYTES = 512 * 1024;
/** Pieces that are read ahead. */
const PAGE = 64;

/** Where an image stands. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What stands in the stream. */
export interface Held extends Range {
  /** Numbers between these under which nothing stands any more: most of them. */
  readonly gaps: ReadonlySet<number>;
  /** Bytes that it may take. */
  readonly most: number;
}

export class ImageStream {
  readonly name: string;
  readonly #broker: Broker;
  readonly #subject: string;

  constructor(broker: Broker, partition: number) {
    this.name = imageStream(broker.terms.namespace, partition);
    this.#subject = imageSubject(broker.terms.namespace, partition);
    this.#broker = broker;
  }

  async held(): Promise<Held> {
    const { state, config } = await this.#broker.jsm.streams.info(this.name, { deleted_details: true });
    const most = config.max_bytes > 0 ? config.max_bytes : Infinity;
    return { first: state.first_seq, last: state.last_seq, gaps: new Set(state.deleted), most };
  }

  /** From here on whoever has not come to an end will not. Its number. */
  fence(): Promise<number> {
    return this.#put(new Uint8Array());
  }

  /** The newest image before a fence that has its last piece. */
  async newest({ first: oldest, gaps }: Held, fence: number): Promise<Range | undefined> {
    for (let last = fence - 1; last >= Math.max(1, oldest); last--) {
      const place = gaps.has(last) ? undefined : await this.#placeAt(last);
      const first = last - (place?.piece ?? 1) + 1;
      if (place && place.piece === place.of && first >= oldest) return { first, last };
      last = first;
    }
    return undefined;
  }

  /** Takes away what stands before a fence, but for this image. */
  async clear(held: Held, image: Range | undefined, fence: number): Promise<void> {
    await this.purge(image?.first ?? fence);
    for (let seq = (image?.last ?? fence) + 1; seq < fence; seq++)
      if (!held.gaps.has(seq)) await this.#remove(seq);
  }

  /** Takes away what stands before a number. */
  async purge(seq: number): Promise<void> {
    // To a server "up to 1" means all.
    if (seq > 1) await this.#broker.jsm.streams.purge(this.name, { seq });
  }

  /** Writes a file of so many bytes behind a fence. */
  async write(file: FileHandle, size: number, fence: number): Promise<void> {
    const most = Math.min(BYTES, this.#broker.most);
    const count = Math.max(1, Math.ceil(size / most));
    let last = fence;
    for (let at = 0; at < count; at++) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(most), 0, most, at * most);
      last = await this.#put(buffer.subarray(0, bytesRead), `${at + 1}/${count}`, last);
    }
  }

  /** The pieces of an image. */
  async *read({ first, last }: Range): AsyncGenerator<Uint8Array, void, undefined> {
    let next = first;
    for await (const { seq, data } of logged(this.#broker, this.name, [first, last], { page: PAGE })) {
      if (seq !== next) break;
      yield data;
      next = seq + 1;
    }
    if (next <= last) throw new HermodError("HERMOD_STORE", `stream ${this.name}: it has no message ${next}`);
  }

  async #remove(seq: number): Promise<void> {
    try {
      // It need not be written over.
      await this.#broker.jsm.streams.deleteMessage(this.name, seq, false);
    } catch (error) {
      // Not all gaps are told of: where a whole block of the server's file is empty, it has forgotten them.
      if (!(error instanceof JetStreamApiError && error.code === Code.noSequence)) throw error;
    }
  }

  async #placeAt(seq: number): Promise<ReturnType<typeof toPlace>> {
    const found = await this.#broker.jsm.streams.getMessage(this.name, { seq });
    return toPlace(found?.header.get(PIECE));
  }

  async #put(bytes: Uint8Array, place?: string, behind?: number): Promise<number> {
    const head = headers();
    if (place !== undefined) head.set(PIECE, place);
    const expect = behind === undefined ? {} : { lastSequence: behind };
    const sent = { headers: head, expect, timeout: REQUEST };
    return (await this.#broker.js.publish(this.#subject, bytes, sent)).seq;
  }
}
