/**
 * Session: one client's use of a store. It outlives its connection for a while, so that a client that comes back finds its watches, its claims
 * and the answers that it did not get.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import type { Copier } from "../core/codec.ts";
import { toRecord } from "../core/errors.ts";
import { chain, isPromise, promised, type Maybe } from "../core/maybe.ts";
import { wholeNumber } from "../core/options.ts";
import { RELEASE } from "../core/settlement.ts";
import type { Envelope } from "../core/envelope.ts";
import type { Appended, Claim, MailboxRule, Settled, Store } from "../core/store.ts";
import { show } from "../core/duration.ts";
import { Holdings } from "./holdings.ts";
import { tooMany, type SessionLimits } from "./limits.ts";
import { bad } from "./parcel.ts";
import { textOf, weightOf, type Said } from "./handed.ts";
import type { Outbox } from "./outbox.ts";
import { once, operations, type Answered, type Frame, type Op } from "./protocol.ts";
import { claimed, serving, type Held } from "./serving.ts";
import { Standing } from "./standing.ts";
import type { Guard, Holding } from "./guard.ts";
import { Followed } from "./followed.ts";
import type { Presence } from "./presence.ts";

/** Answers that a client may have and not say so. */
const MOST_UNSAID = 1000;

/** What a session is given. */
export interface SessionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly copier: Copier;
  readonly partCopier: Copier;
  readonly guard: Guard;
  readonly client: string | undefined;
  /** Whose session it is: nobody else goes on with it. */
  readonly owner: string;
  /** Whose the idempotency keys are of what its client sends. */
  readonly keys: string | undefined;
  readonly limits: SessionLimits;
  /** Most requests without an answer. */
  readonly credit: number;
  /** Who serves which mailbox, over all sessions. */
  readonly presence: Pick<Presence, "announce" | "withdraw">;
  /** Hears what a store throws that nobody waits for. */
  readonly failed: (error: unknown) => void;
}

/** An answer that the client has not said to have; there is none while it is awaited. */
interface Kept {
  said: Said | undefined;
  /** What was handed out with it. */
  claims: readonly Claim[];
}

/** One of both. */
type Answer = Omit<Answered, "n">;

/** What a connection carries to the client. */
export type Line = Pick<Outbox, "push" | "hands">;

export class Session implements Held, Holding {
  readonly id: string;
  readonly owner: string;
  /** What its client calls itself; for lists alone. */
  readonly client: string | undefined;
  /** What its client may do now. */
  guard: Guard;
  readonly store: Store;
  readonly copier: Copier;
  readonly partCopier: Copier;
  readonly keys: string | undefined;
  readonly watches: Followed;
  readonly follows: Followed;
  readonly standing: Standing;
  /** What it serves. */
  readonly served = new Set<Address>();
  readonly #parts: SessionParts;
  readonly #claims: Holdings;
  readonly #bound = new Set<string>();
  readonly #kept = new Map<number, Kept>();
  /** Numbers of answers that were ready before the connection came that carries it now. */
  #before = new Set<number>();
  #line: Line | undefined;
  /** Whether frames go as they are: its client is in this process, or is not, for good. */
  #hands = false;
  #cut: ((error: unknown) => void) | undefined;
  /** Characters of the answers that are kept. */
  #weight = 0;
  #seen = 0;
  #open = 0;
  #over = false;

  constructor(id: string, parts: SessionParts) {
    const { store, copier, partCopier, limits } = parts;
    this.id = id;
    this.client = parts.client;
    this.owner = parts.owner;
    this.guard = parts.guard;
    this.store = store;
    this.copier = copier;
    this.partCopier = partCopier;
    this.keys = parts.keys;
    this.#parts = parts;
    this.#claims = new Holdings(limits.held);
    const push = (said: Said): void => this.#line?.push(said);
    this.watches = new Followed(
      "wake",
      (mailbox, wake) => store.watch(mailbox as Address, wake),
      push,
      limits.held,
      (mailbox) => this.standing.woken(mailbox as Address),
    );
    this.standing = new Standing({
      clock: parts.clock,
      claim: (mailbox, { lease, beside, room }) => claimed(this, { mailbox, max: room, lease, beside }),
      hold: (claims) => this.#holdAll(claims),
      push,
      hands: () => this.#hands,
      wake: (mailbox) => this.watches.say(mailbox),
      failed: parts.failed,
    });
    this.follows = new Followed("grown", (id, wake) => store.follow(id, wake), push, limits.held);
  }

