/**
 * The Store: where envelopes wait and are remembered. It keeps, orders and moves; every decision (retry, breaker, deadline,
 * budget, routing) is made above it. `storeSuite` in `hermod/testing` states the laws below once, and every store passes it.
 *
 * Laws
 *  1. What `append` has answered "stored" is delivered until it is settled, expires, is evicted by a declared rule, or is
 *     removed by a named operation; nothing else makes it disappear, and each of these leaves a dead letter or an outcome.
 *  2. One id for one recipient is one message; instances of an agent are recipients of their own, though they share its
 *     mailbox. The same id with the same content answers "duplicate" and changes nothing;
 *     with other content it answers "conflict" and changes nothing. The same holds for an idempotency key
 *     within the store's window, and not after it. Members of one
 *     `appendAll` and senders that wait for room count as stored before those after them. At-most-once ids are recognised
 *     while the store is open and within its window.
 *  3. `claim` gives messages by priority and order, never one whose key has an unsettled delivery (unless it is asked for what
 *     may run `beside`), never one before its
 *     `notBefore`, and never one past its deadline: that one becomes a dead letter "expired" and does not run.
 *  4. Every claim has a token greater than all before it, also across restarts. Only the newest claim of a message can be extended or settled,
 *     once; every other answers "stale" and changes nothing.
 *  5. `settle` is one atomic step: the message's fate, the outputs and the state happen together or not at all. "stale" and
 *     "refused" come before any change, "undone" after all of it was taken back.
 *  6. A lease that runs out gives the message back with the attempt counted; `release` gives it back at its old place
 *     without one.
 *  7. An at-most-once message is gone when it is claimed; its lease only keeps its order key.
 *  8. A wake never carries data and may come too often; it may not be missing: whenever something can be claimed that could
 *     not be claimed before, the mailbox's watchers are woken.
 *  9. Reading never consumes and never wakes.
 * 10. A full mailbox turns only its own copy of a published message into a dead letter.
 * 11. What is ready is returned without a promise.
 * 12. A removed mailbox is forgotten with its state and its bindings; a withdrawn one keeps both.
 * 13. A closed store changes nothing more: `append`, `appendAll`, `record` and `spend` throw HERMOD_CLOSED, `claim` gives
 *     nothing, `settle` answers "stale". A second close does no harm.
 * 14. The parts of a message are numbered from 1 in the order in which they were given, without a gap; its followers are told of
 *     each when it can be read.
 * 15. A call, cast, task or publish with `budget.messages` counts 1 in the same atomic step as its append, as the amount
 *     "messages" of its conversation, and beyond its budget answers "spent" and changes nothing. A published message counts
 *     once whatever its copies; a duplicate and a refused message count nothing; a dropped one was sent.
 * 16. The number of dead letters is kept as they come and go: to ask for it reads none of them, however many there are.
 * 17. Compacting changes nothing that can be read or claimed; what is sent meanwhile is stored, though it may wait for it.
 * 18. What systems ask one another of how they are (`isInquiry`) is delivered as any at-most-once message, and nothing of it is
 *     remembered: no history, no dead letter, and no byte of a file. Its asker still hears when it is given up.
 * 19. A mailbox rests while it is served and all who serve it rest: `counts` say so, and its watchers are woken when somebody begins to rest
 *     or to serve it. Nothing else changes by it. Which systems serve it, `counts` say where all of them have said who they are.
 */
import type { Address } from "./address.ts";
import type { Amounts } from "./budget.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { Envelope } from "./envelope.ts";
import type { ErrorRecord } from "./errors.ts";
import type { Filter } from "./filter.ts";
import type { IdSource, Random } from "./id.ts";
import type { Maybe } from "./maybe.ts";
import type { MailboxCounts } from "./numbers.ts";
import type { OrderRule } from "./ordering.ts";
import type { Reporter } from "./report.ts";
import type { DeadReason, Settlement } from "./settlement.ts";

/** What to do with a message for a mailbox whose `capacity` is reached. */
export const overflowRules = ["reject", "wait", "drop-newest", "drop-oldest", "spill"] as const;
export type OverflowRule = (typeof overflowRules)[number];

