/** Senders: those that wait for room in a mailbox, let in in their order. */
import type { Envelope } from "../../core/envelope.ts";
import { Ring } from "../../core/ring.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Appended } from "../../core/store.ts";
import type { Box, Waiter } from "./box.ts";
import { lacksRoom, type Capacity, type Full } from "./capacity.ts";
import type { Shelf } from "./shelf.ts";

/** A sender waits this long for room when its message has no deadline. */
const ROOM_WAIT = 30_000;

/** Answers a message for which there is room now; `full` where something else keeps it out. */
export type LetIn<B extends Box> = (box: B, envelope: Envelope, full: Full | undefined) => Maybe<Appended>;

export class Senders<B extends Box = Box> {
  readonly #shelf: Shelf<B>;
  readonly #capacity: Capacity;
  readonly #letIn: LetIn<B>;

  constructor(shelf: Shelf<B>, capacity: Capacity, letIn: LetIn<B>) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#letIn = letIn;
  }

  /** Answers when there is room, or with `full` when the time is over. */
  wait(box: B, envelope: Envelope, full: Appended): Promise<Appended> {
    const { clock } = this.#shelf;
    const now = clock.now();
    const wait = (envelope.deadline ?? now + ROOM_WAIT) - now;
    return new Promise((resolve) => {
      const cancel = clock.after(wait, () => this.#giveUp(box, waiter, full));
      const waiter: Waiter = { envelope, answer: resolve, cancel };
      (box.waiters ??= new Ring()).push(waiter);
    });
  }

  /** Ends the waiting of a message that needs no room. */
  excuse(box: B, envelope: Envelope, answer: Appended): void {
    const at = [...(box.waiters ?? [])].findIndex((waiter) => waiter.envelope === envelope);
    if (at < 0) return;
    const waiter = box.waiters?.removeAt(at);
    waiter?.cancel();
    waiter?.answer(answer);
    this.admit(box);
  }

  /** Lets in who waits, in order, as long as there is room; for anything else nobody waits. */
  admit(box: B): void {
    for (let waiter = box.waiters?.at(0); waiter; waiter = box.waiters?.at(0)) {
      const full = this.#capacity.full(box, waiter.envelope);
      if (full && lacksRoom(full)) return;
      box.waiters?.shift();
      if (box.waiters?.length === 0) box.waiters = undefined;
      waiter.cancel();
      waiter.answer(this.#letIn(box, waiter.envelope, full));
    }
  }

  #giveUp(box: B, waiter: Waiter, full: Appended): void {
    const at = [...(box.waiters ?? [])].indexOf(waiter);
    if (at >= 0) box.waiters?.removeAt(at);
    waiter.answer(full);
    this.admit(box);
  }
}
