/**
 * Client: a store that lives behind a link. Each method is one request; what it announced and watches is said again to a hub that has forgotten
 * it.
 */
import type { Address } from "../core/address.ts";
import type { Amounts } from "../core/budget.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { Copier } from "../core/codec.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError, type ErrorRecord } from "../core/errors.ts";
import type { Filter } from "../core/filter.ts";
import type { Maybe } from "../core/maybe.ts";
import { RELEASE, type DeadReason, type Settlement } from "../core/settlement.ts";
import {
  STALE,
  type Answer,
  type Appended,
  type AppendedAll,
  type Claim,
  type MailboxRule,
  type Operated,
  type Operation,
  type Query,
  type Settled,
  type Spent,
  type StateChange,
  type StateRecord,
  type Store,
} from "../core/store.ts";
import { toPattern } from "../core/topic.ts";
import { within } from "../core/within.ts";
import { Ears } from "./ears.ts";
import { Offered } from "./offered.ts";
import type { Link } from "./link.ts";
import { measured } from "./limits.ts";
import { Body, Handed, asIs, taken } from "./handed.ts";
import { envelopeText, envelopesText, readParcel } from "./parcel.ts";
import type { Frame, Op } from "./protocol.ts";
import type { Doubt } from "./requests.ts";

/** What is known of the other side before the first request. */
export interface RemoteParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly level: Store["level"];
  readonly tag: string | undefined;
  /** How long a close waits for the answers that are under way, in milliseconds. */
  readonly patience: number;
  /** How long a hub must have been gone before nobody waits for it at an end, in milliseconds. */
  readonly moment: number;
  /** Hears that all claims are void. */
  readonly voided: () => void;
}

/** Payloads were measured when they were sent. */
const copier = new Copier(measured);

export class RemoteStore implements Store {
  readonly level: { readonly name: string; readonly durable: boolean };
  readonly tag: string | undefined;
  readonly #link: Link;
  /** The hub's: what it times is compared with no other. */
  readonly clock: Clock;
  readonly #patience: number;
  readonly #moment: number;
  readonly #voided: () => void;
  readonly #announced = new Map<Address, object>();
  /** By mailbox and pattern. */
  readonly #bindings = new Map<string, Binding>();
  readonly #watches: Ears;
  readonly #follows: Ears;
  readonly #offered: Offered;
  #closing: Promise<void> | undefined;