/** How one mailbox keeps its messages. */
export interface MailboxRule extends OrderRule {
  /** Most waiting messages; control messages do not count. */
  readonly count: number;
  /** Most waiting payload, in the codec's measure. */
  readonly bytes: number;
  readonly overflow: OverflowRule;
  /**
   * Most messages in line and running together; control messages do not count, nor does what waits for a time until it is due.
   * Beyond it a new message is refused whatever `overflow` says, since it is not room that lacks; what comes back from a delivery
   * and what becomes due never is. Default: no limit.
   */
  readonly total: number;
}

export const defaultMailboxRule: MailboxRule = Object.freeze({
  order: "priority",
  keyBy: "none",
  slots: 1,
  count: Infinity,
  bytes: Infinity,
  overflow: "reject",
  total: Infinity,
});

/** The answer to an append. */
export type Appended =
  | { readonly status: "stored" }
  /** Refused by the mailbox's rule "drop-newest": kept as a dead letter. */
  | { readonly status: "dropped" }
  /** Stored before under this id. */
  | { readonly status: "duplicate"; readonly id: string }
  | { readonly status: "conflict"; readonly id: string }
  /** No room: in the mailbox (its limit) or in the whole store; "total": too much is in line and runs. */
  | { readonly status: "full"; readonly limit: "count" | "bytes" | "store" | "total"; readonly most?: number }
  /** Its conversation has sent as many messages as its budget allows; `sent` of them. */
  | { readonly status: "spent"; readonly sent: number }
  /** No mailbox of this address was ever announced. */
  | { readonly status: "unknown" };

export const STORED: Appended = Object.freeze({ status: "stored" });

/** One claimed message: one attempt under a lease. */
export interface Claim {
  readonly envelope: Envelope;
  readonly mailbox: Address;
  /** From 1; releases do not count. */
  readonly attempt: number;
  /** Fencing token: grows with every claim of the store. */
  readonly token: number;
  /** When the attempt began, UTC milliseconds. */
  readonly startedAt: number;
  /** When the lease runs out, UTC milliseconds. */
  readonly leaseUntil: number;
  /** How many times the message came back from the dead letters. */
  readonly generation: number;
}

/** One finished attempt, as history and dead letters keep it. */
export interface Attempt {
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: "acked" | "failed" | "retried" | "released" | "dead" | "lease-expired";
  readonly error?: ErrorRecord;
}

/** The answer to a settlement. */
export type Settled =
  | { readonly status: "settled" }
  | { readonly status: "stale" }
  /** An output could not be stored, found before anything changed: the claim is still open. */
  | ({ readonly status: "refused" } & RefusedOutputs)
  /** Accepted, but not committed: nothing of it happened, the claim is over, and the message waits at its old place. */
  | { readonly status: "undone"; readonly cause: "state" | "output" | "store"; readonly error?: unknown };

export const SETTLED: Settled = Object.freeze({ status: "settled" });
export const STALE: Settled = Object.freeze({ status: "stale" });

/** The answer to an append of several: all were kept, or none because of this one. */
export type AppendedAll =
  | { readonly status: "stored"; readonly answers: readonly Appended[] }
  | ({ readonly status: "refused" } & RefusedOutput);

/** Why one message of several could not be stored. */
export interface RefusedOutput {
  readonly output: Envelope;
  readonly answer: Appended;
}

/**
 * The first message that could not be stored. Those after it that would be refused too are `others`, as far as the store knows
 * them: without all of these the rest would be taken.
 */
export interface RefusedOutputs extends RefusedOutput {
  readonly others?: readonly RefusedOutput[];
}

/** A message with what became of it; a published one has a record for each mailbox that got a copy. */
export interface MessageRecord {
  readonly envelope: Envelope;
  readonly mailbox?: Address;
  readonly state: "waiting" | "running" | "done" | "failed" | "dead";
  readonly attempts: readonly Attempt[];
}

