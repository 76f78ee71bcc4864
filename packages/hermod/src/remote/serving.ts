/** Serving: what each request does with the store, and its answer. */
import type { Address } from "../core/address.ts";
import { type Copier, toJson } from "../core/codec.ts";
import { ownedKey } from "../core/dedupe.ts";
import { amend, type Envelope } from "../core/envelope.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import { parseFilter, type Filter } from "../core/filter.ts";
import { aList, aRecord } from "../core/options.ts";
import {
  SETTLED,
  STALE,
  type AppendedAll,
  type Attempt,
  type Claim,
  type MailboxRule,
  type MessageRecord,
  type Paged,
  type Query,
  type RefusedOutput,
  type Settled,
  type Store,
} from "../core/store.ts";
import type { Followed } from "./followed.ts";
import { Handed, asIs, taken } from "./handed.ts";
import type { Sieve } from "./guard.ts";
import { seenPage } from "./seen.ts";
import { MOST_ANSWER, tooLong } from "./limits.ts";
import { bad, claimsText, envelopeText, readParcel } from "./parcel.ts";
import type { Frame, Op } from "./protocol.ts";
import { messagesIn, type Stand, type Standing } from "./standing.ts";
import {
  addressIn,
  amountsIn,
  countIn,
  errorIn,
  flagIn,
  leaseIn,
  operationIn,
  queryIn,
  reasonIn,
  ruleIn,
  serversIn,
  settlementIn,
  stateIn,
  textIn,
  whereIn,
} from "./reading.ts";

/** What a request works with: the store, and what its session holds of it. */
export interface Held {
  readonly store: Store;
  /** The mailboxes that it serves. */
  readonly served: ReadonlySet<Address>;
  readonly copier: Copier;
  /** Parts are as large as a message may be. */
  readonly partCopier: Copier;
  /** Whose the idempotency keys are of what its client sends; absent where there is nobody else. */
  readonly keys: string | undefined;
  readonly watches: Pick<Followed, "add" | "delete" | "renew" | "say">;
  readonly follows: Pick<Followed, "add" | "delete">;
  announce(
    mailbox: Address,
    rule: MailboxRule,
    rests: boolean,
    servers: readonly Address[] | undefined,
  ): Maybe<void>;
  withdraw(mailbox: Address): Maybe<void>;
  /** Counts the bindings that a client makes. */
  bind(binding: string): void;
  unbind(binding: string): void;
  readonly standing: Pick<Standing, "begin" | "end" | "handed">;
  /** Remembers what request `n` was handed. */
  hand(n: number, claims: readonly Claim[]): void;
  claimOf(token: number): Claim | undefined;
  settled(token: number): void;
}

type Serve = (held: Held, frame: Frame, sieve: Sieve | undefined) => Maybe<unknown>;

const text = (value: unknown): string => JSON.stringify(value) ?? "null";
const nothing = (value: Maybe<unknown>): Maybe<null> => chain(value, () => null);

export const serving: Readonly<Record<Op, Serve>> = {
  append: (held, frame) => held.store.append(letterIn(held, frame["envelope"]), flagIn(frame, "fresh")),
  appendAll: (held, frame) => {
    const envelopes = envelopesIn(held, frame, "envelopes");
    return chain(held.store.appendAll(envelopes), (answer) => namedAll(answer, envelopes));
  },
  claim,
  extend: (held, frame) => {
    const claim = held.claimOf(tokenIn(frame));
    return claim ? held.store.extend(claim, leaseIn(frame)) : false;
  },
  settle,
  bury: (held, frame) =>
    nothing(held.store.bury(letterIn(held, frame["envelope"]), reasonIn(frame), errorIn(frame))),
  load: ({ store }, frame) => store.load(textIn(frame, "key")),
  announce: (held, frame) =>
    nothing(
      held.announce(addressIn(frame, "mailbox"), ruleIn(frame), flagIn(frame, "rests"), serversIn(frame)),
    ),
  withdraw: (held, frame) => nothing(held.withdraw(addressIn(frame, "mailbox"))),
  directory: ({ store }, _frame, sieve) =>
    chain(store.directory(), (known) => (sieve ? known.filter(sieve) : known)),
  bind,
  unbind: (held, frame) => {
    const [pattern, mailbox] = [textIn(frame, "pattern"), addressIn(frame, "mailbox")];
    held.unbind(bindingOf(pattern, mailbox));
    return nothing(held.store.unbind(pattern, mailbox));
  },
  record: ({ store, partCopier }, frame) =>
    store.record(textIn(frame, "id"), partCopier.copy(taken(frame["part"], asIs))),
  parts: ({ store }, frame, sieve) =>
    chain(
      store.parts(
        textIn(frame, "id"),
        countIn(frame, "after", 0, Number.MAX_SAFE_INTEGER),
        countIn(frame, "limit", 1, 10_000),
      ),
      (list) => partsOf(sieve ? list.filter(sieve) : list),
    ),
  follow: ({ follows }, frame) => (follows.add(textIn(frame, "id")), null),
  unfollow: ({ follows }, frame) => (follows.delete(textIn(frame, "id")), null),
  spend: ({ store }, frame) =>
    store.spend(textIn(frame, "conversation"), amountsIn(frame, "amounts"), amountsIn(frame, "limits")),
  watch: ({ watches }, frame) => (watches.add(addressIn(frame, "mailbox")), null),
  unwatch: ({ watches, standing }, frame) => {
    const mailbox = addressIn(frame, "mailbox");
    standing.end(mailbox);
    watches.delete(mailbox);
    return null;
  },
  read: ({ store }, frame, sieve) => pageOf(store, queryIn(frame), sieve),
  operate: ({ store }, frame) => store.operate(operationIn(frame)),
};

