/**
 * Mailbox: the ordered waiting messages of one agent, with what is claimed and not yet settled. A value that changes, without
 * clock, timer or I/O: every time is handed in. The stores that keep their order in memory put a journal around it.
 *
 *   offer → lanes ──claim──→ running ──settle──→ gone | lanes (release) | delayed (retry)
 *             ↑ due             │
 *           delayed          parked: claimable but for a busy order key; back in front of its lane when the key is free
 */
import type { Address } from "./address.ts";
import { isControl, type Envelope } from "./envelope.ts";
import { matches, type Filter } from "./filter.ts";
import { TimeHeap } from "./heap.ts";
import { Lanes } from "./lanes.ts";
import { keyOf, retryBlocks } from "./ordering.ts";
import { Ring } from "./ring.ts";
import type { Attempt, Claim, MailboxCounts, MailboxRule } from "./store.ts";

/** What a message that waits again has behind it. */
interface Past {
  attempts: Attempt[];
  generation: number;
}

/** A claim with its place among the running ones. */
export class OpenClaim implements Claim {
  /** Place in the list of running claims; -1 when the claim is over. */
  place = -1;
  leaseUntil: number;
  readonly envelope: Envelope;
  readonly mailbox: Address;
  readonly attempt: number;
  readonly token: number;
  readonly startedAt: number;
  readonly generation: number;

  constructor(
    envelope: Envelope,
    mailbox: Address,
    attempt: number,
    token: number,
    startedAt: number,
    leaseUntil: number,
    generation: number,
  ) {
    this.envelope = envelope;
    this.mailbox = mailbox;
    this.attempt = attempt;
    this.token = token;
    this.startedAt = startedAt;
    this.leaseUntil = leaseUntil;
    this.generation = generation;
  }
}

/** How a claimed message leaves the running ones. */
export type Leaving =
  | { readonly type: "gone" }
  | { readonly type: "again"; readonly at?: number; readonly attempt?: Attempt };

/** What a claim needs from outside. */
export interface ClaimTerms {
  readonly now: number;
  readonly lease: number;
  /** Draws the next fencing token. */
  readonly token: () => number;
  /** Told of each message found past its deadline; it has left the mailbox. */
  readonly expired: (envelope: Envelope, attempts: readonly Attempt[], generation: number) => void;
  readonly where?: Filter | undefined;
}

/** A message that waits for a time. */
interface Delayed {
  readonly envelope: Envelope;
  /** It was claimed before: it comes back in front of its lane. */
  readonly again: boolean;
  /** It keeps its order key busy until then. */
  readonly holds: boolean;
}

/** Most waiting control messages of one mailbox. */
export const MOST_CONTROL = 1000;

const none: readonly Attempt[] = Object.freeze([]);

export class Mailbox {
  readonly address: Address;
  rule: MailboxRule;
  served = false;
  bytes = 0;
  /** Messages ever offered; those that came back do not count again. */
  received = 0;
  #lanes: Lanes | undefined;
  #control: Ring<Envelope> | undefined;
  #delayed: TimeHeap<Delayed> | undefined;
  #parked: Map<string, Ring<Envelope>> | undefined;
  /** For each key with parked messages that is not busy: the one message of the key that is back in its lane. */
  #next: Map<string, Envelope> | undefined;
  #busy: Set<string> | undefined;
  #past: Map<Envelope, Past> | undefined;
  #running: OpenClaim[] | undefined;
  #parkedCount = 0;

  constructor(address: Address, rule: MailboxRule) {
    this.address = address;
    this.rule = rule;
  }