/** A message that waits for a time: for its next attempt, or because it was sent for later. */
export interface DelayedMessage {
  readonly envelope: Envelope;
  /** When it can be claimed, UTC milliseconds. */
  readonly dueAt: number;
  /** The attempts that failed; none for a message sent for later. */
  readonly attempts: readonly Attempt[];
}

/** A message that could not be handled, with all that is known of why. */
export interface DeadLetter {
  /** Names the dead letter: the message's id and the mailbox it died in, or the instance it was for. */
  readonly id: string;
  readonly envelope: Envelope;
  /** The mailbox it was meant for; absent when no recipient was found. */
  readonly mailbox?: Address;
  readonly reason: DeadReason;
  readonly error?: ErrorRecord;
  readonly attempts: readonly Attempt[];
  readonly diedAt: number;
  /** How many times it had come back from the dead letters before. */
  readonly generation: number;
}

/** A mailbox that gets a copy of every message of the topics that fit a pattern. */
export interface Binding {
  readonly pattern: string;
  readonly mailbox: Address;
  /** When its lease ends, UTC milliseconds; absent for a lasting one. */
  readonly until?: number;
}

/** In which order history is told. A cursor is a place in it: from there it goes on in the order that is asked for, also where that is not the one it was given in. */
export const historyOrders = ["oldest", "newest"] as const;
export type HistoryOrder = (typeof historyOrders)[number];

/** How many dead letters a store has. */
export interface DeathCount {
  readonly count: number;
}

/** Questions a store answers; each page has at most `limit` items (default 100, most 1,000) and a cursor to go on after. */
export type Query =
  /**
   * Of a conversation, or of what an agent sent or got; an agent's history holds that of its instances. By `order` "oldest" (default) or
   * "newest" first; the newest page costs no more where millions of messages are older.
   */
  | ({
      readonly type: "history";
      readonly conversation?: string;
      readonly agent?: Address;
      readonly order?: HistoryOrder;
    } & Page)
  | ({ readonly type: "waiting"; readonly mailbox: Address } & Page)
  | ({ readonly type: "delayed"; readonly mailbox: Address } & Page)
  | ({ readonly type: "dead" } & Page)
  /** How many dead letters there are: one item. */
  | { readonly type: "deaths" }
  /**
   * The bindings of all mailboxes or of one, oldest first. With a `topic` only those that a message of it would reach now:
   * they fit, and their mailboxes exist; the mailboxes get their copies in the order in which they come first here.
   */
  | ({ readonly type: "bindings"; readonly mailbox?: Address; readonly topic?: string } & Omit<Page, "where">)
  | { readonly type: "counts"; readonly mailbox?: Address };

/** Which part of a long answer. */
export interface Page {
  readonly where?: Filter;
  readonly after?: string;
  readonly limit?: number;
  /** True: says of each item of the history, the dead letters and the bindings where it stands. Default false. */
  readonly places?: boolean;
}

/** What each question gives. */
export type Answer<Q extends Query> = Q extends { type: "history" }
  ? Paged<MessageRecord>
  : Q extends { type: "waiting" }
    ? Paged<Envelope>
    : Q extends { type: "delayed" }
      ? Paged<DelayedMessage>
      : Q extends { type: "dead" }
        ? Paged<DeadLetter>
        : Q extends { type: "deaths" }
          ? Paged<DeathCount>
          : Q extends { type: "bindings" }
            ? Paged<Binding>
            : Paged<MailboxCounts>;

/** One page; `next` is the cursor of the following page, absent at the end. */
export interface Paged<T> {
  readonly items: readonly T[];
  readonly next?: string;
  /** The cursor of each item, where that was asked for: whole numbers from 1 up, which grow from the oldest to the newest. */
  readonly places?: readonly number[];
}

