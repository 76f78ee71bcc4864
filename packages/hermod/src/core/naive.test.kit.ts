/**
 * The mailbox told plainly: one list, searched anew for every question, without lanes, rings, heaps or anything set aside.
 * Slow and obvious; the real one is compared with it, command by command.
 */
import { isControl, type Envelope } from "./envelope.ts";
import type { Leaving } from "./mailbox.ts";
import { slotOf } from "./rendezvous.ts";
import type { MailboxRule } from "./store.ts";

/** A message in the list. */
export interface Entry {
  readonly envelope: Envelope;
  /** Its place in line, kept for ever; a delayed send gets it when it is due. */
  turn: number | undefined;
  /** The time it waits for; absent for what stands in line. */
  at: number | undefined;
  failures: number;
}

/** Every how many deliveries the oldest goes first. */
const AGEING = 32;

type Fits = (envelope: Envelope) => boolean;

const all: Fits = () => true;

export class NaiveMailbox {
  rule: MailboxRule;
  waiting: Entry[] = [];
  running = new Set<Entry>();
  #turns = 0;
  #deliveries = 0;

  constructor(rule: MailboxRule) {
    this.rule = rule;
  }

  offer(envelope: Envelope, now: number): void {
    const at = envelope.notBefore !== undefined && envelope.notBefore > now ? envelope.notBefore : undefined;
    this.waiting.push({ envelope, at, turn: at === undefined ? ++this.#turns : undefined, failures: 0 });
  }

  /** True when as much stands in line and runs as may; notices aside. */
  get isTotal(): boolean {
    const all = [...this.waiting.filter(({ at }) => at === undefined), ...this.running];
    return all.filter(({ envelope }) => !isControl(envelope)).length >= this.rule.total;
  }

  /** Control messages, then up to `max` others, in the order in which they are to be given. */
  claim(max: number, now: number, fits: Fits = all, beside = false): Entry[] {
    this.ripen(now);
    const given = this.waiting
      .filter((entry) => isControl(entry.envelope) && isReady(entry, now) && fits(entry.envelope))
      .sort(byTurn);
    for (const entry of given) this.#start(entry);
    for (let left = max; left > 0; left--) {
      const entry = this.#next(now, fits, beside);
      if (entry === undefined) break;
      this.#deliveries++;
      this.#start(entry);
      given.push(entry);
    }
    return given;
  }

  /** What could be given now, control messages aside. */
  claimable(now: number, fits: Fits = all, beside = false): Entry[] {
    const busy = this.busy(now, beside);
    const may = ({ envelope }: Entry): boolean => !busy.has(this.keyOf(envelope)) && fits(envelope);
    return this.waiting.filter((entry) => !isControl(entry.envelope) && isReady(entry, now) && may(entry));
  }

  /** The keys of what runs, which a claim beside it passes, and, in strict order, of what is to be tried again later. */
  busy(now: number, beside = false): Set<string | undefined> {
    const held =
      this.rule.order === "strict"
        ? this.waiting.filter((entry) => isRetry(entry) && !isDue(entry, now))
        : [];
    const busy = new Set(
      [...(beside ? [] : this.running), ...held].map(({ envelope }) => this.keyOf(envelope)),
    );
    busy.delete(undefined);
    return busy;
  }

  keyOf(envelope: Envelope): string | undefined {
    if (isControl(envelope)) return undefined;
    const { to, from, orderKey, conversationId } = envelope;
    switch (this.rule.keyBy) {
      case "recipient":
        return to ?? "critic";
      case "slot":
        return `slot ${slotOf(orderKey ?? conversationId, this.rule.slots)}`;
      case "conversation":
        return conversationId;
      case "none":
        return orderKey ?? (this.rule.order === "strict" ? from : undefined);
    }
  }

  leave(entry: Entry, how: Leaving): void {
    this.running.delete(entry);
    if (how.type === "gone") return;
    entry.at = how.at;
    if (how.attempt) entry.failures++;
    this.waiting.push(entry);
  }

  /** The message that stands in line longest. */
  oldest(): Entry | undefined {
    return this.waiting
      .filter(({ envelope, at }) => !isControl(envelope) && at === undefined)
      .sort(byTurn)[0];
  }

  drop(entry: Entry): void {
    this.waiting.splice(this.waiting.indexOf(entry), 1);
  }

  find(envelope: Envelope): Entry | undefined {
    return this.waiting.find((entry) => entry.envelope === envelope);
  }

  /** Puts what is due in line: by its time, and by the order of coming at the same time. */
  ripen(now: number): void {
    const due = this.waiting
      .filter(({ at }) => at !== undefined && at <= now)
      .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    for (const entry of due) {
      entry.at = undefined;
      entry.turn ??= ++this.#turns;
    }
  }

  #next(now: number, fits: Fits, beside: boolean): Entry | undefined {
    const ageing = (this.#deliveries + 1) % AGEING === 0 || this.rule.order !== "priority";
    const order = ageing
      ? byTurn
      : (a: Entry, b: Entry) => b.envelope.priority - a.envelope.priority || byTurn(a, b);
    return this.claimable(now, fits, beside).sort(order)[0];
  }

  #start(entry: Entry): void {
    this.drop(entry);
    this.running.add(entry);
  }
}

function byTurn(a: Entry, b: Entry): number {
  return (a.turn ?? Infinity) - (b.turn ?? Infinity);
}

function isDue({ at }: Entry, now: number): boolean {
  return at === undefined || at <= now;
}

function isReady(entry: Entry, now: number): boolean {
  return isDue(entry, now) && now <= (entry.envelope.deadline ?? Infinity);
}

/** True for what was given before and waits for a time again. */
function isRetry({ at, turn }: Entry): boolean {
  return at !== undefined && turn !== undefined;
}