  /** Messages that wait, whether claimable, delayed or behind a busy key; control messages aside. */
  get waiting(): number {
    return (this.#lanes?.length ?? 0) + this.#parkedCount + (this.#delayed?.length ?? 0);
  }

  get running(): readonly OpenClaim[] {
    return this.#running ?? [];
  }

  /** Keeps what waits by another rule from now on. */
  adopt(rule: MailboxRule): void {
    const same = rule.order === this.rule.order && rule.keyBy === this.rule.keyBy;
    this.rule = rule;
    if (same || this.idle) return void (same || (this.#lanes = undefined));
    const ready = [...(this.#lanes ?? []), ...[...(this.#parked?.values() ?? [])].flatMap((ring) => [...ring])];
    this.#lanes = this.#parked = this.#next = undefined;
    this.#parkedCount = 0;
    const keys = this.running.map(({ envelope }) => keyOf(envelope, rule)).filter((key) => key !== undefined);
    this.#busy = new Set(keys);
    for (const envelope of ready.sort((a, b) => a.sentAt - b.sentAt)) this.#ready().push(envelope);
  }

  /** When the next delayed message is due. */
  get nextDue(): number | undefined {
    return this.#delayed?.next;
  }

  /** True when the mailbox holds and runs nothing. */
  get idle(): boolean {
    return this.waiting === 0 && !this.#control?.length && this.running.length === 0;
  }

  /** Which limit of its rule the mailbox would pass with this message; control messages never do. */
  fullness(envelope: Envelope): "count" | "bytes" | undefined {
    if (isControl(envelope)) return (this.#control?.length ?? 0) >= MOST_CONTROL ? "count" : undefined;
    if (this.waiting >= this.rule.count) return "count";
    return this.bytes + envelope.size > this.rule.bytes ? "bytes" : undefined;
  }

  /** Lets a message wait. */
  offer(envelope: Envelope, now: number, past?: Past): void {
    if (past) this.#keepPast(envelope, past);
    else this.received++;
    this.bytes += envelope.size;
    if (isControl(envelope)) (this.#control ??= new Ring()).push(envelope);
    else if (envelope.notBefore !== undefined && envelope.notBefore > now) this.#delay(envelope.notBefore, envelope, false, false);
    else this.#ready().push(envelope);
  }

  /** Takes out the message that waits longest, to make room; what it leaves is told to the caller. */
  evictOldest(): { envelope: Envelope; past: Past } | undefined {
    const envelope = this.#lanes?.shiftOldest();
    if (envelope === undefined) return undefined;
    this.bytes -= envelope.size;
    this.#passOn(envelope);
    return { envelope, past: this.#takePast(envelope) };
  }

  /** Claims control messages, then up to `max` others; answers how many went into `out`. */
  claim(max: number, terms: ClaimTerms, out: Claim[]): number {
    const before = out.length;
    this.#due(terms.now);
    if (this.#control?.length) this.#claimControl(terms, out);
    for (let left = max; left > 0; ) {
      const envelope = this.#take(terms);
      if (envelope === undefined) break;
      if (this.#admit(envelope, terms, out)) left--;
    }
    return out.length - before;
  }

  /** The claim of this token, when it is still open. */
  isOpen(claim: Claim): claim is OpenClaim {
    return claim instanceof OpenClaim && claim.place >= 0 && this.#running?.[claim.place] === claim;
  }

  /** Ends an open claim. Answers true when another message may have become claimable by it. */
  leave(claim: OpenClaim, how: Leaving): boolean {
    this.#remove(claim);
    const { envelope } = claim;
    const key = isControl(envelope) ? undefined : keyOf(envelope, this.rule);
    if (how.type === "gone") {
      this.#past?.delete(envelope);
      return this.#free(key);
    }
    if (how.attempt) this.#keepPast(envelope, { ...this.#pastOf(envelope), attempts: [...this.attemptsOf(envelope), how.attempt] });
    this.bytes += envelope.size;
    const holds = how.at !== undefined && retryBlocks(this.rule);
    if (how.at !== undefined) this.#delay(how.at, envelope, true, holds);
    else this.#back(envelope);
    if (how.at === undefined) this.#giveBack(key, envelope);
    else if (!holds) this.#free(key);
    return true;
  }

  /** Attempts that a message has behind it while it waits or runs. */
  attemptsOf(envelope: Envelope): readonly Attempt[] {
    return this.#past?.get(envelope)?.attempts ?? none;
  }

  /** The open claims whose lease has run out. */
  outlived(now: number): OpenClaim[] {
    return this.running.filter((claim) => claim.leaseUntil <= now);
  }

  /** All waiting messages in about the order they will be claimed: control, lanes, parked, delayed. */
  *contents(): IterableIterator<Envelope> {
    yield* this.#control ?? [];
    yield* this.#lanes ?? [];
    for (const ring of this.#parked?.values() ?? []) yield* ring;
    yield* [...(this.#delayed ?? [])].sort((a, b) => a.at - b.at).map(({ item }) => item.envelope);
  }

  /** Empties the mailbox; the waiting messages with what they have behind them, running claims become stale. */
  clear(): { envelope: Envelope; past: Past }[] {
    const all = [...this.contents(), ...this.running.map(({ envelope }) => envelope)];
    const left = all.map((envelope) => ({ envelope, past: this.#pastOf(envelope) }));
    for (const claim of this.running) claim.place = -1;
    this.#lanes = this.#control = this.#delayed = this.#parked = undefined;
    this.#next = this.#busy = this.#past = this.#running = undefined;
    this.#parkedCount = this.bytes = 0;
    return left;
  }

  /** The mailbox's numbers. */
  counts(): MailboxCounts {
    const oldest = this.#lanes?.oldestSentAt;
    const delayed = this.#delayed?.length ?? 0;
    return {
      mailbox: this.address,
      served: this.served,
      waiting: this.waiting - delayed + (this.#control?.length ?? 0),
      delayed,
      running: this.running.length,
      bytes: this.bytes,
      received: this.received,
      ...(oldest !== undefined && { oldestSentAt: oldest }),
    };
  }

  #ready(): Lanes {
    return (this.#lanes ??= new Lanes(this.rule));
  }

  #delay(at: number, envelope: Envelope, again: boolean, holds: boolean): void {
    (this.#delayed ??= new TimeHeap()).push(at, { envelope, again, holds });
  }

  /** A message that has waited comes back before the others of its lane. */
  #back(envelope: Envelope): void {
    if (isControl(envelope)) (this.#control ??= new Ring()).unshift(envelope);
    else this.#ready().unshift(envelope);
  }

  /** Moves what is due into its lane: what was claimed before comes first there, a delayed send last. */
  #due(now: number): void {
    if (this.#delayed === undefined) return;
    for (let item = this.#delayed.take(now); item; item = this.#delayed.take(now)) {
      if (item.holds) this.#giveBack(keyOf(item.envelope, this.rule), item.envelope);
      if (item.again) this.#back(item.envelope);
      else this.#ready().push(item.envelope);
    }
  }

  #take({ where, now }: ClaimTerms): Envelope | undefined {
    if (where === undefined || where.length === 0) return this.#lanes?.shift();
    return this.#lanes?.take((envelope) => matches(where, { envelope }, now) && !this.#isBusy(envelope));
  }

  #isBusy(envelope: Envelope): boolean {
    const key = keyOf(envelope, this.rule);
    return key !== undefined && this.#busy?.has(key) === true;
  }

  /** Runs the message, parks it behind its busy key, or buries it when it has expired. True when it went into `out`. */
  #admit(envelope: Envelope, terms: ClaimTerms, out: Claim[]): boolean {
    if (envelope.deadline !== undefined && terms.now > envelope.deadline) {
      this.#expire(envelope, terms);
      return false;
    }
    const key = keyOf(envelope, this.rule);
    if (key !== undefined) {
      if (this.#busy?.has(key)) {
        this.#park(key, envelope);
        return false;
      }
      (this.#busy ??= new Set()).add(key);
      this.#next?.delete(key);
    }
    this.#run(envelope, terms, out);
    return true;
  }

  #claimControl(terms: ClaimTerms, out: Claim[]): void {
    for (let envelope = this.#control?.shift(); envelope; envelope = this.#control?.shift()) {
      if (envelope.deadline !== undefined && terms.now > envelope.deadline) this.#expire(envelope, terms);
      else this.#run(envelope, terms, out);
    }
  }

  #run(envelope: Envelope, { now, lease, token }: ClaimTerms, out: Claim[]): void {
    const past = this.#past?.get(envelope);
    const attempt = (past?.attempts.length ?? 0) + 1;
    const claim = new OpenClaim(envelope, this.address, attempt, token(), now, now + lease, past?.generation ?? 0);
    this.bytes -= envelope.size;
    const running = (this.#running ??= []);
    claim.place = running.push(claim) - 1;
    out.push(claim);
  }

  #remove(claim: OpenClaim): void {
    const running = this.#running as OpenClaim[];
    const last = running.pop() as OpenClaim;
    if (last !== claim) {
      running[claim.place] = last;
      last.place = claim.place;
    }
    claim.place = -1;
  }

  #expire(envelope: Envelope, terms: ClaimTerms): void {
    this.bytes -= envelope.size;
    this.#passOn(envelope);
    const { attempts, generation } = this.#takePast(envelope);
    terms.expired(envelope, attempts, generation);
  }

  /** Sets a message aside until its key is free; the one that was the key's next stays the first. */
  #park(key: string, envelope: Envelope): void {
    const parked = (this.#parked ??= new Map());
    const ring = parked.get(key) ?? new Ring<Envelope>();
    parked.set(key, ring);
    if (this.#next?.get(key) === envelope) {
      this.#next.delete(key);
      ring.unshift(envelope);
    } else ring.push(envelope);
    this.#parkedCount++;
  }

  /** Frees a key; the first message parked behind it comes back to its lane and is the key's next. */
  #free(key: string | undefined): boolean {
    if (key === undefined) return false;
    this.#busy?.delete(key);
    const ring = this.#parked?.get(key);
    const envelope = ring?.shift();
    if (envelope === undefined) return false;
    if (ring?.length === 0) this.#parked?.delete(key);
    this.#parkedCount--;
    (this.#next ??= new Map()).set(key, envelope);
    this.#back(envelope);
    return true;
  }

  /** Frees a key for a message that is back in its lane: that one is the key's next, before all that is parked. */
  #giveBack(key: string | undefined, envelope: Envelope): void {
    if (key === undefined) return;
    this.#busy?.delete(key);
    (this.#next ??= new Map()).set(key, envelope);
  }

  /** A message leaves its lane without being claimed: if it was its key's next, the following one takes its place. */
  #passOn(envelope: Envelope): void {
    const key = this.#next === undefined || isControl(envelope) ? undefined : keyOf(envelope, this.rule);
    if (key === undefined || this.#next?.get(key) !== envelope) return;
    this.#next.delete(key);
    this.#free(key);
  }

  #pastOf(envelope: Envelope): Past {
    return this.#past?.get(envelope) ?? { attempts: [], generation: 0 };
  }

  #takePast(envelope: Envelope): Past {
    const past = this.#pastOf(envelope);
    this.#past?.delete(envelope);
    return past;
  }

  #keepPast(envelope: Envelope, past: Past): void {
    (this.#past ??= new Map()).set(envelope, past);
  }
}
