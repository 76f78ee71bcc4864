/** Senders: those that wait for room in a mailbox, let in in their order. */
import type { Envelope } from "../../core/envelope.ts";
import { Ring } from "../../core/ring.ts";
import type { Appended } from "../../core/store.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Box, Waiter } from "./box.ts";
import { lacksRoom, type Capacity } from "./capacity.ts";
import type { Shelf } from "./shelf.ts";

/** A sender waits this long for room when its message has no deadline. */
const ROOM_WAIT = 30_000;

export class Senders {
  readonly #shelf: Shelf;
  readonly #capacity: Capacity;
  readonly #arrivals: Arrivals;

  constructor(shelf: Shelf, capacity: Capacity, arrivals: Arrivals) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#arrivals = arrivals;
  }

  /** Answers when there is room, or with `full` when the time is over. */
  wait(box: Box, envelope: Envelope, full: Appended): Promise<Appended> {
    const { clock } = this.#shelf;
    const now = clock.now();
    const wait = (envelope.deadline ?? now + ROOM_WAIT) - now;
    return new Promise((resolve) => {
      const cancel = clock.after(wait, () => this.#giveUp(box, waiter, full));
      const waiter: Waiter = { envelope, answer: resolve, cancel };
      (box.waiters ??= new Ring()).push(waiter);
    });
  }

  /** Lets in who waits, in order, as long as there is room; for anything else nobody waits. */
  admit(box: Box): void {
    for (let waiter = box.waiters?.at(0); waiter; waiter = box.waiters?.at(0)) {
      const full = this.#capacity.full(box, waiter.envelope);
      if (full && lacksRoom(full)) return;
      box.waiters?.shift();
      if (box.waiters?.length === 0) box.waiters = undefined;
      waiter.cancel();
      // The same message may have come twice while both waited.
      waiter.answer(
        this.#arrivals.known(waiter.envelope) ?? full ?? this.#arrivals.keep(box, waiter.envelope, false),
      );
    }
  }

  #giveUp(box: Box, waiter: Waiter, full: Appended): void {
    const at = [...(box.waiters ?? [])].indexOf(waiter);
    if (at >= 0) box.waiters?.removeAt(at);
    waiter.answer(full);
    this.admit(box);
  }
}
