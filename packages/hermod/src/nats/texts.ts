/** Texts: those in a stream of bytes, each behind its length, and how they are taken out of it as they come. */

/** Bytes of a length. */
const HEAD = 4;

/** A text as it goes out. */
export function toBytes(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEAD + length);
  bytes.writeUInt32LE(length);
  bytes.write(text, HEAD);
  return bytes;
}

/** Takes texts out of what comes in pieces of any size. */
export class Texts {
  /** Most bytes of a text. */
  most: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** How much must be there to go on. */
  #needed = HEAD;
  #length: number | undefined;

  constructor(most: number) {
    this.most = most;
  }

  /** More has come. */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next text that is whole; undefined for none yet. @throws Error for one that is too long. */
  next(): string | undefined {
    if (this.#size < this.#needed) return undefined;
    // Put together once for each text, and not with each piece of a long one.
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    if (this.#length === undefined) return this.#begin(all);
    this.#keep(all.subarray(this.#needed));
    const text = all.toString("utf8", HEAD, this.#needed);
    [this.#length, this.#needed] = [undefined, HEAD];
    return text;
  }

  #begin(all: Buffer): string | undefined {
    this.#keep(all);
    this.#length = all.readUInt32LE();
    if (this.#length > this.most)
      throw new Error(`a text of ${this.#length} bytes: ${this.most} is the most`);
    this.#needed = HEAD + this.#length;
    return this.next();
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
  }
}
