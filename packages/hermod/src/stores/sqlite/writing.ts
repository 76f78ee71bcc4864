/** Writing: how messages get into the file and, when they are in it, into their mailboxes; a group of them at once or none. */
import {
  isControl,
  isDelayed,
  isInquiry,
  isVolatile,
  messageLimit,
  type Envelope,
} from "../../core/envelope.ts";
import { STORED } from "../../core/store.ts";
import type { Capacity } from "../shelf/capacity.ts";
import type { Death } from "../shelf/letter.ts";
import type { DiskBox } from "./box.ts";
import type { Deaths } from "./deaths.ts";
import type { Journal, Outcome } from "./journal.ts";
import type { Lines } from "./lines.ts";
import { Check } from "./protocol.ts";
import { count, put, putCopy, wait } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";

/** A message on its way into a mailbox. */
interface Coming {
  readonly box: DiskBox;
  readonly envelope: Envelope;
  /** The number of the put that decides whether it comes. */
  readonly by: number;
  /** The number of its row; negative when no row waits for it. */
  readonly row: number;
  readonly generation: number | undefined;
  /** True for one that will wait for a time. */
  readonly isHeld: boolean;
}

/** Bytes that a group takes beside its payloads, and each copy in it. */
const GROUP = 512;

export class Writing {
  readonly shelf: DiskShelf;
  readonly capacity: Capacity;
  readonly deaths: Deaths;
  readonly lines: Lines;
  /** Told of a mailbox in which room has become free. */
  readonly freed: (box: DiskBox) => void;

  constructor(
    shelf: DiskShelf,
    capacity: Capacity,
    deaths: Deaths,
    lines: Lines,
    freed: (box: DiskBox) => void,
  ) {
    this.shelf = shelf;
    this.capacity = capacity;
    this.deaths = deaths;
    this.lines = lines;
    this.freed = freed;
  }

  /** Begins a group of messages; `checked` when one of them may be there already. */
  begin(checked: boolean): WriteGroup {
    return new WriteGroup(this, checked);
  }

  /** Lets a message be seen at once: behind what is on its way to its mailbox, and in the file when there is time. */
  sendVolatile(box: DiskBox, envelope: Envelope): void {
    const group = this.begin(false);
    group.send(box, envelope, true);
    group.endVolatile();
  }

  /** Gives each mailbox its copy at once. */
  publishVolatile(envelope: Envelope, boxes: readonly DiskBox[]): void {
    const group = this.begin(false);
    group.publish(envelope, boxes, true);
    group.endVolatile();
  }

  /** Lets a written message be seen; where the oldest make room for it, they go now. */
  show({ box, envelope, row, generation }: Coming): void {
    if (box.rule.overflow === "drop-oldest" && !isControl(envelope)) this.#dropOldest(box, envelope);
    if (generation === undefined) this.lines.show(box, envelope, row);
    else this.lines.showAgain(box, envelope, row, generation);
  }

  #dropOldest(box: DiskBox, envelope: Envelope): void {
    while (box.isOverfull(envelope, this.shelf.clock.now())) {
      const evicted = box.evictOldest();
      if (evicted === undefined) return;
      const row = box.rows.get(evicted.envelope) as number;
      this.lines.left(box, evicted.envelope);
      const death = { envelope: evicted.envelope, mailbox: box.address, error: undefined, ...evicted.past };
      this.deaths.tell({ ...death, reason: "overflow" }, row, box);
    }
  }
}

export class WriteGroup {
  /** The messages by the number of their put. */
  readonly puts = new Map<number, Envelope>();
  readonly journal: Journal;
  readonly #writing: Writing;
  readonly #coming: Coming[] = [];
  readonly #dying: [Death, number][] = [];
  /** Messages that somebody may send again and nobody looks for in the file, by the number of their put. */
  readonly #marked: [Envelope, number][] = [];

  constructor(writing: Writing, checked: boolean) {
    this.#writing = writing;
    this.journal = writing.shelf.journal.group(checked);
  }

  /** A message for its mailbox. */
  send(box: DiskBox, envelope: Envelope, isNew: boolean): void {
    const seq = this.#put(envelope, isNew);
    if (!isVolatile(envelope)) wait(this.journal, box, envelope, seq, 0, envelope.notBefore);
    this.#come(box, envelope, seq, isVolatile(envelope) ? -seq : seq);
  }

  /** A message that finds no room: a dead letter at once. */
  drop(box: DiskBox, envelope: Envelope, isNew: boolean): void {
    const seq = this.#put(envelope, isNew);
    this.#overflow(box, envelope, seq);
  }

  /** A copy of a published message for each mailbox; a full one turns only its own away. */
  publish(envelope: Envelope, boxes: readonly DiskBox[], isNew: boolean): void {
    const seq = this.#put(envelope, isNew);
    this.copies(envelope, boxes, seq);
  }

  /** The copies of a message whose own row has this number. */
  copies(envelope: Envelope, boxes: readonly DiskBox[], source: number, generation?: number): void {
    for (const box of boxes) this.#copy(box, envelope, source, generation);
  }