/** Moves of an operator. */
export type Operation =
  /**
   * Gives a dead letter back to its mailbox; the third time needs `force`. One of a topic that never had a mailbox goes to
   * those that are bound to the topic now, a copy to each; a full one turns only its own copy into a dead letter.
   */
  | { readonly type: "redrive"; readonly id: string; readonly force: boolean; readonly dryRun: boolean }
  /** Forgets a dead letter. */
  | { readonly type: "discard"; readonly id: string }
  /** Lets a message that waits for a time stand in line now, where it would stand when its time came. */
  | { readonly type: "hasten"; readonly mailbox: Address; readonly id: string }
  /** Takes out a message that waits for a time: it becomes a dead letter "stopped", and its asker hears. */
  | { readonly type: "cancel"; readonly mailbox: Address; readonly id: string }
  /**
   * Removes a mailbox with its bindings and the state that its claims committed; what waited in it becomes dead letters "stopped".
   * With `unserved` one that somebody serves stays as it is.
   */
  | { readonly type: "remove"; readonly mailbox: Address; readonly unserved?: boolean }
  /**
   * Gives the room of what is forgotten back to the disk, and tells how far it is by the report "store.compacted"; answers how
   * many bytes that were. A store in memory has none to give.
   */
  | { readonly type: "compact" };

/** The answer to a move: done, or why not. */
export type Operated =
  | { readonly status: "done"; readonly count: number }
  | { readonly status: "missing" | "needs-force" | "expired" | "no-recipient" | "full" | "served" };

/** What a store is opened with. */
export interface StoreEnv {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly reports: Reporter;
  /** Tells of each message that the store itself made a dead letter (expired, overflow, stopped), so that an asker hears. */
  readonly died: (letter: DeadLetter) => void;
  /** Tells that all claims given by now are void, as those of a hub that was started anew: what is done under them counts for nothing. */
  readonly voided?: () => void;
}

/** Opens a store for one system: what `start({ store })` takes. */
export type OpenStore = (env: StoreEnv) => Maybe<Store>;

/** What a store forgets by itself, for whoever operates it; times in milliseconds. */
export interface StoreBounds {
  /** What is beyond any of these is forgotten, oldest first. */
  readonly history: { readonly age?: number; readonly count: number; readonly bytes: number };
  readonly deadLetters: { readonly age: number; readonly count: number };
  /** How long an idempotency key is recognised. */
  readonly dedupe: number;
}

/** Where envelopes wait and are remembered. */
export interface Store {
  /** What the store is, for start-up lines and the page. */
  readonly level: { readonly name: string; readonly durable: boolean };
  /** The real path of the file that holds it, where one does. */
  readonly file?: string;
  /** What it forgets by itself, where it says so. */
  readonly bounds?: StoreBounds;
  /** By which it times what it keeps, where that is not the clock it was opened with: whoever uses it goes by this one. */
  readonly clock?: Clock;
  /** What the address of a system over it ends with, behind a point, where the store tells systems apart by that. */
  readonly tag?: string | undefined;

