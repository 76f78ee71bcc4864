/** Bindings: which mailboxes get a copy of which topics, in the order in which they were bound. */
import type { Address } from "../../core/address.ts";
import { toPattern } from "../../core/topic.ts";
import { TopicTree } from "../../core/topictree.ts";

/** One binding; its number says when it was made, and a renewal keeps it. */
export interface Bound {
  readonly sequence: number;
  readonly pattern: string;
  readonly mailbox: Address;
  /** UTC milliseconds; Infinity for a lasting one. */
  until: number;
}

/** So many bindings are kept before the first look for expired ones. */
const LEAST = 64;

export class Bindings {
  readonly #tree = new TopicTree<Bound>();
  readonly #byMailbox = new Map<Address, Map<string, Bound>>();
  #sequence = 0;
  #most = LEAST;

  /** How many are kept, with those that have expired and were not met since. */
  get size(): number {
    return this.#tree.size;
  }

  /**
   * Binds until `until`, or renews a binding that has not expired; both times in UTC milliseconds.
   * @throws HermodError HERMOD_BAD_ADDRESS for what is no pattern.
   */
  add(pattern: string, mailbox: Address, until: number, now: number): void {
    toPattern(pattern);
    const bound = this.#byMailbox.get(mailbox)?.get(pattern);
    if (bound !== undefined && bound.until > now) bound.until = until;
    else {
      if (bound) this.#drop(bound);
      this.#keep({ sequence: ++this.#sequence, pattern, mailbox, until });
      if (this.size >= this.#most) this.#sweep(now);
    }
  }

  delete(pattern: string, mailbox: Address): void {
    const bound = this.#byMailbox.get(mailbox)?.get(pattern);
    if (bound) this.#drop(bound);
  }

  /** Ends all bindings of a mailbox. */
  forget(mailbox: Address): void {
    for (const { pattern } of this.#of(mailbox)) this.delete(pattern, mailbox);
  }

  /** The mailboxes bound to a topic now, each once, in the order of their first binding that fits. */
  match(topic: string, now: number): Address[] {
    const mailboxes = this.#fitting(topic, now).map(({ mailbox }) => mailbox);
    return mailboxes.length > 1 ? [...new Set(mailboxes)] : mailboxes;
  }

  /** True when one of a mailbox's bindings that fit the topic now has no lease. */
  isLasting(topic: string, mailbox: Address, now: number): boolean {
    return this.#fitting(topic, now).some((bound) => bound.mailbox === mailbox && bound.until === Infinity);
  }

  /** The bindings of all mailboxes or of one, that fit any topic or this one, in the order of binding. */
  list(now: number, mailbox?: Address, topic?: string): Bound[] {
    if (topic === undefined) return inOrder(this.#of(mailbox).filter(({ until }) => until > now));
    const fitting = this.#fitting(topic, now);
    return mailbox === undefined ? fitting : fitting.filter((bound) => bound.mailbox === mailbox);
  }

  #of(mailbox: Address | undefined): Bound[] {
    if (mailbox !== undefined) return [...(this.#byMailbox.get(mailbox)?.values() ?? [])];
    return [...this.#byMailbox.values()].flatMap((bound) => [...bound.values()]);
  }

  /** The bindings that fit a topic now; expired ones that are met on the way go. */
  #fitting(topic: string, now: number): Bound[] {
    const found = this.#tree.matches(topic);
    if (found.every(({ until }) => until > now)) return inOrder(found);
    for (const bound of found) if (bound.until <= now) this.#drop(bound);
    return inOrder(found.filter(({ until }) => until > now));
  }

  #keep(bound: Bound): void {
    const { pattern, mailbox } = bound;
    const patterns = this.#byMailbox.get(mailbox) ?? new Map<string, Bound>();
    this.#byMailbox.set(mailbox, patterns.set(pattern, bound));
    this.#tree.add(pattern, bound);
  }

  #drop(bound: Bound): void {
    const { pattern, mailbox } = bound;
    const patterns = this.#byMailbox.get(mailbox);
    patterns?.delete(pattern);
    if (patterns?.size === 0) this.#byMailbox.delete(mailbox);
    this.#tree.delete(pattern, bound);
  }

  /** Drops what has expired under topics that nobody publishes to: whenever there are twice as many as the last look left. */
  #sweep(now: number): void {
    for (const bound of this.#of(undefined)) if (bound.until <= now) this.#drop(bound);
    this.#most = Math.max(LEAST, this.size * 2);
  }
}

function inOrder(bound: Bound[]): Bound[] {
  return bound.length > 1 ? bound.sort((a, b) => a.sequence - b.sequence) : bound;
}
