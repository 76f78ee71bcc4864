/**
 * Mailbox: the ordered waiting messages of one agent, with what is claimed and not yet settled. A value that changes, without
 * clock, timer or I/O: every time is handed in. The stores that keep their order in memory put a journal around it.
 *
 *   offer → lanes ──claim──→ running ──settle──→ gone | lanes (release) | delayed (retry)
 *             ↑ due             │
 *           delayed          parked: claimable but for a busy order key; back in its lane when the key is free
 *
 * A message draws its turn when it gets in line, and stands by it wherever it waits, however often it comes back.
 */
import type { Address } from "./address.ts";
import { isControl, isDelayed, isExpired, type Envelope } from "./envelope.ts";
import { matches, type Filter } from "./filter.ts";
import { TimeHeap } from "./heap.ts";
import { Keys } from "./keys.ts";
import { Lane } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { keyOf, retryBlocks } from "./ordering.ts";
import type { Attempt, Claim, DelayedMessage, MailboxRule } from "./store.ts";
import type { MailboxCounts } from "./numbers.ts";

/** What a message that waits again has behind it. */
export interface Past {
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
  /** The message's turn: where it stands when it comes back. */
  readonly turn: number;

  constructor(
    envelope: Envelope,
    mailbox: Address,
    attempt: number,
    token: number,
    startedAt: number,
    leaseUntil: number,
    generation: number,
    turn: number,
  ) {
    this.envelope = envelope;
    this.mailbox = mailbox;
    this.attempt = attempt;
    this.token = token;
    this.startedAt = startedAt;
    this.leaseUntil = leaseUntil;
    this.generation = generation;
    this.turn = turn;
  }
}

/** How a claimed message leaves the running ones. */
export type Leaving =
  | { readonly type: "gone" }
  | { readonly type: "again"; readonly at?: number; readonly attempt?: Attempt; readonly keepsKey?: boolean };

/** What a claim needs from outside. */
export interface ClaimTerms {
  readonly now: number;
  readonly lease: number;
  /** Draws the next fencing token. */
  readonly token: () => number;
  /** Told of each message found past its deadline; it has left the mailbox. */
  readonly expired: (envelope: Envelope, attempts: readonly Attempt[], generation: number) => void;
  readonly where?: Filter | undefined;
  /** Passes over what must not be given out now. */
  readonly may?: ((envelope: Envelope) => boolean) | undefined;
  /** Gives also messages whose key is kept by what runs; default false. */
  readonly beside?: boolean;
}

/** Some room. */
export interface Room {
  readonly count: number;
  readonly bytes: number;
}

/** What is to be let in beside a message. */
export interface Planned extends Room {
  /** How much of it waits for a time, or is control messages. */
  readonly held?: Room;
}

/** A message that waits for a time. */
interface Delayed {
  readonly envelope: Envelope;
  /** Where it stood before; 0 for one that was not in line yet. */
  readonly turn: number;
  /** True where nothing of its key may go first, whatever the rule. */
  readonly keepsKey: boolean;
}

/** A message that was put off: until when, and its number elsewhere. */
export interface PutOff {
  readonly at: number;
  readonly number: number;
  readonly envelope: Envelope;
}

/** Most waiting control messages of one mailbox. */
export const MOST_CONTROL = 1000;

/** Every how many deliveries the oldest goes first, so that low priorities advance under any load. */
const AGEING = 32;

const none: readonly Attempt[] = Object.freeze([]);
const noRoom: Planned = Object.freeze({ count: 0, bytes: 0 });

export class Mailbox {
  readonly address: Address;
  rule: MailboxRule;
  served = false;
  /** True while whoever serves it takes nothing for now. */
  rests = false;
  /** The systems that serve it, where they are known. */
  servers: readonly Address[] | undefined;
  bytes = 0;
  /** Messages ever offered; those that came back do not count again. */
  received = 0;
  #lanes: Lanes | undefined;
  #control: Lane | undefined;
  #delayed: TimeHeap<Delayed> | undefined;
  #keys: Keys | undefined;
  #past: Map<Envelope, Past> | undefined;
  #running: OpenClaim[] | undefined;
  #delayedControl = 0;
  #turns = 0;
  #delivered = 0;

  constructor(address: Address, rule: MailboxRule) {
    this.address = address;
    this.rule = rule;
  }

  /** Messages that wait, whether claimable, delayed or behind a busy key; control messages aside. */
  get waiting(): number {
    return this.#inLine + (this.#delayed?.length ?? 0) - this.#delayedControl;
  }

  get running(): readonly OpenClaim[] {
    return this.#running ?? [];
  }