  constructor({ link, clock, level, tag, patience, moment, voided }: RemoteParts) {
    this.#voided = voided;
    this.#link = link;
    this.#patience = patience;
    this.#moment = moment;
    this.clock = clock;
    this.level = level;
    this.tag = tag;
    const [watch, unwatch] = [this.#said("watch", "mailbox"), this.#said("unwatch", "mailbox")];
    this.#watches = new Ears(watch, unwatch);
    this.#follows = new Ears(this.#said("follow", "id"), this.#said("unfollow", "id"));
    this.#offered = new Offered({
      clock,
      wake: (mailbox) => this.#watches.hear([mailbox]),
      giveBack: (claim) => this.#giveBack(claim),
    });
  }

  /** Says again what the other side has forgotten. */
  renew(): void {
    this.#voided();
    this.#offered.clear();
    for (const announced of this.#announced.values()) this.#apart("announce", announced);
    for (const binding of this.#bindings.values()) this.#apart("bind", binding);
    this.#watches.renew();
    this.#follows.renew();
  }

  /** Takes what the other side says by itself. */
  hear({ offer, of, is, wake, grown }: Frame): void {
    if (offer !== undefined) this.#offered.offer(of as Address, taken(is, openedAll) as Claim[]);
    if (wake !== undefined) {
      for (const mailbox of wake as readonly Address[]) this.#offered.ask(mailbox);
      this.#watches.hear(wake);
    }
    if (grown !== undefined) this.#follows.hear(grown);
  }

  async append(envelope: Envelope, fresh = false): Promise<Appended> {
    this.#refuseWhenClosed("append");
    const carried = { envelope: new Handed(envelope, envelopeText) };
    const answer = await this.#ask<Appended>("append", {}, { carried, doubt: doubtOf(envelope), fresh });
    // What nobody else can have sent was stored by our own first try.
    const isOurs = fresh && answer.status === "duplicate" && answer.id === envelope.id;
    return isOurs ? { status: "stored" } : answer;
  }

  async appendAll(envelopes: readonly Envelope[]): Promise<AppendedAll> {
    this.#refuseWhenClosed("appendAll");
    const carried = { envelopes: new Handed(envelopes, envelopesText) };
    const doubt = envelopes.some((envelope) => doubtOf(envelope) === "fail") ? "fail" : "repeat";
    const answer = await this.#ask<AppendedAll & At>("appendAll", {}, { carried, doubt });
    return answer.status === "refused" ? { ...answer, output: at(envelopes, answer) } : answer;
  }

  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where?: Filter,
    beside = false,
    stand = false,
  ): Maybe<number> {
    const plain = { mailbox, max: Math.min(max, 10_000), lease, where, ...(beside && { beside }) };
    const asked = (): Promise<readonly Claim[]> => this.#claims(stand ? { ...plain, stand } : plain);
    if (!stand) return asked().then((claims) => claims.map((claim) => out.push(claim)).length);
    const terms = where === undefined ? `${lease} ${beside}` : "";
    const taken = this.#offered.take(mailbox, max, out);
    if (taken > 0 || (terms !== "" && this.#offered.stands(mailbox, max, terms))) return taken;
    return this.#offered.claim(mailbox, max, out, terms, asked);
  }

  async #claims(plain: object): Promise<readonly Claim[]> {
    return taken(await this.#ask<unknown>("claim", plain, { closed: [] }), openedAll) as Claim[];
  }

  /** What cannot be given back comes back when its lease ends. */
  #giveBack(claim: Claim): void {
    this.settle(claim, RELEASE, []).catch(() => undefined);
  }

  async extend(claim: Claim, lease: number): Promise<boolean> {
    const until = this.clock.now() + lease;
    const answer = this.#ask<boolean>("extend", { token: claim.token, lease }, { closed: false });
    const isExtended = await this.#before(claim.leaseUntil, answer);
    if (isExtended) (claim as { leaseUntil: number }).leaseUntil = until;
    return isExtended;
  }

  async settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Promise<Settled> {
    const carried = {
      ...(outputs.length > 0 && { outputs: new Handed(outputs, envelopesText) }),
      ...(part !== undefined && { part: new Handed(part) }),
    };
    const plain = { token: claim.token, settlement, state };
    // What is given back comes back with the end of its lease, too; and nothing is handed out unasked any more.
    const isOwed = settlement.type !== "release";
    if (!isOwed) this.#offered.ask(claim.mailbox);
    const { mailbox, attempt, startedAt } = claim;
    const again = { again: { id: claim.envelope.id, mailbox, attempt, startedAt } };
    const how = { carried, again, isOwed, closed: STALE as Settled & At };
    const answer = taken<Settled & At>(await this.#ask<unknown>("settle", plain, how), asIs);
    if (answer.status !== "refused") return answer;
    const others = answer.others?.map((other) => ({ ...other, output: at(outputs, other as unknown as At) }));
    return { ...answer, output: at(outputs, answer), ...(others && { others }) };
  }

  async bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): Promise<void> {
    await this.#ask("bury", { reason, error }, { carried: { envelope: new Handed(envelope, envelopeText) } });
  }

  async load(key: string): Promise<StateRecord | undefined> {
    return (await this.#ask<StateRecord | null>("load", { key })) ?? undefined;
  }

  async announce(
    mailbox: Address,
    rule: MailboxRule,
    rests = false,
    servers?: readonly Address[],
  ): Promise<void> {
    const announced = { mailbox, rule: finite(rule), ...(rests && { rests }), ...(servers && { servers }) };
    this.#announced.set(mailbox, announced);
    await this.#ask("announce", announced, { closed: null });
  }

  async withdraw(mailbox: Address): Promise<void> {
    this.#announced.delete(mailbox);
    this.#offered.ask(mailbox);
    for (const [name, binding] of this.#bindings)
      if (binding.mailbox === mailbox) this.#bindings.delete(name);
    await this.#ask("withdraw", { mailbox }, { closed: null });
  }

  async directory(): Promise<readonly Address[]> {
    return this.#ask("directory", {});
  }

  async bind(pattern: string, mailbox: Address, lease?: number): Promise<void> {
    const binding = { pattern: toPattern(pattern), mailbox, ...(lease !== undefined && { lease }) };
    await this.#ask("bind", binding, { closed: null });
    this.#bindings.set(`${mailbox} ${pattern}`, binding);
  }

  async unbind(pattern: string, mailbox: Address): Promise<void> {
    this.#bindings.delete(`${mailbox} ${pattern}`);
    await this.#ask("unbind", { pattern, mailbox }, { closed: null });
  }

  async record(id: string, part: unknown): Promise<number> {
    this.#refuseWhenClosed("record");
    return this.#ask("record", { id }, { carried: { part: new Handed(part) }, doubt: "fail" });
  }

  async parts(id: string, after: number, limit: number): Promise<readonly unknown[]> {
    try {
      return taken(
        await this.#ask("parts", { id, after, limit: Math.min(limit, 10_000) }),
        asIs,
      ) as unknown[];
    } catch (error) {
      if (limit === 1 || !isTooLong(error)) throw error;
    }
    // Too long for one answer: half of them, and the other half behind it.
    const half = Math.ceil(Math.min(limit, 10_000) / 2);
    const first = await this.parts(id, after, half);
    return first.length < half ? first : [...first, ...(await this.parts(id, after + half, limit - half))];
  }

  follow(id: string, wake: () => void): () => void {
    return this.#follows.add(id, wake);
  }

  async spend(conversation: string, amounts: Amounts, limits: Amounts): Promise<Spent> {
    this.#refuseWhenClosed("spend");
    const isLook = Object.keys(amounts).length === 0;
    return this.#ask("spend", { conversation, amounts, limits }, { doubt: isLook ? "repeat" : "fail" });
  }

  watch(mailbox: Address, wake: () => void): () => void {
    this.#offered.ask(mailbox);
    return this.#watches.add(mailbox, wake);
  }

  async read<Q extends Query>(query: Q): Promise<Answer<Q>> {
    return taken(await this.#ask("read", { query }), (came) => openedPage(came as Came, query));
  }

  async operate(operation: Operation): Promise<Operated> {
    return this.#ask("operate", { operation }, { doubt: "fail" });
  }

  whenGone(patience: number, gone: () => void): Cancel {
    return this.#link.whenGone(patience, gone, this.#moment);
  }

  close(): Promise<void> {
    if (this.#closing === undefined) for (const claim of this.#offered.clear()) this.#giveBack(claim);
    return (this.#closing ??= this.#close());
  }

  // Asking

  async #ask<T>(op: Op, plain: object, how: How<T> = {}): Promise<T> {
    const { carried, doubt = "repeat", fresh = false, isOwed = work.has(op), again } = how;
    try {
      const body = new Body(plain, carried);
      return (await this.#link.ask({
        ...{ op, body, doubt, isOwed },
        ...(fresh && { first: FRESH }),
        ...(again && { again }),
      })) as T;
    } catch (error) {
      if (how.closed !== undefined && isClosed(error)) return how.closed;
      throw error;
    }
  }

  /** Asked without anybody who waits: what goes wrong with it goes wrong with all that follows. */
  #apart(op: Op, plain: object): void {
    this.#ask(op, plain).catch(() => undefined);
  }

  #said(op: Op, field: string): (name: string) => void {
    return (name) => this.#apart(op, { [field]: name });
  }

  /** The answer, or false when it has not come by then: without one a lease has run out. */
  async #before(until: number, answer: Promise<boolean>): Promise<boolean> {
    const left = Math.max(0, until - this.clock.now());
    return (await within(this.clock, left, answer, true)) ?? false;
  }

  async #close(): Promise<void> {
    await this.#link.rest(this.#patience);
    this.#link.end(closedError("close"), unanswered);
  }

  #refuseWhenClosed(op: Op): void {
    if (this.#closing) throw closedError(op);
  }
}

