/** A trial: the same commands for the real mailbox and the naive one, compared after each. */
import assert from "node:assert/strict";
import { toAddress } from "./address.ts";
import { isControl, type Envelope } from "./envelope.ts";
import { parseFilter } from "./filter.ts";
import { Mailbox, type ClaimTerms, type Leaving, type OpenClaim } from "./mailbox.ts";
import { NaiveMailbox, type Entry } from "./naive.test.kit.ts";
import type { OrderRule } from "./ordering.ts";
import { sample } from "./samples.test.kit.ts";
import { defaultMailboxRule, type Attempt, type Claim } from "./store.ts";

/** A message to offer; times are counted from now. */
export interface Offer {
  readonly priority: 1 | 2 | 3 | 4;
  readonly from: string;
  /** The mailbox itself, an instance of its agent, or a topic. */
  readonly to: string | undefined;
  readonly key: string | undefined;
  readonly conversation: string;
  readonly delay: number | undefined;
  readonly life: number | undefined;
  readonly control: boolean;
  readonly size: number;
}

/** How a claim ends: done, back in its place, or to be tried again, at once or later. */
export type End =
  | { readonly type: "gone" | "release" | "fail" }
  | { readonly type: "retry" | "releaseUntil"; readonly delay: number };

export type Command =
  | { readonly do: "offer"; readonly message: Offer }
  | { readonly do: "claim"; readonly max: number; readonly where?: string; readonly beside?: boolean }
  | { readonly do: "settle"; readonly which: number; readonly end: End }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "outlive" | "evict" | "ripen" }
  | { readonly do: "adopt"; readonly rule: OrderRule };

/** Filters that a claim may choose by, with what they mean. */
export const filters: Readonly<Record<string, (envelope: Envelope) => boolean>> = {
  "priority:1": ({ priority }) => priority === 1,
  "-priority:4": ({ priority }) => priority !== 4,
  "from:a": ({ from }) => from === "a",
};

const START = 1_000_000;
const LEASE = 100;
const TOTAL = 5;

const probe = sample();
const laterProbe = sample({ notBefore: Infinity });

export class Trial {
  readonly box: Mailbox;
  readonly naive: NaiveMailbox;
  /** First deliveries in their order. */
  readonly given: Envelope[] = [];
  readonly #open: { claim: OpenClaim; entry: Entry }[] = [];
  readonly #terms: ClaimTerms & { now: number };
  #sent = 0;
  #token = 0;
  #adopted = false;

  constructor(order: OrderRule) {
    const rule = { ...defaultMailboxRule, ...order, total: TOTAL };
    this.box = new Mailbox(toAddress("critic"), rule);
    this.naive = new NaiveMailbox(rule);
    const expired: ClaimTerms["expired"] = (envelope, attempts) => this.#expired(envelope, attempts);
    this.#terms = { now: START, lease: LEASE, token: () => ++this.#token, expired };
  }

  /** What is claimed and not settled. */
  get running(): Envelope[] {
    return this.#open.map(({ claim }) => claim.envelope);
  }