function claim(held: Held, frame: Frame): Maybe<Handed> {
  const [mailbox, max] = [addressIn(frame, "mailbox"), countIn(frame, "max", 0, 10_000)];
  const [lease, where, beside] = [leaseIn(frame), whereIn(frame), flagIn(frame, "beside")];
  const stands = flagIn(frame, "stand");
  if (stands && where !== undefined) throw bad("a claim that stands takes what comes: it has no `where`");
  // What follows takes the place of what stood.
  if (stands) held.standing.end(mailbox);
  const claims = chain(held.standing.handed(mailbox), () =>
    claimed(held, { mailbox, max, lease, where, beside }),
  );
  return chain(claims, (given) => {
    held.hand(frame["n"] as number, given);
    if (stands) stand(held, mailbox, { lease, beside, room: max - messagesIn(given) });
    return new Handed(given, claimsText);
  });
}

function stand({ standing, watches }: Held, mailbox: Address, terms: Stand): void {
  standing.begin(mailbox, terms);
  watches.renew(mailbox);
}

/** What is claimed. */
export interface ClaimTerms {
  readonly mailbox: Address;
  readonly max: number;
  readonly lease: number;
  readonly where?: Filter | undefined;
  readonly beside: boolean;
}

/** Claims as much as goes into one answer; of the rest the client is told. */
export function claimed(
  { store, watches }: Pick<Held, "store" | "watches">,
  { mailbox, max, lease, where, beside }: ClaimTerms,
): Maybe<readonly Claim[]> {
  const out: Claim[] = [];
  const more = (): Maybe<void> => {
    const wanted = Math.min(CLAIMED, max - out.length);
    return chain(store.claim(mailbox, wanted, lease, out, where, beside), (count) => {
      if (count < wanted || out.length >= max) return;
      if (sizeOf(out) < MOST_ANSWER) return more();
      watches.say(mailbox);
    });
  };
  return chain(more(), () => out);
}

/** Messages that are claimed at a time, so that what is claimed together can be answered. */
const CLAIMED = 64;

function sizeOf(claims: readonly Claim[]): number {
  return claims.reduce((sum, { envelope }) => sum + envelope.size, 0);
}

function bind(held: Held, frame: Frame): Maybe<null> {
  const [pattern, mailbox] = [textIn(frame, "pattern"), addressIn(frame, "mailbox")];
  const lease = frame["lease"] === undefined ? undefined : leaseIn(frame);
  held.bind(bindingOf(pattern, mailbox));
  return nothing(held.store.bind(pattern, mailbox, lease));
}

const bindingOf = (pattern: string, mailbox: string): string => `${pattern} ${mailbox}`;

/** A token that this session does not hold is nobody's to settle here. */
function settle(held: Held, frame: Frame): Maybe<unknown> {
  const token = tokenIn(frame);
  const claim = held.claimOf(token);
  if (claim === undefined) return chain(wasSettled(held, frame), (was) => (was ? SETTLED : STALE));
  const outputs = frame["outputs"] === undefined ? [] : envelopesIn(held, frame, "outputs", claim);
  const part = frame["part"] === undefined ? undefined : held.partCopier.copy(taken(frame["part"], asIs));
  const settlement = settlementIn(frame);
  // Whoever gives back wants no more for now.
  if (settlement.type === "release") held.standing.end(claim.mailbox);
  const settled = held.store.settle(claim, settlement, outputs, stateIn(frame), part);
  return chain(settled, (answer) => {
    if (answer.status !== "refused") held.settled(token);
    return namedOutputs(answer, outputs);
  });
}