  /** The number of the last request that it has heard; 0 before the first. */
  get seen(): number {
    return this.#seen;
  }

  /** True while a connection carries it. */
  get attached(): boolean {
    return this.#line !== undefined;
  }

  /** Whether this connection carries it, and not a later one. */
  isCarriedBy(line: Line): boolean {
    return this.#line === line;
  }

  /** True where nothing would be lost with it. */
  get isIdle(): boolean {
    return this.served.size + this.#claims.size + this.#kept.size === 0;
  }

  /** A connection carries it from now on: whatever may have been missed is said again. */
  attach(line: Line, cut: (error: unknown) => void = () => undefined): void {
    [this.#line, this.#cut, this.#hands] = [line, cut, line.hands];
    this.#before = new Set([...this.#kept].flatMap(([n, { said }]) => (said === undefined ? [] : [n])));
    this.standing.repeat();
    this.watches.repeat();
    this.follows.repeat();
  }

  /** The connection carries it no more; false where another one has taken over. */
  detach(line: Line): boolean {
    if (this.#line !== line) return false;
    this.#line = undefined;
    this.standing.pause();
    return true;
  }

  /** Ends the connection that carries it, and says why. */
  refuse(error: unknown): void {
    this.#cut?.(error);
  }

  /** Takes one frame of its client. @throws HermodError HERMOD_PROTOCOL or HERMOD_BAD_OPTION for what is none. */
  receive(frame: Frame): void {
    if (this.#over) throw bad("the session has ended");
    this.standing.heard();
    if (frame["got"] !== undefined) return this.#forget(frame["got"], frame["offer"]);
    const n = wholeNumber("n", frame["n"], 1);
    const op = frame["op"] as Op;
    if (!operations.includes(op)) throw bad(`there is no operation ${show(op)}`);
    if (n <= this.#seen && once.has(op)) return this.#repeat(n);
    const { credit, limits } = this.#parts;
    if (this.#open >= credit) throw bad(`more than ${credit} requests without an answer`);
    const { size, weight } = this.standing;
    if (this.#weight + weight > limits.kept || this.#kept.size + size > 2 * credit + MOST_UNSAID)
      throw tooMany("answers that it has not said to have", 2 * credit + MOST_UNSAID);
    if (n > this.#seen) this.#forgetBefore();
    this.#seen = Math.max(this.#seen, n);
    this.#serve(n, op, frame);
  }

  /** Gives back all that it holds; what was handed out and never arrived comes back without an attempt. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#line = this.#cut = undefined;
    this.watches.end();
    this.follows.end();
    this.standing.pause();
    for (const { claims } of [...this.#kept.values(), this.standing]) this.#giveBack(claims);
    for (const mailbox of [...this.served]) this.#apart(() => this.withdraw(mailbox));
    this.#claims.clear();
    this.#bound.clear();
    this.#kept.clear();
  }

  // What it holds

  announce(
    mailbox: Address,
    rule: MailboxRule,
    rests: boolean,
    servers: readonly Address[] | undefined,
  ): Maybe<void> {
    const { presence, limits } = this.#parts;
    if (!this.served.has(mailbox) && this.served.size >= limits.held)
      throw tooMany("mailboxes that it serves", limits.held);
    this.served.add(mailbox);
    return presence.announce(this, mailbox, rule, { rests, servers });
  }

  bind(binding: string): void {
    const { held } = this.#parts.limits;
    if (!this.#bound.has(binding) && this.#bound.size >= held) throw tooMany("bindings", held);
    this.#bound.add(binding);
  }

  unbind(binding: string): void {
    this.#bound.delete(binding);
  }

  withdraw(mailbox: Address): Maybe<void> {
    this.standing.end(mailbox);
    if (!this.served.delete(mailbox)) return undefined;
    return this.#parts.presence.withdraw(this, mailbox);
  }

  hand(n: number, claims: readonly Claim[]): void {
    // What a session asked for and did not live to see goes back at once.
    this.#holdAll(claims);
    const kept = this.#kept.get(n);
    if (kept) kept.claims = claims;
  }

  #holdAll(claims: readonly Claim[]): boolean {
    if (this.#over) this.#giveBack(claims);
    else for (const claim of claims) this.#claims.add(claim);
    return !this.#over;
  }

  #giveBack(claims: readonly Claim[]): void {
    for (const claim of claims) this.#apart(() => this.store.settle(claim, RELEASE, []));
  }

  claimOf(token: number): Claim | undefined {
    return this.#claims.of(token);
  }

  isHeld(id: string): boolean {
    return this.#claims.has(id);
  }

  settled(token: number): void {
    this.#claims.delete(token);
  }

  // Answering

  #serve(n: number, op: Op, frame: Frame): void {
    const kept: Kept | undefined = once.has(op) ? { said: undefined, claims: [] } : undefined;
    if (kept) this.#kept.set(n, kept);
    this.#open++;
    const verb = this.#verbOf(op, frame);
    const done = (answer: Answer): void => this.#done(n, answer, kept, canWait(verb, answer));
    const answer = this.#answered(op, frame);
    if (isPromise(answer)) void (answer as Promise<Answer>).then(done);
    else done(answer as Answer);
  }

  /** Of a message that is sent, or settled by what is only told: what is settled is held no more afterwards. */
  #verbOf(op: Op, { envelope, token, state }: Frame): unknown {
    if (op === "append") return (envelope as Partial<Envelope> | undefined)?.verb;
    if (op !== "settle" || state !== undefined) return undefined;
    const claimed = this.claimOf(token as number)?.envelope;
    // The reply to any other goes out behind this answer.
    return claimed?.delivery === "at-most-once" ? claimed.verb : undefined;
  }

  /** Never throws. */
  #answered(op: Op, frame: Frame): Maybe<Answer> {
    try {
      const answer = chain(this.guard(op, frame, this), (sieve) =>
        serving[op](this, frame, sieve ?? undefined),
      );
      return isPromise(answer) ? (answer as Promise<unknown>).then(toIs, toError) : toIs(answer);
    } catch (error) {
      return toError(error);
    }
  }

  #done(n: number, answer: Answer, kept: Kept | undefined, waits: boolean): void {
    this.#open--;
    const said = this.#hands ? { n, ...answer } : answerText(n, answer);
    if (kept && this.#kept.get(n) === kept) this.#weight += weightOf((kept.said = said));
    this.#line?.push(said, waits);
  }

  /** Silence would leave a client waiting for ever that counts in another way. */
  #repeat(n: number): void {
    const kept = this.#kept.get(n);
    this.#before.delete(n);
    if (kept === undefined)
      throw bad(`request ${n} is answered, or was passed over: numbers grow, and none comes twice`);
    if (kept.said !== undefined) this.#line?.push(kept.said);
  }

  /** Whoever asks for something new has asked again for what it lacks: all other answers have come, though the word of it may be lost. */
  #forgetBefore(): void {
    for (const n of this.#before) this.#drop(n);
    this.#before.clear();
  }

  #forget(got: unknown, offer: unknown): void {
    if (!Array.isArray(got)) throw bad("got is a list of numbers");
    if (offer !== undefined) this.standing.forget(wholeNumber("offer", offer, 0));
    for (const n of got as number[]) this.#drop(n);
  }

  #drop(n: number): void {
    this.#weight -= weightOf(this.#kept.get(n)?.said);
    this.#kept.delete(n);
  }

  #apart(work: () => unknown): void {
    promised(work).catch(this.#parts.failed);
  }
}

/** Whoever calls waits for the reply, and whoever replies for nothing: that it is done may be said with what comes next. */
function canWait(verb: unknown, { is }: Answer): boolean {
  const status = (is as Appended | Settled | undefined)?.status;
  return (verb === "call" || verb === "reply") && (status === "stored" || status === "settled");
}

function toIs(is: unknown): Answer {
  return { is };
}

function toError(error: unknown): Answer {
  return { error: toRecord(error) };
}

function answerText(n: number, { is, error }: Answer): string {
  return error ? `{"n":${n},"error":${JSON.stringify(error)}}` : `{"n":${n},"is":${textOf(is)}}`;
}
