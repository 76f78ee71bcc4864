/** Arrivals: how a message that may be stored gets into its mailbox, or a copy of it into each mailbox bound to its topic. */
import { isControl, type Envelope } from "../../core/envelope.ts";
import type { Past } from "../../core/mailbox.ts";
import { STORED, type Appended } from "../../core/store.ts";
import type { Box } from "../shelf/box.ts";
import { DROPPED, type Capacity } from "../shelf/capacity.ts";
import type { Deaths } from "./deaths.ts";
import { compare } from "../shelf/recent.ts";
import type { MemoryShelf } from "./shelf.ts";

export class Arrivals {
  readonly #shelf: MemoryShelf;
  readonly #capacity: Capacity;
  readonly #deaths: Deaths;

  constructor(shelf: MemoryShelf, capacity: Capacity, deaths: Deaths) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#deaths = deaths;
  }

  /** The answer for a message that was stored before; the history knows it by its id, only the window by its key. */
  known(envelope: Envelope): Appended | undefined {
    const recent = this.#shelf.recent.look(envelope, this.#shelf.clock.now());
    if (recent) return recent;
    const earlier = this.#shelf.history.find(envelope);
    return earlier && compare(earlier, envelope);
  }

  keep(box: Box, envelope: Envelope, fresh: boolean): Appended {
    const shelf = this.#shelf;
    const now =
      fresh && envelope.notBefore === undefined && envelope.idempotencyKey === undefined
        ? 0
        : shelf.clock.now();
    box.offer(envelope, now);
    shelf.notes.count(envelope);
    shelf.bytes += envelope.size;
    if (!fresh || envelope.idempotencyKey !== undefined) shelf.recent.add(envelope, now);
    shelf.history.add(envelope);
    if (envelope.notBefore !== undefined) shelf.awaitDue(box);
    box.wake();
    return STORED;
  }

  /** Does what the answer to a message promises; its room was looked for before. */
  carryOut(envelope: Envelope, answer: Appended, fresh: boolean): Appended {
    if (answer !== STORED && answer !== DROPPED) return answer;
    if (envelope.to === undefined) return this.spread(this.#shelf.boundTo(envelope), envelope, fresh);
    const box = this.#shelf.boxOf(envelope.to) as Box;
    if (answer === DROPPED) this.#dropNewest(box, envelope, fresh);
    else {
      if (box.rule.overflow === "drop-oldest" && !isControl(envelope)) this.#dropOldest(box, envelope);
      this.keep(box, envelope, fresh);
    }
    return answer;
  }

  /** Gives each mailbox its copy of a published message. */
  spread(boxes: readonly Box[], envelope: Envelope, fresh: boolean): Appended {
    const now = this.#shelf.clock.now();
    this.#shelf.notes.count(envelope);
    if (!fresh || envelope.idempotencyKey !== undefined) this.#shelf.recent.add(envelope, now);
    for (const box of boxes) this.#copyTo(box, envelope, now);
    return STORED;
  }

  /** Gives each mailbox its copy of a published message that comes back from the dead letters. */
  spreadAgain(boxes: readonly Box[], envelope: Envelope, generation: number): void {
    const now = this.#shelf.clock.now();
    for (const box of boxes) this.#copyTo(box, envelope, now, { attempts: [], generation });
  }

  #copyTo(box: Box, envelope: Envelope, now: number, past?: Past): void {
    const shelf = this.#shelf;
    shelf.history.add(envelope, box.address);
    const full = this.#capacity.full(box, envelope);
    if (full && full.limit !== "store" && this.#capacity.overflow(box, envelope, full) !== STORED) {
      return this.#deaths.overflowed(box, envelope, past?.generation);
    }
    if (full) this.#dropOldest(box, envelope);
    box.offer(envelope, now, past);
    shelf.bytes += envelope.size;
    shelf.stir(box);
  }

  #dropNewest(box: Box, envelope: Envelope, fresh: boolean): void {
    const { recent, clock, notes } = this.#shelf;
    notes.count(envelope);
    if (!fresh || envelope.idempotencyKey !== undefined) recent.add(envelope, clock.now());
    this.#shelf.history.add(envelope);
    this.#deaths.overflowed(box, envelope);
  }

  /** Makes room by the oldest messages. */
  #dropOldest(box: Box, envelope: Envelope): void {
    const now = this.#shelf.clock.now();
    while (box.fullness(envelope, undefined, now)) {
      const evicted = box.evictOldest();
      if (evicted === undefined) return;
      this.#shelf.bytes -= evicted.envelope.size;
      const { attempts, generation } = evicted.past;
      const mailbox = box.address;
      this.#deaths.tell({
        envelope: evicted.envelope,
        mailbox,
        reason: "overflow",
        error: undefined,
        attempts,
        generation,
      });
    }
  }
}