  /**
   * Stores one envelope for its recipient, or for every mailbox bound to its topic. `fresh` promises that its id was drawn for
   * this send and handed to nobody yet, so that the look-up for a duplicate may be skipped; it is never required.
   */
  append(envelope: Envelope, fresh?: boolean): Maybe<Appended>;
  /** Stores all of them or none: the first that is not stored, dropped or a duplicate (also of one before it) keeps out the rest. */
  appendAll(envelopes: readonly Envelope[]): Maybe<AppendedAll>;
  /**
   * Puts what may start now into `out`, at most `max` messages, and control messages whatever `max` is; answers how many.
   * `lease` in milliseconds; `where` takes only messages that match. `beside` gives also messages whose key has an unsettled
   * delivery, for an agent that wants to know what comes while it works: each holds the key too, which is free when all are
   * settled. A retry that blocks its key in strict order is not passed. Whoever says `stand`, watches the mailbox and claims
   * at once when it is woken: a store that is far away may hand out ahead to it what it has room for.
   */
  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where?: Filter,
    beside?: boolean,
    stand?: boolean,
  ): Maybe<number>;
  /** Lets the lease run `lease` milliseconds from now; false when the claim is stale. */
  extend(claim: Claim, lease: number): Maybe<boolean>;
  /**
   * Decides a claim, stores its outputs and the agent's new state (JSON), in one atomic step. Outputs of an exactly-once message
   * have ids derived from it, so that a rerun repeats them; those of any other message are fresh. Never rejects: the runtime
   * does not wait for it before the next delivery. `part` is added to the message's record in the same step.
   */
  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Maybe<Settled>;
  /** Keeps a message that no mailbox took as a dead letter; told answers go through `settle`. */
  bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): Maybe<void>;
  /** The last committed state of an agent (or of one of its keys). */
  load(key: string): Maybe<StateRecord | undefined>;

  /**
   * Says who serves an address now and how its mailbox is kept; again with the same address changes the rule. Who `rests` takes nothing from it
   * for now, but for notices; default false. `servers` are the addresses of the systems that do; default unknown.
   */
  announce(mailbox: Address, rule: MailboxRule, rests?: boolean, servers?: readonly Address[]): Maybe<void>;
  /** Ends `announce`: nobody serves the address from here; mailbox, messages, state and bindings stay. */
  withdraw(mailbox: Address): Maybe<void>;
  /** All addresses that were announced and not removed. */
  directory(): Maybe<readonly Address[]>;
  /**
   * Lets a mailbox get a copy of every message of the topics that match; under a `lease` the binding ends unless renewed. A
   * topic's mailboxes get their copies in the order of their first binding that matches; a renewal keeps the place.
   * @throws HermodError HERMOD_BAD_ADDRESS for what is no pattern.
   */
  bind(pattern: string, mailbox: Address, lease?: number): Maybe<void>;
  /** Ends a binding. */
  unbind(pattern: string, mailbox: Address): Maybe<void>;

  /**
   * Adds a part (progress, partial result) to a message's record; answers its number, from 1. It is plain data that nobody
   * changes any more. Parts go with their message's record; those in memory alone are bounded, the parts of messages that have ended going first, oldest end first.
   * @throws HermodError HERMOD_OVERLOADED when a bound of the store leaves no room for it.
   */
  record(id: string, part: unknown): Maybe<number>;
  /** The parts after a number, in order, at most `limit`. */
  parts(id: string, after: number, limit: number): Maybe<readonly unknown[]>;
  /**
   * Calls `wake` when a part was added to a message's record, with its number and the part where they are at hand; `wake` only marks. Returns the
   * end of it.
   */
  follow(id: string, wake: Told): () => void;
  /** Adds amounts to what a conversation has spent, unless one would pass its limit: then nothing changes. Without amounts it only tells. */
  spend(conversation: string, amounts: Amounts, limits: Amounts): Maybe<Spent>;

  /** Calls `wake` when the mailbox may have something to claim or to see; `wake` only marks. Returns the end of it. */
  watch(mailbox: Address, wake: () => void): () => void;
  /** History, waiting messages, dead letters, bindings, counts: in pages, consuming nothing. */
  read<Q extends Query>(query: Q): Maybe<Answer<Q>>;
  /** Redrives, discards, hastens, cancels, removes. */
  operate(operation: Operation): Maybe<Operated>;
  /** Lets whoever wants the same file too know at which hub it is to be had; absent where nobody can be told. */
  served?(hub: string): void;
  /**
   * Calls `gone` once when it does not answer, as a hub that is gone: at once where it owes no answer to what agents said and did, else when so many
   * milliseconds are over. Returns the end of it. Absent where it always answers.
   */
  whenGone?(patience: number, gone: () => void): Cancel;
  /** Ends the store's timers and files; what is stored stays where the store is durable. A second call does nothing. */
  close(): Maybe<void>;
}

/** Is told of a part that was added, and which one it is where that is at hand: whoever has read all before it need not read. */
export type Told = (number?: number, part?: unknown) => void;

/** What a conversation has spent by now, and the name of the amount that was refused. */
export interface Spent {
  readonly amounts: Amounts;
  readonly refused?: string;
}

/** The state that a settlement was built on and, where it changed, the new one: both are checked and committed with it. */
export interface StateChange {
  readonly key: string;
  /** Version built on, 0 for none; when another is the last accepted one, the answer is "undone" by "state". */
  readonly base: number;
  /** The new state; its version is the claim's token. Absent when the state was only read. */
  readonly json?: string;
}

/** A committed state. */
export interface StateRecord {
  readonly json: string;
  readonly version: number;
}
