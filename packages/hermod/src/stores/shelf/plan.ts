/** Plan: what the messages of one list would take up and be recognised by, before any of them is stored. */
import { marksOf } from "../../core/dedupe.ts";
import { isControl, isDelayed, messageLimit, type Envelope } from "../../core/envelope.ts";
import type { Appended } from "../../core/store.ts";
import type { Box, Load } from "./box.ts";
import { compare } from "./recent.ts";

export class Plan {
  /** Payload planned for the whole store. */
  bytes = 0;
  readonly #now: number;
  readonly #loads = new Map<Box, Load>();
  readonly #marks = new Map<string, Envelope>();
  readonly #sent = new Map<string, number>();

  constructor(now: number) {
    this.#now = now;
  }

  /** What is planned for a mailbox so far. */
  loadOf(box: Box): Load | undefined {
    return this.#loads.get(box);
  }

  /** How many messages that count are planned of a conversation. */
  sentIn(conversation: string): number {
    return this.#sent.get(conversation) ?? 0;
  }

  /** The answer for a message that bears the mark of one before it in the list. */
  twinOf(envelope: Envelope): Appended | undefined {
    const mark = marksOf(envelope).find((each) => this.#marks.has(each));
    return mark === undefined ? undefined : compare(this.#marks.get(mark) as Envelope, envelope);
  }

  /** Counts a message as stored in the mailbox. */
  add(box: Box, envelope: Envelope): void {
    const { count, bytes, held } = this.#loads.get(box) ?? {
      count: 0,
      bytes: 0,
      held: { count: 0, bytes: 0 },
    };
    const one = isControl(envelope) ? 0 : 1;
    const isHeld = one === 0 || isDelayed(envelope, this.#now);
    this.#loads.set(box, {
      count: one === 0 ? count : Math.min(count + one, mostLoad(box)),
      bytes: bytes + envelope.size,
      held: isHeld ? { count: held.count + one, bytes: held.bytes + envelope.size } : held,
    });
    this.bytes += envelope.size;
  }

  /** Recognises the message from now on, and counts it as sent. */
  remember(envelope: Envelope): void {
    const { conversationId } = envelope;
    if (messageLimit(envelope) !== undefined) this.#sent.set(conversationId, this.sentIn(conversationId) + 1);
    for (const mark of marksOf(envelope)) this.#marks.set(mark, envelope);
  }
}

/** How many more messages can wait: where the oldest make room, there are never more than the capacity. */
function mostLoad({ rule, waiting }: Box): number {
  return rule.overflow === "drop-oldest" ? rule.count - waiting : Infinity;
}