/** Whether a settlement that is asked for again, since its first answer was lost with the hub that gave it, was done then. */
function wasSettled({ store, served }: Held, frame: Frame): Maybe<boolean> {
  if (frame["again"] === undefined) return false;
  const again = aRecord("again", frame["again"] as Frame);
  const mailbox = addressIn(again, "mailbox");
  const claimed = {
    number: countIn(again, "attempt", 1, Number.MAX_SAFE_INTEGER),
    startedAt: countIn(again, "startedAt", 0, Number.MAX_SAFE_INTEGER),
  };
  if (!served.has(mailbox)) return false;
  const where = parseFilter(`id:${JSON.stringify(textIn(again, "id"))}`);
  return chain(store.read({ type: "history", where, limit: 1000 }), ({ items }) =>
    items.some((record) => record.mailbox === mailbox && ended(record, claimed)),
  );
}

/**
 * By its own settlement, and not by the end of its lease. A claim that was void when its hub was gone, or was released, has left its
 * number to the next one: whose attempt it was tells the time at which it began.
 */
function ended(
  { attempts }: MessageRecord,
  { number, startedAt }: Pick<Attempt, "number" | "startedAt">,
): boolean {
  const own = attempts.find((attempt) => attempt.number === number && attempt.startedAt === startedAt);
  const outcome = own?.outcome;
  return outcome !== undefined && outcome !== "lease-expired" && outcome !== "released";
}

function tokenIn(frame: Frame): number {
  return countIn(frame, "token", 0, Number.MAX_SAFE_INTEGER);
}

function envelopesIn(held: Held, frame: Frame, name: string, claim?: Claim): readonly Envelope[] {
  return taken(frame[name], (came) =>
    aList(name, came as readonly unknown[]).map((each) => letterIn(held, each, claim)),
  );
}

/** What a client sends, with the key as its owner's own. A copy of what was claimed is still of whoever sent that. */
function letterIn(held: Held, value: unknown, claim?: Claim): Envelope {
  return taken(value, (came) => parcelIn(held, came, claim));
}

function parcelIn({ copier, keys }: Held, value: unknown, claim?: Claim): Envelope {
  const envelope = readParcel(value, copier);
  const { idempotencyKey: key, from } = envelope;
  if (keys === undefined || key === undefined) return envelope;
  if (claim?.envelope.from === from && claim.envelope.idempotencyKey === key) return envelope;
  return amend(envelope, { idempotencyKey: ownedKey(keys, key) });
}

/** Refused messages are named by their places, so that none travels back. */
function refusedAt(envelopes: readonly Envelope[], { output, answer }: RefusedOutput) {
  return { output: envelopes.indexOf(output), answer };
}

function namedAll(answer: AppendedAll, envelopes: readonly Envelope[]): object {
  return answer.status === "refused" ? { status: "refused", ...refusedAt(envelopes, answer) } : answer;
}

function namedOutputs(answer: Settled, outputs: readonly Envelope[]): unknown {
  if (answer.status !== "refused") return answer.status === "settled" ? answer : new Handed(answer);
  const others = answer.others?.map((other) => refusedAt(outputs, other));
  return { status: "refused", ...refusedAt(outputs, answer), ...(others && { others }) };
}

/** A page; one that would be too long is asked for again with fewer items, and its cursor goes on behind them. */
function pageOf(store: Store, query: Query, sieve: Sieve | undefined): Maybe<Handed> {
  const read = (from: object): Maybe<Paged<unknown>> => store.read({ ...query, ...from });
  return chain(sieve ? seenPage(read, sieve) : read({}), (page) => {
    const answer = pageText(page);
    const few = Math.floor(page.items.length / 4);
    const whole = new Handed(page, () => answer);
    if (answer.length <= MOST_ANSWER || few === 0) return whole;
    if (query.type === "counts" || query.type === "deaths") return whole;
    return pageOf(store, { ...query, limit: few }, sieve);
  });
}

/** @throws HermodError HERMOD_TOO_LARGE for more than one part where they are too long together: whoever asks asks for fewer. */
function partsOf(list: readonly unknown[]): Handed {
  const texts: string[] = [];
  let length = 0;
  for (const part of list) {
    length += texts[texts.push(toJson(part)) - 1]?.length ?? 0;
    if (length > MOST_ANSWER && list.length > 1) throw tooLong();
  }
  return new Handed(list, () => `[${texts.join(",")}]`);
}

/** Its envelopes as they travel everywhere. */
function pageText({ items, next, places }: Paged<unknown>): string {
  const behind = next === undefined ? "" : `,"next":${text(next)}`;
  const stand = places === undefined ? "" : `,"places":${text(places)}`;
  return `{"items":[${items.map(itemText).join(",")}]${behind}${stand}}`;
}

function itemText(item: unknown): string {
  if (typeof item !== "object" || item === null) return text(item);
  if ("verb" in item && "conversationId" in item) return envelopeText(item as Envelope);
  if (!("envelope" in item)) return toJson(item);
  const { envelope, ...rest } = item as { readonly envelope: Envelope };
  const others = toJson(rest);
  return `${others.slice(0, -1)}${others === "{}" ? "" : ","}"envelope":${envelopeText(envelope)}}`;
}