  /** A message that comes back from the dead letters; its row is still there. */
  giveBack(box: DiskBox, envelope: Envelope, row: number, generation: number): void {
    wait(this.journal, box, envelope, row, generation, envelope.notBefore);
    this.#come(box, envelope, row, row, generation);
  }

  /** Writes the group down; when it is in the file, its messages are seen, and then `then` is told. */
  end(then: (outcome: Outcome) => void): void {
    this.journal.end((outcome) => {
      this.#settle(outcome);
      then(outcome);
    });
  }

  /** Writes the group down for sure, however long that takes; `then` is told whether it could be written now. */
  endInsisting(then: (outcome: Outcome) => void): void {
    this.journal.end();
    this.journal.group();
    this.end(then);
  }

  /** As `end` for messages that do not wait for the file: they wait only behind those that do. */
  endVolatile(): void {
    const waits = this.#coming.some(({ box }) => box.writing > 1);
    const { lag } = this.#writing.shelf;
    const bytes = this.#bytes;
    lag.grow(bytes);
    this.journal.end(
      (outcome) => {
        lag.shrink(bytes);
        if (waits) this.#settle(undefined);
        else if (outcome === undefined) this.#tellDeaths();
      },
      false,
      waits || this.#dying.length > 0,
    );
    if (waits) return;
    this.#remember([]);
    this.#showAll();
  }

  /** What the group takes in memory until it is written, about. */
  get #bytes(): number {
    let bytes = GROUP * (1 + this.#coming.length);
    for (const { size } of this.puts.values()) bytes += size;
    return bytes;
  }

  #put(envelope: Envelope, isNew: boolean): number {
    const { shelf } = this.#writing;
    const seq = shelf.nextSeq();
    if (!isInquiry(envelope)) put(this.journal, envelope, seq, shelf.clock.now(), checkOf(envelope, isNew));
    count(this.journal, envelope, seq);
    this.puts.set(seq, envelope);
    if (!isNew && isVolatile(envelope)) this.#marked.push([envelope, seq]);
    return seq;
  }

  #copy(box: DiskBox, envelope: Envelope, source: number, generation: number | undefined): void {
    const { shelf, capacity } = this.#writing;
    const seq = shelf.nextSeq();
    const now = shelf.clock.now();
    putCopy(this.journal, envelope, seq, now, source, box.address);
    const full = capacity.full(box, envelope);
    if (full && capacity.overflow(box, envelope, full) !== STORED)
      return this.#overflow(box, envelope, seq, generation);
    const lasts = shelf.isLasting(box, envelope);
    if (lasts) wait(this.journal, box, envelope, seq, generation, envelope.notBefore);
    this.#come(box, envelope, source, lasts ? seq : -seq, generation);
  }

  #come(box: DiskBox, envelope: Envelope, by: number, row: number, generation?: number): void {
    const isHeld = isDelayed(envelope, this.#writing.shelf.clock.now());
    box.reserve(envelope, isHeld);
    this.#coming.push({ box, envelope, by, row, generation, isHeld });
  }

  #overflow({ address: mailbox }: DiskBox, envelope: Envelope, row: number, generation = 0): void {
    const death: Death = {
      ...{ envelope, mailbox, reason: "overflow", error: undefined, attempts: [] },
      generation,
    };
    this.#writing.deaths.write(this.journal, death, row);
    this.#dying.push([death, row]);
  }

  #settle(outcome: Outcome): void {
    for (const { box, envelope, isHeld } of this.#coming) box.unreserve(envelope, isHeld);
    if (outcome === undefined || outcome.type === "value" || outcome.type === "duplicates")
      this.#show(outcome?.type === "duplicates" ? outcome.found.map(([seq]) => seq) : []);
    else for (const { box } of this.#coming) this.#writing.freed(box);
  }

  #show(known: readonly number[]): void {
    this.#remember(known);
    for (const coming of this.#coming) {
      if (known.includes(coming.by)) this.#writing.freed(coming.box);
      else this.#writing.show(coming);
    }
    if (known.length === 0) this.#tellDeaths();
  }

  #remember(known: readonly number[]): void {
    const { recent, clock } = this.#writing.shelf;
    for (const [envelope, seq] of this.#marked) if (!known.includes(seq)) recent.add(envelope, clock.now());
  }

  #showAll(): void {
    for (const { box, envelope, isHeld } of this.#coming) box.unreserve(envelope, isHeld);
    for (const coming of this.#coming) this.#writing.show(coming);
  }

  #tellDeaths(): void {
    for (const [death] of this.#dying) this.#writing.deaths.told(death);
  }
}

/** An at-most-once message that memory took for new may be in the file all the same: that remembers longer. */
function checkOf(envelope: Envelope, isNew: boolean): (typeof Check)[keyof typeof Check] {
  if (!isNew) return Check.known;
  return isVolatile(envelope) ? Check.quiet : Check.fresh;
}

/** True for a message that is not seen before it is in the file: what must not be lost, and what the file must count. */
export function waitsForFile(envelope: Envelope): boolean {
  return !isVolatile(envelope) || messageLimit(envelope) !== undefined;
}