  /** Keeps what waits by another rule from now on; what runs keeps its key. */
  adopt(rule: MailboxRule): void {
    const { order, keyBy, slots } = this.rule;
    const same = rule.order === order && rule.keyBy === keyBy && rule.slots === slots;
    this.rule = rule;
    if (same) return;
    const inLine = [...(this.#lanes ?? []), ...(this.#keys ?? [])].sort((a, b) => a.turn - b.turn);
    this.#lanes = this.#keys = undefined;
    for (const { envelope, turn } of inLine) this.#ready().add(envelope, turn);
    for (const { envelope } of this.running) this.#hold(envelope);
    for (const { item } of this.#delayed ?? []) if (this.#keepsKey(item)) this.#hold(item.envelope);
  }

  /** Lets stand in line what is due by now; a claim does so by itself. */
  ripen(now: number): void {
    this.#due(now);
  }

  /** When the next delayed message is due. */
  get nextDue(): number | undefined {
    return this.#delayed?.next;
  }

  /** True when the mailbox holds and runs nothing. */
  get idle(): boolean {
    return (
      this.#inLine === 0 && !this.#delayed?.length && !this.#control?.length && this.running.length === 0
    );
  }

  /**
   * Which limit of its rule the mailbox would pass with this message beside what is planned; control messages never do. By `now`
   * a message that waits for a time is known, which does not count to the total; default: it is due.
   */
  fullness(envelope: Envelope, planned = noRoom, now = Infinity): "total" | "count" | "bytes" | undefined {
    if (isControl(envelope))
      return (this.#control?.length ?? 0) + this.#delayedControl >= MOST_CONTROL ? "count" : undefined;
    const { total, count, bytes } = this.rule;
    if (total < Infinity && !isDelayed(envelope, now) && this.#work(planned) >= total) return "total";
    if (this.waiting + planned.count >= count) return "count";
    return this.bytes + planned.bytes + envelope.size > bytes ? "bytes" : undefined;
  }

  /** Lets a message wait. */
  offer(envelope: Envelope, now: number, past?: Past): void {
    if (past) this.#keepPast(envelope, past);
    else this.received++;
    this.bytes += envelope.size;
    if (isDelayed(envelope, now)) this.#delay(envelope.notBefore as number, envelope, 0);
    else this.#queue(envelope, ++this.#turns);
  }

  /** Lets a message wait at the place of this turn, or until `due` and then there: for a store that numbers its messages itself. */
  put(envelope: Envelope, turn: number, past?: Past, due?: number): void {
    if (past) this.#keepPast(envelope, past);
    this.bytes += envelope.size;
    this.#turns = Math.max(this.#turns, turn);
    if (due === undefined) return this.#queue(envelope, turn);
    const isRetry = past !== undefined && past.attempts.length > 0;
    this.#delay(due, envelope, isRetry ? turn : 0);
    if (isRetry && retryBlocks(this.rule)) this.#hold(envelope);
  }

  /** Lets a message wait again whose settlement was taken back: at its old place, whatever has come since. */
  restore(claim: Claim, past: Past): void {
    if (past.attempts.length > 0 || past.generation > 0) this.#keepPast(claim.envelope, past);
    this.bytes += claim.envelope.size;
    this.#queue(claim.envelope, (claim as OpenClaim).turn);
  }

  /** Lets a claim run again whose settlement was refused after all: it is open as before, and keeps its key. */
  reopen(claim: OpenClaim, past: Past): void {
    if (past.attempts.length > 0 || past.generation > 0) this.#keepPast(claim.envelope, past);
    claim.place = (this.#running ??= []).push(claim) - 1;
    this.#hold(claim.envelope);
  }

  /** What a message has behind it, while it waits or runs. */
  pastOf(envelope: Envelope): Past {
    return this.#pastOf(envelope);
  }

  /** How many messages stand in a lane (1-4) here. */
  inLane(lane: number): number {
    return this.#lanes?.lengthOf(lane) ?? 0;
  }

  /** How many messages wait for a time here. */
  get delaysHere(): number {
    return this.#delayed?.length ?? 0;
  }

  /**
   * Takes out those that wait longest for their time, so that `most` stay, for a store that keeps them elsewhere: the earliest first.
   * What has no number stays, and so does what keeps its key.
   */
  putOff(most: number, numberOf: (envelope: Envelope) => number | undefined): PutOff[] {
    const heap = this.#delayed;
    if (heap === undefined) return [];
    const may: PutOff[] = [];
    for (const { at, item } of heap) {
      const { envelope } = item;
      const number = isControl(envelope) || this.#keepsKey(item) ? undefined : numberOf(envelope);
      if (number !== undefined) may.push({ at, number, envelope });
    }
    const gone = may
      .sort((a, b) => a.at - b.at || a.number - b.number)
      .slice(-Math.max(1, heap.length - most));
    const out = new Set(gone.map(({ envelope }) => envelope));
    heap.removeWhere(({ envelope }) => out.has(envelope));
    for (const envelope of out) {
      this.bytes -= envelope.size;
      this.#past?.delete(envelope);
    }
    return gone;
  }

  /** Lets the message of this id, which waits for a time, stand in line now; answers it. */
  hasten(id: string): Envelope | undefined {
    const item = this.#undelay(id);
    if (item) this.#queue(item.envelope, item.turn || ++this.#turns);
    return item?.envelope;
  }

  /** Takes out the message of this id, which waits for a time; what it leaves is told to the caller. */
  takeDelayed(id: string): { envelope: Envelope; past: Past } | undefined {
    const item = this.#undelay(id);
    if (item === undefined) return undefined;
    this.bytes -= item.envelope.size;
    return { envelope: item.envelope, past: this.#takePast(item.envelope) };
  }

  /** Takes out the message that waits longest, to make room; what it leaves is told to the caller. */
  evictOldest(): { envelope: Envelope; past: Past } | undefined {
    const envelope = this.#keys?.shiftBefore(this.#lanes?.oldestTurn ?? Infinity) ?? this.#lanes?.shift(true);
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
    if (terms.beside) this.#keys?.unparkAll(this.#ready());
    for (let left = max; left > 0;) {
      const envelope = this.#take(terms);
      if (envelope === undefined) break;
      if (this.#admit(envelope, (this.#lanes as Lanes).turn, terms, out)) left--;
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
    if (how.type === "gone") {
      this.#past?.delete(envelope);
      return this.#free(envelope);
    }
    if (how.attempt)
      this.#keepPast(envelope, {
        ...this.#pastOf(envelope),
        attempts: [...this.attemptsOf(envelope), how.attempt],
      });
    this.bytes += envelope.size;
    const keepsKey = how.keepsKey === true;
    if (how.at === undefined) this.#queue(envelope, claim.turn);
    else this.#delay(how.at, envelope, claim.turn, keepsKey);
    if (how.at === undefined || !(keepsKey || retryBlocks(this.rule))) this.#free(envelope);
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
    for (const line of [this.#control, this.#lanes, this.#keys]) {
      for (const { envelope } of line ?? []) yield envelope;
    }
    yield* [...(this.#delayed ?? [])].sort((a, b) => a.at - b.at).map(({ item }) => item.envelope);
  }

  /** What waits for a time, the earliest first. */
  delayed(): DelayedMessage[] {
    const all = [...(this.#delayed ?? [])].map(({ at, item: { envelope } }) => ({
      envelope,
      dueAt: at,
      attempts: this.attemptsOf(envelope),
    }));
    return all.sort((a, b) => a.dueAt - b.dueAt);
  }

  /** Empties the mailbox; the waiting messages with what they have behind them, running claims become stale. */
  clear(): { envelope: Envelope; past: Past }[] {
    const all = [...this.contents(), ...this.running.map(({ envelope }) => envelope)];
    const left = all.map((envelope) => ({ envelope, past: this.#pastOf(envelope) }));
    for (const claim of this.running) claim.place = -1;
    this.#lanes = this.#control = this.#delayed = this.#keys = this.#past = this.#running = undefined;
    this.#delayedControl = this.bytes = 0;
    return left;
  }

  /** The mailbox's numbers. */
  counts(): MailboxCounts {
    const oldest = (this.#keys?.oldestBefore(this.#lanes?.oldestTurn ?? Infinity) ?? this.#lanes?.oldest)
      ?.sentAt;
    const delayed = this.#delayed?.length ?? 0;
    return {
      mailbox: this.address,
      served: this.served,
      ...(this.rests && { rests: true }),
      ...(this.servers && { servers: this.servers }),
      waiting: this.#inLine + (this.#control?.length ?? 0),
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

  /** Messages in the lanes and parked. */
  get #inLine(): number {
    return (this.#lanes?.length ?? 0) + (this.#keys?.length ?? 0);
  }

  /** What stands in line, is to stand there and runs; what waits for a time is no work yet. */
  #work({ count, held = noRoom }: Planned): number {
    return this.#inLine + count - held.count + this.#working;
  }

  /** Messages that run, control messages aside. */
  get #working(): number {
    return this.running.reduce((sum, { envelope }) => sum + (isControl(envelope) ? 0 : 1), 0);
  }

  #keyOf(envelope: Envelope): string | undefined {
    return isControl(envelope) ? undefined : keyOf(envelope, this.rule, this.address);
  }

  #queue(envelope: Envelope, turn: number): void {
    if (isControl(envelope)) (this.#control ??= new Lane()).add(envelope, turn);
    else this.#ready().add(envelope, turn);
  }

  #delay(at: number, envelope: Envelope, turn: number, keepsKey = false): void {
    if (isControl(envelope)) this.#delayedControl++;
    (this.#delayed ??= new TimeHeap()).push(at, { envelope, turn, keepsKey });
  }

  /** True when nothing of its key may overtake what waits for a time. */
  #keepsKey({ turn, keepsKey }: Delayed): boolean {
    return turn > 0 && (keepsKey || retryBlocks(this.rule));
  }

  /** Lets what is due stand in line: where it stood before, or at the end. */
  #due(now: number): void {
    if (this.#delayed === undefined) return;
    for (let item = this.#delayed.take(now); item; item = this.#delayed.take(now)) {
      const { envelope, turn } = item;
      if (isControl(envelope)) this.#delayedControl--;
      if (this.#keepsKey(item)) this.#free(envelope);
      this.#queue(envelope, turn || ++this.#turns);
    }
  }

  /** It waits for no time any more, and holds up nothing of its key. */
  #undelay(id: string): Delayed | undefined {
    let found: Delayed | undefined;
    this.#delayed?.removeWhere(
      (item) => found === undefined && item.envelope.id === id && (found = item) === item,
    );
    if (found === undefined) return undefined;
    if (isControl(found.envelope)) this.#delayedControl--;
    if (this.#keepsKey(found)) this.#free(found.envelope);
    return found;
  }

  #take({ where = [], may, now, beside }: ClaimTerms): Envelope | undefined {
    const oldest = (this.#delivered + 1) % AGEING === 0;
    if (where.length === 0 && may === undefined) return this.#lanes?.shift(oldest);
    this.#keys?.unparkFree(this.#ready());
    return this.#lanes?.take(
      (envelope) =>
        matches(where, { envelope }, now) &&
        may?.(envelope) !== false &&
        !this.#isKept(this.#keyOf(envelope), beside),
      oldest,
    );
  }

  /** True when a key keeps its messages waiting; beside what runs, only a retry that blocks does. */
  #isKept(key: string | undefined, beside = false): boolean {
    if (key === undefined || !this.#keys?.isBusy(key)) return false;
    return !beside || this.#isBlocked(key);
  }

  #isBlocked(key: string): boolean {
    if (!retryBlocks(this.rule)) return false;
    for (const { item } of this.#delayed ?? [])
      if (item.turn > 0 && this.#keyOf(item.envelope) === key) return true;
    return false;
  }

  /** Runs the message, parks it behind its busy key, or buries it when it has expired. True when it went into `out`. */
  #admit(envelope: Envelope, turn: number, terms: ClaimTerms, out: Claim[]): boolean {
    if (isExpired(envelope, terms.now)) {
      this.#expire(envelope, terms);
      return false;
    }
    const key = this.#keyOf(envelope);
    if (key !== undefined) {
      const keys = (this.#keys ??= new Keys(this.rule));
      if (this.#isKept(key, terms.beside)) {
        keys.park(key, envelope, turn);
        return false;
      }
      keys.hold(key);
    }
    this.#delivered++;
    this.#run(envelope, turn, terms, out);
    return true;
  }

  #claimControl(terms: ClaimTerms, out: Claim[]): void {
    const { where = [], now } = terms;
    const fits = (envelope: Envelope): boolean => where.length === 0 || matches(where, { envelope }, now);
    // Looked up anew each time: whoever is told of an expired message may clear the mailbox.
    for (let at = this.#control?.find(fits) ?? -1; at >= 0; at = this.#control?.find(fits) ?? -1) {
      const control = this.#control as Lane;
      const turn = control.turnAt(at);
      const envelope = (at === 0 ? control.shift() : control.removeAt(at)) as Envelope;
      if (isExpired(envelope, now)) this.#expire(envelope, terms);
      else this.#run(envelope, turn, terms, out);
    }
  }

  #run(envelope: Envelope, turn: number, { now, lease, token }: ClaimTerms, out: Claim[]): void {
    const past = this.#past?.get(envelope);
    const attempt = (past?.attempts.length ?? 0) + 1;
    const generation = past?.generation ?? 0;
    const claim = new OpenClaim(envelope, this.address, attempt, token(), now, now + lease, generation, turn);
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

  #hold(envelope: Envelope): void {
    const key = this.#keyOf(envelope);
    if (key !== undefined) (this.#keys ??= new Keys(this.rule)).hold(key);
  }

  /** Lets go of the message's key. Answers true when another may start by that. */
  #free(envelope: Envelope): boolean {
    const key = this.#keyOf(envelope);
    if (key === undefined) return false;
    this.#keys?.free(key, this.#ready());
    return this.#ready().length > 0;
  }

  /** A message has left the lanes without running. */
  #passOn(envelope: Envelope): void {
    const key = this.#keys?.length ? this.#keyOf(envelope) : undefined;
    if (key !== undefined) this.#keys?.passOn(key, this.#ready());
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
