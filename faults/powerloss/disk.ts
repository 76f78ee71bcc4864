/**
 * Disk: what is left of a folder when the power fails. A sync makes lasting what was done to its file before it began; a sync
 * of the folder does so with the names. All else may have reached the disk or not, in any order, and writes in parts.
 */
import { shuffled, type Draw } from "../random.ts";
import type { Op } from "./trace.ts";

type Change =
  | { readonly at: number; readonly type: "write"; readonly offset: number; readonly data: Buffer }
  | { readonly at: number; readonly type: "truncate"; readonly size: number };

interface Inode {
  lasting: Content;
  pending: Change[];
}

/** One step of the folder, done as a whole or not at all: a new name appears together with the end of the old one. */
interface Naming {
  readonly at: number;
  readonly names: readonly (readonly [name: string, inode: Inode | undefined])[];
}

/** The files of an image. */
export type Image = ReadonlyMap<string, Buffer>;

export class Disk {
  #names = new Map<string, Inode>();
  readonly #lasting = new Map<string, Inode>();
  #pending: Naming[] = [];
  #at = 0;

  /** Carries out the next operation. */
  apply(op: Op): void {
    const at = this.#at++;
    switch (op.type) {
      case "create":
        if (!this.#names.has(op.name)) this.#name(at, [op.name, { lasting: new Content(), pending: [] }]);
        return;
      case "unlink":
        return this.#name(at, [op.name, undefined]);
      case "link":
        return this.#name(at, [op.to, this.#file(op.name)]);
      case "rename":
        return this.#name(at, [op.to, this.#file(op.name)], [op.name, undefined]);
      case "write":
      case "truncate":
        this.#file(op.name).pending.push({ ...op, at });
        return;
      case "sync":
        return syncFile(this.#file(op.name), op.since);
      case "sync-folder":
        return this.#syncNames(op.since);
      default:
        return;
    }
  }

  /** What the next start finds. */
  crash(draw: Draw): Image {
    const names = new Map(this.#lasting);
    for (const naming of this.#pending) if (draw(2) === 0) put(names, naming);
    return new Map([...names].map(([name, inode]) => [name, remains(inode, draw)]));
  }

  #file(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new Error(`the trace changes a file that was never created: ${name}`);
    return inode;
  }

  #name(at: number, ...names: Naming["names"]): void {
    put(this.#names, { at, names });
    this.#pending.push({ at, names });
  }

  #syncNames(since: number): void {
    for (const naming of this.#pending) if (naming.at < since) put(this.#lasting, naming);
    this.#pending = this.#pending.filter(({ at }) => at >= since);
  }
}

function put(files: Map<string, Inode>, { names }: Naming): void {
  for (const [name, inode] of names)
    if (inode === undefined) files.delete(name);
    else files.set(name, inode);
}

function syncFile(inode: Inode, since: number): void {
  for (const change of inode.pending) if (change.at < since) inode.lasting.apply(change);
  inode.pending = inode.pending.filter(({ at }) => at >= since);
}

/** Of what was not synced: nothing, all, or by chance some, in parts and in any order. */
function remains({ lasting, pending }: Inode, draw: Draw): Buffer {
  const content = lasting.copy();
  const manner = draw(4);
  if (manner === 0) return content.bytes();
  if (manner === 1) for (const change of pending) content.apply(change);
  else {
    const kept = pending.filter(() => draw(2) === 0).flatMap((change) => torn(change, draw));
    for (const change of manner === 2 ? kept : shuffled(draw, kept)) content.apply(change);
  }
  return content.bytes();
}

/** A write that crosses sectors may leave any of them undone. */
function torn(change: Change, draw: Draw): readonly Change[] {
  if (change.type !== "write" || draw(2) === 0) return [change];
  const sector = draw(2) === 0 ? 512 : 4096;
  const parts: Change[] = [];
  const { at, type, offset, data } = change;
  for (let from = 0; from < data.length;) {
    const to = Math.min(data.length, from + sector - ((offset + from) % sector));
    if (draw(2) === 0) parts.push({ at, type, offset: offset + from, data: data.subarray(from, to) });
    from = to;
  }
  return parts;
}

/** The bytes of one file. */
class Content {
  #bytes = Buffer.alloc(0);
  #size = 0;

  apply(change: Change): void {
    if (change.type === "truncate") return this.#resize(change.size);
    const { offset, data } = change;
    if (offset + data.length > this.#size) this.#resize(offset + data.length);
    data.copy(this.#bytes, offset);
  }

  copy(): Content {
    const other = new Content();
    other.#bytes = Buffer.from(this.#bytes.subarray(0, this.#size));
    other.#size = this.#size;
    return other;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#size);
      this.#bytes = grown;
    }
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}