  run(command: Command): void {
    switch (command.do) {
      case "offer":
        this.#offer(command.message);
        break;
      case "claim":
        this.#claim(command.max, command.where, command.beside);
        break;
      case "settle":
        this.#settle(command.which, command.end);
        break;
      case "advance":
        this.#terms.now += command.ms;
        break;
      case "outlive":
        this.#outlive();
        break;
      case "evict":
        this.#evict();
        break;
      case "ripen":
        this.box.ripen(this.#terms.now);
        this.naive.ripen(this.#terms.now);
        break;
      case "adopt":
        this.#adopt(command.rule);
        break;
    }
    this.#compare();
  }

  /** Settles what runs and lets all times pass: everything left must now be given, or have expired, and nothing may remain. */
  finish(): void {
    this.#settleAll();
    this.run({ do: "advance", ms: 1_000_000 });
    for (let left = this.naive.waiting.length; left >= 0; left--) {
      this.run({ do: "claim", max: 3 });
      this.#settleAll();
    }
    assert.equal(this.naive.waiting.length, 0, "a message is stuck");
    assert.ok(this.box.idle);
    assert.equal(this.box.bytes, 0);
  }

  #offer({ priority, from, to, key, conversation, delay, life, control, size }: Offer): void {
    const now = this.#terms.now;
    const sequence = ++this.#sent;
    const envelope = sample({
      id: `m${sequence}`,
      sequence,
      verb: control ? "info" : "cast",
      priority,
      from: toAddress(from),
      to: to === undefined ? undefined : toAddress(to),
      orderKey: key,
      conversationId: conversation,
      sentAt: now,
      notBefore: delay === undefined ? undefined : now + delay,
      deadline: life === undefined ? undefined : now + life,
      size,
    });
    this.box.offer(envelope, now);
    this.naive.offer(envelope, now);
  }

  #claim(max: number, where: string | undefined, beside = false): void {
    const { now } = this.#terms;
    const out: OpenClaim[] = [];
    const before = this.naive.busy(now, beside);
    const filter = where === undefined ? undefined : parseFilter(where);
    const count = this.box.claim(max, { ...this.#terms, where: filter, beside }, out as Claim[]);
    const expected = this.naive.claim(max, now, where === undefined ? undefined : filters[where], beside);
    assert.deepEqual(ids(out), ids(expected), "given, and to be given");
    assert.equal(count, out.length);
    out.forEach((claim, at) => {
      this.#started(claim, expected[at] as Entry, before);
      if (!beside && !this.#adopted) before.add(this.naive.keyOf(claim.envelope));
    });
  }

  /** What must hold of each delivery, whatever the order. */
  #started(claim: OpenClaim, entry: Entry, busy: Set<string | undefined>): void {
    const { envelope, attempt } = claim;
    const { now } = this.#terms;
    const key = this.naive.keyOf(envelope);
    assert.ok(this.box.isOpen(claim));
    assert.ok(now >= (envelope.notBefore ?? 0) && now <= (envelope.deadline ?? Infinity));
    assert.ok(key === undefined || !busy.has(key), `two deliveries of the key ${key}`);
    assert.equal(attempt, entry.failures + 1);
    assert.equal(claim.leaseUntil, now + LEASE);
    assert.ok(claim.token > (this.#open.at(-1)?.claim.token ?? 0), "tokens grow");
    if (!this.given.includes(envelope)) this.given.push(envelope);
    this.#open.push({ claim, entry });
  }

  #settle(which: number, end: End): void {
    const [open] = this.#open.splice(which % Math.max(1, this.#open.length), 1);
    if (open) this.#leave(open.claim, open.entry, this.#leaving(end, open.claim));
  }

  #leaving(end: End, claim: Claim): Leaving {
    const { now } = this.#terms;
    const attempt: Attempt = {
      number: claim.attempt,
      startedAt: claim.startedAt,
      endedAt: now,
      outcome: "retried",
    };
    switch (end.type) {
      case "gone":
        return { type: "gone" };
      case "release":
        return { type: "again" };
      case "fail":
        return { type: "again", attempt };
      case "retry":
        return { type: "again", at: now + end.delay, attempt };
      case "releaseUntil":
        return { type: "again", at: now + end.delay };
    }
  }

  #leave(claim: OpenClaim, entry: Entry, how: Leaving): void {
    const { now } = this.#terms;
    const before = new Set(this.naive.claimable(now));
    const wakes = this.box.leave(claim, how);
    this.naive.leave(entry, how);
    if (how.type === "gone") assert.equal(this.box.attemptsOf(claim.envelope).length, 0);
    const fresh = this.naive.claimable(now).some((each) => !before.has(each));
    // Where something is due, its time tells.
    const due = (this.box.nextDue ?? Infinity) <= now;
    assert.ok(wakes || due || !fresh, "nobody is told of what has become claimable");
    assert.ok(!this.box.isOpen(claim), "an ended claim is open");
  }

  #settleAll(): void {
    while (this.#open.length > 0) this.run({ do: "settle", which: 0, end: { type: "gone" } });
  }

  #outlive(): void {
    const outlived = new Set(this.box.outlived(this.#terms.now));
    const over = this.#open.filter(({ claim }) => claim.leaseUntil <= this.#terms.now);
    assert.equal(outlived.size, over.length);
    for (const { claim } of over) {
      assert.ok(outlived.has(claim));
      this.#settle(
        this.#open.findIndex((open) => open.claim === claim),
        { type: "fail" },
      );
    }
  }

  #evict(): void {
    const oldest = this.naive.oldest();
    const evicted = this.box.evictOldest();
    assert.equal(evicted?.envelope.id, oldest?.envelope.id, "evicted, and to be evicted");
    if (evicted === undefined || oldest === undefined) return;
    assert.equal(evicted.past.attempts.length, oldest.failures);
    this.naive.drop(oldest);
  }

  #adopt(order: OrderRule): void {
    this.#adopted = true;
    const rule = { ...defaultMailboxRule, ...order, total: TOTAL };
    this.box.adopt(rule);
    this.naive.rule = rule;
  }

  #expired(envelope: Envelope, attempts: readonly Attempt[]): void {
    const entry = this.naive.find(envelope);
    assert.ok(entry, `${envelope.id} expired although it does not wait`);
    assert.ok(
      this.#terms.now > (envelope.deadline ?? Infinity),
      `${envelope.id} expired before its deadline`,
    );
    assert.equal(attempts.length, entry.failures);
    this.naive.drop(entry);
  }

  #compare(): void {
    const { waiting, running } = this.naive;
    const counts = this.box.counts();
    const delayed = waiting.filter(({ at }) => at !== undefined);
    const due = Math.min(...delayed.map(({ at }) => at as number));
    assert.equal(this.box.waiting, waiting.filter(({ envelope }) => !isControl(envelope)).length);
    assert.equal(counts.waiting, waiting.length - delayed.length);
    assert.equal(counts.delayed, delayed.length);
    assert.equal(counts.running, running.size);
    assert.equal(
      counts.bytes,
      waiting.reduce((sum, { envelope }) => sum + envelope.size, 0),
    );
    assert.equal(counts.received, this.#sent);
    assert.equal(counts.oldestSentAt, this.naive.oldest()?.envelope.sentAt);
    assert.equal(this.box.nextDue ?? Infinity, due);
    assert.equal(this.box.idle, waiting.length + running.size === 0);
    assert.equal(this.box.fullness(probe), this.naive.isTotal ? "total" : undefined);
    assert.equal(this.box.fullness(laterProbe, undefined, this.#terms.now), undefined);
    this.#compareContents();
  }

  #compareContents(): void {
    const contents = new Set(this.box.contents());
    assert.equal(contents.size, this.naive.waiting.length);
    for (const { envelope, failures } of this.naive.waiting) {
      assert.ok(contents.has(envelope), `${envelope.id} is lost`);
      assert.equal(this.box.attemptsOf(envelope).length, failures);
    }
  }
}

function ids(list: readonly { readonly envelope: Envelope }[]): string[] {
  return list.map(({ envelope }) => envelope.id);
}
