/** Serving: what each request does with the store, and its answer as JSON text. */
import type { Address } from "../core/address.ts";
import { Copier, toJson } from "../core/codec.ts";
import type { Envelope } from "../core/envelope.ts";
import { TooLargeError } from "../core/errors.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import { parseFilter } from "../core/filter.ts";
import { aList, aRecord } from "../core/options.ts";
import {
  SETTLED,
  STALE,
  type AppendedAll,
  type Claim,
  type MessageRecord,
  type RefusedOutput,
  type Settled,
  type Store,
} from "../core/store.ts";
import type { Followed } from "./followed.ts";
import { claimText, envelopeText, readParcel } from "./parcel.ts";
import type { Frame, Op } from "./protocol.ts";
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
  settlementIn,
  stateIn,
  textIn,
  whereIn,
} from "./reading.ts";

/** What a request works with: the store, and what its session holds of it. */
export interface Held {
  readonly store: Store;
  readonly copier: Copier;
  readonly watches: Pick<Followed, "add" | "delete">;
  readonly follows: Pick<Followed, "add" | "delete">;
  announce(mailbox: Address, serve: () => Maybe<void>): Maybe<void>;
  withdraw(mailbox: Address): Maybe<void>;
  /** Remembers what request `n` was handed. */
  hand(n: number, claims: readonly Claim[]): void;
  claimOf(token: number): Claim | undefined;
  settled(token: number): void;
}

/** Parts are as large as a message may be. */
const parts = new Copier({ size: Infinity, depth: 64, keys: Infinity }, "part");

type Serve = (held: Held, frame: Frame) => Maybe<string>;

const text = (value: unknown): string => JSON.stringify(value) ?? "null";
const told = (value: Maybe<unknown>): Maybe<string> => chain(value, text);
const NOTHING = "null";
const nothing = (value: Maybe<unknown>): Maybe<string> => chain(value, () => NOTHING);

export const serving: Readonly<Record<Op, Serve>> = {
  append: ({ store, copier }, frame) =>
    told(store.append(readParcel(frame["envelope"], copier), flagIn(frame, "fresh"))),
  appendAll: (held, frame) => {
    const envelopes = envelopesIn(held, frame, "envelopes");
    return chain(held.store.appendAll(envelopes), (answer) => allText(answer, envelopes));
  },
  claim,
  extend: (held, frame) => {
    const claim = held.claimOf(tokenIn(frame));
    return claim ? told(held.store.extend(claim, leaseIn(frame))) : "false";
  },
  settle,
  bury: ({ store, copier }, frame) =>
    nothing(store.bury(readParcel(frame["envelope"], copier), reasonIn(frame), errorIn(frame))),
  load: ({ store }, frame) => told(store.load(textIn(frame, "key"))),
  announce: (held, frame) => {
    const [mailbox, rule] = [addressIn(frame, "mailbox"), ruleIn(frame)];
    return nothing(held.announce(mailbox, () => held.store.announce(mailbox, rule)));
  },
  withdraw: (held, frame) => nothing(held.withdraw(addressIn(frame, "mailbox"))),
  directory: ({ store }) => told(store.directory()),
  bind: ({ store }, frame) =>
    nothing(
      store.bind(
        textIn(frame, "pattern"),
        addressIn(frame, "mailbox"),
        frame["lease"] === undefined ? undefined : leaseIn(frame),
      ),
    ),
  unbind: ({ store }, frame) => nothing(store.unbind(textIn(frame, "pattern"), addressIn(frame, "mailbox"))),
  record: ({ store }, frame) => told(store.record(textIn(frame, "id"), parts.copy(frame["part"]))),
  parts: ({ store }, frame) =>
    chain(
      store.parts(
        textIn(frame, "id"),
        countIn(frame, "after", 0, Number.MAX_SAFE_INTEGER),
        countIn(frame, "limit", 1, 10_000),
      ),
      (found) => sized(toJson(found)),
    ),
  follow: ({ follows }, frame) => (follows.add(textIn(frame, "id")), NOTHING),
  unfollow: ({ follows }, frame) => (follows.delete(textIn(frame, "id")), NOTHING),
  spend: ({ store }, frame) =>
    told(store.spend(textIn(frame, "conversation"), amountsIn(frame, "amounts"), amountsIn(frame, "limits"))),
  watch: ({ watches }, frame) => (watches.add(addressIn(frame, "mailbox")), NOTHING),
  unwatch: ({ watches }, frame) => (watches.delete(addressIn(frame, "mailbox")), NOTHING),
  read: ({ store }, frame) => chain(store.read(queryIn(frame)), (page) => sized(pageText(page))),
  operate: ({ store }, frame) => told(store.operate(operationIn(frame))),
};