/** Nobody else can have sent it before. */
const FRESH = { fresh: true };
/** What agents say and do: without its answer it may be lost. */
const work: ReadonlySet<Op> = new Set(["append", "appendAll", "settle", "bury", "record", "spend"]);

interface Binding {
  readonly pattern: string;
  readonly mailbox: Address;
  readonly lease?: number;
}

interface How<T> {
  readonly carried?: Readonly<Record<string, Handed>>;
  readonly doubt?: Doubt;
  readonly fresh?: boolean;
  /** Whether a system that ends waits for its answer; default for all that agents say and do. */
  readonly isOwed?: boolean;
  /** What is said to a hub that may have done it and forgotten it. */
  readonly again?: object;
  /** What a closed store answers. */
  readonly closed?: T;
}

/** What names an envelope by its place. */
interface At {
  readonly output?: unknown;
}

function at(envelopes: readonly Envelope[], { output }: At): Envelope {
  return envelopes[output as number] as Envelope;
}

/** A message that may run at most once is not sent twice. */
function doubtOf({ delivery }: Envelope): Doubt {
  return delivery === "at-most-once" ? "fail" : "repeat";
}

/** JSON knows no infinity, which most limits of a rule are. */
function finite(rule: MailboxRule): object {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== Infinity));
}

function opened(item: unknown): unknown {
  if (typeof item !== "object" || item === null || !("envelope" in item)) return item;
  return { ...item, envelope: readParcel(item.envelope, copier) };
}

function openedAll(came: unknown): readonly unknown[] {
  return (came as readonly unknown[]).map(opened);
}

/** A page as it has travelled. */
interface Came {
  readonly items: readonly unknown[];
}

function openedPage<Q extends Query>(page: Came, { type }: Q): Answer<Q> {
  const items =
    type === "waiting" ? page.items.map((each) => readParcel(each, copier)) : openedAll(page.items);
  return { ...page, items } as unknown as Answer<Q>;
}

function isClosed(error: unknown): boolean {
  return error instanceof HermodError && error.code === "HERMOD_CLOSED";
}

function isTooLong(error: unknown): boolean {
  return error instanceof HermodError && error.details["limit"] === "answer";
}

function closedError(op: string): HermodError {
  return new HermodError("HERMOD_CLOSED", `the store is closed and does not ${op}`);
}

function unanswered(op: Op): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `the store was closed before the hub answered "${op}": whether it was done is unknown`,
    { details: { op } },
  );
}
