/**
 * The ledger: where each message is that a store has answered for. After every command the store must agree, nobody may be left
 * unwoken, and at the end every message must have ended, once.
 */
import assert from "node:assert/strict";
import { keyedAddress } from "../core/address.ts";
import { isControl, type DeliveryMode, type Envelope, type Priority } from "../core/envelope.ts";
import { toRecord } from "../core/errors.ts";
import { sample } from "../core/samples.test.kit.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Claim, DeadLetter, OverflowRule, Settled, StateChange } from "../core/store.ts";
import { Entries, places, type End, type Entry, type Place } from "./entries.test.kit.ts";
import { boxes, critic, ready, World } from "./world.test.kit.ts";

/** A message to send; times are counted from now. */
export interface Draft {
  readonly to: Place | "both";
  /** The instance that it is for, of the many that share the mailbox. */
  readonly instance: "a" | "b" | undefined;
  readonly priority: Priority;
  readonly key: string | undefined;
  readonly delay: number | undefined;
  readonly life: number | undefined;
  readonly delivery: DeliveryMode;
  readonly control: boolean;
}

interface Settle {
  readonly do: "settle";
  readonly which: number;
  readonly end: End;
  readonly outputs: readonly Draft[];
  readonly state: "none" | "right" | "wrong";
}

interface Rule {
  readonly do: "rule";
  readonly box: Place;
  readonly count: number | undefined;
  readonly total: number | undefined;
  readonly overflow: OverflowRule;
}

export type LedgerCommand =
  | { readonly do: "send"; readonly draft: Draft }
  | { readonly do: "sendAll"; readonly drafts: readonly Draft[] }
  | {
      readonly do: "claim";
      readonly box: Place;
      readonly max: number;
      readonly lease: number;
      readonly beside: boolean;
    }
  | Settle
  | { readonly do: "settleStale" | "extend"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number }
  | Rule;

const TOPIC = "both";
const LEASE = 40;
const error = toRecord("no");

export class Ledger {
  readonly #world = new World({});
  readonly #entries = new Entries(() => this.#world.now);
  readonly #stale: Claim[] = [];
  readonly #wakes: [number, number] = [0, 0];
  #token = 0;
  #sent = 0;
  #state: { json: string; version: number } | undefined;