function claim(held: Held, frame: Frame): Maybe<string> {
  const out: Claim[] = [];
  const [mailbox, max] = [addressIn(frame, "mailbox"), countIn(frame, "max", 0, 10_000)];
  const beside = flagIn(frame, "beside");
  return chain(held.store.claim(mailbox, max, leaseIn(frame), out, whereIn(frame), beside), () => {
    held.hand(frame["n"] as number, out);
    return `[${out.map(claimText).join(",")}]`;
  });
}

/** A token that this session does not hold is nobody's to settle here. */
function settle(held: Held, frame: Frame): Maybe<string> {
  const token = tokenIn(frame);
  const claim = held.claimOf(token);
  if (claim === undefined) return chain(wasSettled(held, frame), (was) => text(was ? SETTLED : STALE));
  const outputs = frame["outputs"] === undefined ? [] : envelopesIn(held, frame, "outputs");
  const part = frame["part"] === undefined ? undefined : parts.copy(frame["part"]);
  const settled = held.store.settle(claim, settlementIn(frame), outputs, stateIn(frame), part);
  return chain(settled, (answer) => {
    if (answer.status !== "refused") held.settled(token);
    return settledText(answer, outputs);
  });
}

/** Whether a settlement that is asked for again, since its first answer was lost with the hub that gave it, was done then. */
function wasSettled({ store }: Held, frame: Frame): Maybe<boolean> {
  if (frame["again"] === undefined) return false;
  const again = aRecord("again", frame["again"] as Frame);
  const [mailbox, number] = [
    addressIn(again, "mailbox"),
    countIn(again, "attempt", 1, Number.MAX_SAFE_INTEGER),
  ];
  const where = parseFilter(`id:${JSON.stringify(textIn(again, "id"))}`);
  return chain(store.read({ type: "history", where, limit: 1000 }), ({ items }) =>
    items.some((record) => record.mailbox === mailbox && ended(record, number)),
  );
}

/** By its own settlement, and not by the end of its lease. */
function ended({ attempts }: MessageRecord, number: number): boolean {
  const outcome = attempts.find((attempt) => attempt.number === number)?.outcome;
  return outcome !== undefined && outcome !== "lease-expired" && outcome !== "released";
}

function tokenIn(frame: Frame): number {
  return countIn(frame, "token", 0, Number.MAX_SAFE_INTEGER);
}

function envelopesIn({ copier }: Held, frame: Frame, name: string): readonly Envelope[] {
  return aList(name, frame[name] as readonly unknown[]).map((each) => readParcel(each, copier));
}

/** Refused messages are named by their places, so that none travels back. */
function refusedAt(envelopes: readonly Envelope[], { output, answer }: RefusedOutput) {
  return { output: envelopes.indexOf(output), answer };
}

function allText(answer: AppendedAll, envelopes: readonly Envelope[]): string {
  return text(answer.status === "refused" ? { status: "refused", ...refusedAt(envelopes, answer) } : answer);
}

function settledText(answer: Settled, outputs: readonly Envelope[]): string {
  if (answer.status !== "refused") return toJson(answer);
  const others = answer.others?.map((other) => refusedAt(outputs, other));
  return text({ status: "refused", ...refusedAt(outputs, answer), ...(others && { others }) });
}

/** Characters of an answer: one that a connection cannot carry would be asked for again and again. */
const MOST_ANSWER = 2 ** 24;

/** @throws HermodError HERMOD_TOO_LARGE for what is to be asked for in smaller pages. */
function sized(answer: string): string {
  if (answer.length <= MOST_ANSWER) return answer;
  throw new TooLargeError(`the answer has ${answer.length} characters, more than ${MOST_ANSWER}`, {
    details: { limit: "answer", value: MOST_ANSWER },
    hint: "Ask for less at a time: a smaller `limit`, and the next page after it.",
  });
}

/** A page; its envelopes as they travel everywhere. */
function pageText(page: { readonly items: readonly unknown[]; readonly next?: string }): string {
  const items = page.items.map(itemText).join(",");
  return `{"items":[${items}]${page.next === undefined ? "" : `,"next":${text(page.next)}`}}`;
}

function itemText(item: unknown): string {
  if (typeof item !== "object" || item === null) return text(item);
  if ("verb" in item && "conversationId" in item) return envelopeText(item as Envelope);
  if (!("envelope" in item)) return toJson(item);
  const { envelope, ...rest } = item as { readonly envelope: Envelope };
  const others = toJson(rest);
  return `${others.slice(0, -1)}${others === "{}" ? "" : ","}"envelope":${envelopeText(envelope)}}`;
}