  constructor() {
    this.#world.died = (letter) => this.#died(letter);
    for (const box of places) {
      this.#world.store.watch(boxes[box], () => void this.#wakes[box]++);
      ready(this.#world.store.bind(TOPIC, boxes[box]));
    }
  }

  run(command: LedgerCommand): void {
    const [wakes, before] = [[...this.#wakes] as const, new Set(this.#entries.claimable())];
    this.#carryOut(command);
    this.#compare();
    for (const entry of this.#entries.claimable()) {
      const woken = this.#wakes[entry.box] > (wakes[entry.box] as number);
      assert.ok(woken || before.has(entry), `nobody is told that ${entry.envelope.id} can be claimed`);
    }
  }

  /** Ends all that is open, and shows that every message has ended and that the numbers add up. */
  finish(): void {
    while (!this.#entries.areOver) {
      for (const { claim } of this.#entries.running) if (claim) this.#settleWith(claim, { type: "ack" });
      this.run({ do: "advance", ms: 10_000 });
      for (const box of places) this.run({ do: "claim", box, max: 2, lease: LEASE, beside: false });
    }
    this.#compareAll();
    this.#world.close();
  }

  #carryOut(command: LedgerCommand): void {
    switch (command.do) {
      case "send":
        return this.#send(this.#envelope(command.draft));
      case "sendAll":
        return this.#sendAll(command.drafts.map((draft) => this.#envelope(draft)));
      case "claim":
        return this.#claim(command);
      case "settle":
        return this.#settle(command);
      case "settleStale":
        return this.#settleStale(command.which);
      case "extend":
        return this.#extend(command.which);
      case "advance":
        return this.#advance(command.ms);
      case "rule":
        return this.#rule(command);
    }
  }

  #envelope({ to, instance, priority, key, delay, life, delivery, control }: Draft): Envelope {
    const { now } = this.#world;
    const addressed = (box: Place) => (instance ? keyedAddress(boxes[box], instance) : boxes[box]);
    return sample({
      id: `m${++this.#sent}`,
      verb: control ? "info" : "cast",
      ...(to === "both" ? { to: undefined, topic: TOPIC } : { to: addressed(to) }),
      priority,
      delivery,
      orderKey: key,
      notBefore: delay === undefined ? undefined : now + delay,
      deadline: life === undefined ? undefined : now + life,
      sentAt: now,
    });
  }

  #send(envelope: Envelope): void {
    const [expected] = this.#entries.expect([envelope]) ?? ["full" as const];
    this.#entries.note(envelope, expected);
    assert.deepEqual(ready(this.#world.store.append(envelope)).status, expected);
  }

  #sendAll(envelopes: readonly Envelope[]): void {
    const expected = this.#entries.expect(envelopes);
    envelopes.forEach((envelope, at) => this.#entries.note(envelope, expected?.[at]));
    const answer = ready(this.#world.store.appendAll(envelopes));
    assert.deepEqual(
      answer.status === "stored" ? answer.answers.map(({ status }) => status) : undefined,
      expected,
    );
  }

  #claim({ box, max, lease, beside }: LedgerCommand & { readonly do: "claim" }): void {
    const out: Claim[] = [];
    const could = this.#entries.claimable(beside);
    const count = ready(this.#world.store.claim(boxes[box], max, lease, out, undefined, beside));
    assert.equal(count, out.length);
    for (const claim of out) this.#started(claim, could, beside);
    const others = out.filter(({ envelope }) => !isControl(envelope)).length;
    assert.ok(others <= max, "too many");
    const left = this.#entries
      .claimable(beside)
      .filter((entry) => entry.box === box && !isControl(entry.envelope));
    if (others < max) assert.equal(left.length, 0, `${left[0]?.envelope.id} can be claimed and is not given`);
  }

  /** What must hold of each claim. */
  #started(claim: Claim, could: readonly Entry[], beside: boolean): void {
    const entry = this.#entries.find(claim.envelope, claim.mailbox);
    assert.ok(could.includes(entry), `${claim.envelope.id} is given and cannot be`);
    assert.ok(this.#entries.claimable(beside).includes(entry), `two of the key ${claim.envelope.orderKey}`);
    assert.equal(claim.attempt, entry.failures + 1);
    assert.ok(claim.token > this.#token, "a token that does not grow");
    this.#token = claim.token;
    Object.assign(entry, { state: "running", claim, leaseUntil: claim.leaseUntil });
  }

  #settle({ which, end, outputs, state }: Settle): void {
    const claim = this.#chosen(which)?.claim;
    const envelopes = outputs.map((draft) => this.#envelope(draft));
    if (claim) this.#settleWith(claim, end, envelopes, this.#change(state));
  }

  /** One of the running messages. */
  #chosen(which: number): Entry | undefined {
    const { running } = this.#entries;
    return running[which % Math.max(1, running.length)];
  }

  #change(state: Settle["state"]): StateChange | undefined {
    if (state === "none") return undefined;
    const base = (this.#state?.version ?? 0) + (state === "wrong" ? 1 : 0);
    return { key: "k", base, json: `${this.#sent}` };
  }

  #settleWith(claim: Claim, end: End, outputs: readonly Envelope[] = [], change?: StateChange): void {
    const entry = this.#entries.find(claim.envelope, claim.mailbox);
    const answers = this.#entries.expect(outputs);
    const undone = change !== undefined && change.base !== (this.#state?.version ?? 0);
    const expected: Settled["status"] = undone ? "undone" : answers === undefined ? "refused" : "settled";
    if (expected === "settled") outputs.forEach((output, at) => this.#entries.note(output, answers?.[at]));
    const settlement = toSettlement(end, this.#world.now);
    assert.equal(ready(this.#world.store.settle(claim, settlement, outputs, change)).status, expected);
    if (expected === "refused") return;
    this.#stale.push(claim);
    this.#entries.ended(entry, undone ? { type: "release" } : end);
    if (!undone && change?.json) this.#state = { json: change.json, version: claim.token };
  }

  #settleStale(which: number): void {
    const claim = this.#stale[which % Math.max(1, this.#stale.length)];
    if (claim === undefined) return;
    const output = sample({ id: "never", to: critic });
    const change = { key: "k", base: this.#state?.version ?? 0, json: "no" };
    const answer = ready(this.#world.store.settle(claim, { type: "ack" }, [output], change));
    assert.equal(answer.status, "stale");
    assert.equal(ready(this.#world.store.extend(claim, 1000)), false);
  }

  #extend(which: number): void {
    const entry = this.#chosen(which);
    if (entry?.claim === undefined) return;
    assert.ok(ready(this.#world.store.extend(entry.claim, LEASE)), "an open claim cannot be extended");
    entry.leaseUntil = this.#world.now + LEASE;
  }

  #advance(ms: number): void {
    this.#world.clock.advance(ms);
    for (const entry of this.#entries.running) {
      if (entry.leaseUntil > this.#world.now) continue;
      this.#stale.push(entry.claim as Claim);
      const type = entry.envelope.delivery === "at-most-once" ? "dead" : "retry";
      this.#entries.ended(entry, { type, delay: 0 });
      entry.at = 0;
    }
  }

  #rule({ box, count = Infinity, total = Infinity, overflow }: Rule): void {
    this.#entries.rule(box, { count, total, overflow });
    this.#world.announce(boxes[box], { count, total, overflow });
  }

  #died({ envelope, mailbox, reason }: DeadLetter): void {
    const entry = this.#entries.find(envelope, mailbox);
    assert.equal(entry.state, "waiting", `${envelope.id} died and did not wait`);
    if (reason === "expired")
      assert.ok(this.#world.now > (envelope.deadline ?? Infinity), "it had time left");
    else assert.ok(reason === "overflow" && this.#entries.isNarrow(entry.box), reason);
    entry.state = "dead";
  }

  #compare(): void {
    const { items } = ready(this.#world.store.read({ type: "counts" }));
    for (const box of places) {
      const [waiting, running] = [this.#entries.in(box, "waiting"), this.#entries.in(box, "running")];
      const delayed = waiting.filter(({ at }) => at > this.#world.now).length;
      const counts = [items[box]?.waiting, items[box]?.delayed, items[box]?.running];
      assert.deepEqual(counts, [waiting.length - delayed, delayed, running.length]);
    }
    assert.deepEqual(ready(this.#world.store.load("k")), this.#state);
  }

  /** Every message is where the ledger says, in the history and among the dead letters. */
  #compareAll(): void {
    const records = ready(this.#world.store.read({ type: "history", limit: 1000 })).items;
    assert.deepEqual(records.map(said).sort(), this.#entries.list.map(known).sort());
    const letters = ready(this.#world.store.read({ type: "dead", limit: 1000 })).items;
    const dead = this.#entries.list.filter(({ state }) => state === "dead");
    assert.deepEqual(
      letters.map((letter) => said({ ...letter, state: "dead" })).sort(),
      dead.map(known).sort(),
    );
  }
}

function toSettlement(end: End, now: number): Settlement {
  switch (end.type) {
    case "fail":
      return { type: "fail", error };
    case "dead":
      return { type: "dead", reason: "terminal", error };
    case "retry":
      return { type: "retry", at: now + end.delay, error };
    case "releaseUntil":
      return { type: "release", at: now + end.delay };
    default:
      return { type: end.type };
  }
}

/** What the store says of a message. */
function said({ envelope, mailbox, state, attempts }: Said): string {
  return `${envelope.id} ${mailbox} ${state} ${attempts.length}`;
}

interface Said {
  readonly envelope: Envelope;
  readonly mailbox?: string;
  readonly state: string;
  readonly attempts: readonly unknown[];
}

/** What the ledger knows of it. */
function known({ envelope, box, state, failures }: Entry): string {
  return `${envelope.id} ${boxes[box]} ${state} ${failures}`;
}
