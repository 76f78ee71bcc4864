/**
 * The ledger: where each message is that a store has answered for, and nothing else. After every command the store must agree,
 * nobody may be left unwoken, and at the end every message must have ended, once.
 */
import assert from "node:assert/strict";
import { isControl, type DeliveryMode, type Envelope, type Priority } from "../core/envelope.ts";
import { toRecord } from "../core/errors.ts";
import { sample } from "../core/samples.test.kit.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Appended, Claim, DeadLetter, OverflowRule, Settled, StateChange } from "../core/store.ts";
import { boxes, critic, ready, World } from "./world.test.kit.ts";

/** A message to send; times are counted from now. */
export interface Draft {
  readonly to: 0 | 1 | "both";
  readonly priority: Priority;
  readonly key: string | undefined;
  readonly delay: number | undefined;
  readonly life: number | undefined;
  readonly delivery: DeliveryMode;
  readonly control: boolean;
}

export type End =
  | { readonly type: "ack" | "fail" | "dead" | "release" }
  | { readonly type: "retry" | "releaseUntil"; readonly delay: number };

export type LedgerCommand =
  | { readonly do: "send"; readonly draft: Draft }
  | { readonly do: "sendAll"; readonly drafts: readonly Draft[] }
  | { readonly do: "claim"; readonly box: 0 | 1; readonly max: number; readonly lease: number }
  | {
      readonly do: "settle";
      readonly which: number;
      readonly end: End;
      readonly outputs: readonly Draft[];
      readonly state: "none" | "right" | "wrong";
    }
  | { readonly do: "settleStale" | "extend"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number }
  | {
      readonly do: "rule";
      readonly box: 0 | 1;
      readonly count: number | undefined;
      readonly overflow: OverflowRule;
    };

/** A message in one mailbox. */
interface Entry {
  readonly envelope: Envelope;
  readonly box: 0 | 1;
  state: "waiting" | "running" | "done" | "failed" | "dead";
  /** Not before this time. */
  at: number;
  failures: number;
  claim: Claim | undefined;
  leaseUntil: number;
}

const TOPIC = "both";
const LEASE = 40;
const error = toRecord("no");

export class Ledger {
  readonly #world = new World({});
  readonly #entries: Entry[] = [];
  readonly #rules: { count: number; overflow: OverflowRule }[] = boxes.map(() => ({
    count: Infinity,
    overflow: "reject",
  }));
  readonly #stale: Claim[] = [];
  readonly #wakes: [number, number] = [0, 0];
  #token = 0;
  #sent = 0;
  #state: { json: string; version: number } | undefined;

  constructor() {
    this.#world.died = (letter) => this.#died(letter);
    for (const box of [0, 1] as const) {
      this.#world.store.watch(boxes[box], () => void this.#wakes[box]++);
      ready(this.#world.store.bind(TOPIC, boxes[box]));
    }
  }

  run(command: LedgerCommand): void {
    const before = { wakes: [...this.#wakes] as [number, number], claimable: new Set(this.#claimable()) };
    this.#carryOut(command);
    this.#compare();
    for (const entry of this.#claimable()) {
      const woken = this.#wakes[entry.box] > before.wakes[entry.box];
      assert.ok(
        woken || before.claimable.has(entry),
        `nobody is told that ${entry.envelope.id} can be claimed`,
      );
    }
  }

  /** Ends all that is open, and shows that every message has ended and that the numbers add up. */
  finish(): void {
    for (let open = this.#entries.length; open > 0; open = this.#open().length) {
      for (const { claim } of this.#entries) if (claim) this.#settleWith(claim, { type: "ack" });
      this.run({ do: "advance", ms: 10_000 });
      for (const box of [0, 1] as const) this.run({ do: "claim", box, max: 2, lease: LEASE });
    }
    this.#compareAll();
    ready(this.#world.store.close());
    assert.equal(this.#world.clock.waiting, 0, "timers left after close");
  }

  #carryOut(command: LedgerCommand): void {
    switch (command.do) {
      case "send":
        return this.#send(this.#envelope(command.draft));
      case "sendAll":
        return this.#sendAll(command.drafts.map((draft) => this.#envelope(draft)));
      case "claim":
        return this.#claim(command.box, command.max, command.lease);
      case "settle":
        return this.#settle(command);
      case "settleStale":
        return this.#settleStale(command.which);
      case "extend":
        return this.#extend(command.which);
      case "advance":
        return this.#advance(command.ms);
      case "rule":
        return this.#rule(command.box, command.count ?? Infinity, command.overflow);
    }
  }

  #envelope({ to, priority, key, delay, life, delivery, control }: Draft): Envelope {
    const { now } = this.#world;
    return sample({
      id: `m${++this.#sent}`,
      verb: control ? "info" : "cast",
      ...(to === "both" ? { to: undefined, topic: TOPIC } : { to: boxes[to] }),
      priority,
      delivery,
      orderKey: key,
      notBefore: delay === undefined ? undefined : now + delay,
      deadline: life === undefined ? undefined : now + life,
      sentAt: now,
    });
  }

  #send(envelope: Envelope): void {
    const expected = this.#expect(envelope, this.#rooms());
    this.#note(envelope, expected);
    assert.deepEqual(ready(this.#world.store.append(envelope)).status, expected);
  }

  #sendAll(envelopes: readonly Envelope[]): void {
    const expected = this.#expectAll(envelopes);
    if (expected)
      envelopes.forEach((envelope, at) => this.#note(envelope, expected[at] as Appended["status"]));
    const answer = ready(this.#world.store.appendAll(envelopes));
    assert.deepEqual(
      answer.status === "stored" ? answer.answers.map(({ status }) => status) : undefined,
      expected,
    );
  }

  /** What each is answered, or undefined when one has no place. */
  #expectAll(envelopes: readonly Envelope[]): Appended["status"][] | undefined {
    const rooms = this.#rooms();
    const answers = envelopes.map((envelope) => this.#expect(envelope, rooms));
    return answers.includes("full") ? undefined : answers;
  }

  /** How many wait in each mailbox, and how many of them could not be dropped. */
  #rooms(): { waiting: number; held: number }[] {
    return boxes.map((_, box) => {
      const waiting = this.#in(box, "waiting").filter(({ envelope }) => !isControl(envelope));
      return { waiting: waiting.length, held: waiting.filter(({ at }) => at > this.#world.now).length };
    });
  }

  #expect(envelope: Envelope, rooms: { waiting: number; held: number }[]): Appended["status"] {
    const answers = this.#boxesOf(envelope).map((box) =>
      this.#expectIn(box, envelope, rooms[box] as { waiting: number; held: number }),
    );
    return envelope.to === undefined ? "stored" : (answers[0] as Appended["status"]);
  }

  #expectIn(box: 0 | 1, envelope: Envelope, room: { waiting: number; held: number }): Appended["status"] {
    const { count, overflow } = this.#rules[box] as { count: number; overflow: OverflowRule };
    const answer = this.#judge(room, count, overflow);
    if (isControl(envelope)) return "stored";
    if (answer === "stored") {
      room.waiting++;
      if ((envelope.notBefore ?? 0) > this.#world.now) room.held++;
    }
    return answer;
  }

  #judge(
    { waiting, held }: { waiting: number; held: number },
    count: number,
    overflow: OverflowRule,
  ): Appended["status"] {
    if (waiting < count) return "stored";
    if (overflow === "drop-newest") return "dropped";
    return overflow === "drop-oldest" && held < count ? "stored" : "full";
  }

  /** Enters a message that the store is about to keep; the store tells of what it drops. */
  #note(envelope: Envelope, status: Appended["status"]): void {
    if (status !== "stored" && status !== "dropped") return;
    for (const box of this.#boxesOf(envelope)) {
      const at = envelope.notBefore ?? 0;
      this.#entries.push({
        envelope,
        box,
        state: "waiting",
        at,
        failures: 0,
        claim: undefined,
        leaseUntil: 0,
      });
    }
  }

  #boxesOf({ to }: Envelope): readonly (0 | 1)[] {
    return to === undefined ? [0, 1] : [to === critic ? 0 : 1];
  }

  #claim(box: 0 | 1, max: number, lease: number): void {
    const out: Claim[] = [];
    const could = this.#claimable().filter((entry) => entry.box === box);
    assert.equal(ready(this.#world.store.claim(boxes[box], max, lease, out)), out.length);
    for (const claim of out) this.#started(claim, could);
    const others = out.filter(({ envelope }) => !isControl(envelope)).length;
    assert.ok(others <= max, "too many");
    const left = this.#claimable().filter((entry) => entry.box === box && !isControl(entry.envelope));
    if (others < max)
      assert.deepEqual(
        left.map(({ envelope }) => envelope.id),
        [],
        "what can be claimed is not given",
      );
  }

  /** What must hold of each claim. */
  #started(claim: Claim, could: readonly Entry[]): void {
    const entry = this.#find(claim.envelope, claim.mailbox === critic ? 0 : 1);
    assert.ok(could.includes(entry), `${claim.envelope.id} is given and cannot be`);
    assert.ok(this.#claimable().includes(entry), `two of the key ${claim.envelope.orderKey}`);
    assert.equal(claim.attempt, entry.failures + 1);
    assert.ok(claim.token > this.#token, "a token that does not grow");
    this.#token = claim.token;
    Object.assign(entry, { state: "running", claim, leaseUntil: claim.leaseUntil });
  }

  #settle({ which, end, outputs, state }: LedgerCommand & { readonly do: "settle" }): void {
    const running = this.#entries.filter((entry) => entry.claim !== undefined);
    const claim = running[which % Math.max(1, running.length)]?.claim;
    if (claim)
      this.#settleWith(
        claim,
        end,
        outputs.map((draft) => this.#envelope(draft)),
        this.#change(state),
      );
  }

  #change(state: "none" | "right" | "wrong"): StateChange | undefined {
    if (state === "none") return undefined;
    const base = (this.#state?.version ?? 0) + (state === "wrong" ? 1 : 0);
    return { key: "k", base, json: `${this.#sent}` };
  }

  #settleWith(claim: Claim, end: End, outputs: readonly Envelope[] = [], change?: StateChange): void {
    const entry = this.#entries.find((each) => each.claim === claim) as Entry;
    const answers = this.#expectAll(outputs);
    const undone = change !== undefined && change.base !== (this.#state?.version ?? 0);
    const expected: Settled["status"] = undone ? "undone" : answers === undefined ? "refused" : "settled";
    if (expected === "settled")
      outputs.forEach((output, at) => this.#note(output, answers?.[at] as Appended["status"]));
    const settled = ready(this.#world.store.settle(claim, this.#settlement(end), outputs, change));
    assert.equal(settled.status, expected);
    if (expected === "refused") return;
    this.#stale.push(claim);
    this.#ended(entry, undone ? { type: "release" } : end);
    if (expected === "settled" && change?.json) this.#state = { json: change.json, version: claim.token };
  }

  #settlement(end: End): Settlement {
    switch (end.type) {
      case "fail":
        return { type: "fail", error };
      case "dead":
        return { type: "dead", reason: "terminal", error };
      case "retry":
        return { type: "retry", at: this.#world.now + end.delay, error };
      case "releaseUntil":
        return { type: "release", at: this.#world.now + end.delay };
      default:
        return { type: end.type };
    }
  }

  #ended(entry: Entry, end: End): void {
    entry.claim = undefined;
    if (end.type !== "release" && end.type !== "releaseUntil") entry.failures++;
    const states = { ack: "done", fail: "failed", dead: "dead" } as const;
    entry.state = end.type in states ? states[end.type as keyof typeof states] : "waiting";
    if ("delay" in end) entry.at = this.#world.now + end.delay;
  }

  #settleStale(which: number): void {
    const claim = this.#stale[which % Math.max(1, this.#stale.length)];
    if (claim === undefined) return;
    const output = sample({ id: "never", to: critic });
    assert.equal(
      ready(this.#world.store.settle(claim, { type: "ack" }, [output], { key: "k", base: 0, json: "no" }))
        .status,
      "stale",
    );
    assert.equal(ready(this.#world.store.extend(claim, 1000)), false);
  }

  #extend(which: number): void {
    const running = this.#entries.filter((entry) => entry.claim !== undefined);
    const entry = running[which % Math.max(1, running.length)];
    if (entry?.claim === undefined) return;
    assert.ok(ready(this.#world.store.extend(entry.claim, LEASE)), "an open claim cannot be extended");
    entry.leaseUntil = this.#world.now + LEASE;
  }

  #advance(ms: number): void {
    this.#world.clock.advance(ms);
    for (const entry of this.#entries) {
      if (entry.claim === undefined || entry.leaseUntil > this.#world.now) continue;
      this.#stale.push(entry.claim);
      this.#ended(entry, { type: entry.envelope.delivery === "at-most-once" ? "dead" : "retry", delay: 0 });
      entry.at = 0;
    }
  }

  #rule(box: 0 | 1, count: number, overflow: OverflowRule): void {
    this.#rules[box] = { count, overflow };
    this.#world.announce(boxes[box], { count, overflow });
  }

  #died({ envelope, mailbox, reason }: DeadLetter): void {
    const entry = this.#find(envelope, mailbox === critic ? 0 : 1);
    assert.equal(entry.state, "waiting", `${envelope.id} died and did not wait`);
    if (reason === "expired")
      assert.ok(this.#world.now > (envelope.deadline ?? Infinity), "it had time left");
    else assert.ok(reason === "overflow" && (this.#rules[entry.box]?.count ?? Infinity) < Infinity, reason);
    entry.state = "dead";
  }

  #find(envelope: Envelope, box: 0 | 1): Entry {
    const found = this.#entries.find((entry) => entry.envelope.id === envelope.id && entry.box === box);
    return found ?? assert.fail(`${envelope.id} was never stored`);
  }

  #in(box: number, state: Entry["state"]): Entry[] {
    return this.#entries.filter((entry) => entry.box === box && entry.state === state);
  }

  #open(): Entry[] {
    return this.#entries.filter(({ state }) => state === "waiting" || state === "running");
  }

  /** What may start now. */
  #claimable(): Entry[] {
    const { now } = this.#world;
    const keyOf = ({ box, envelope }: Entry): string | undefined =>
      envelope.orderKey === undefined || isControl(envelope) ? undefined : `${box} ${envelope.orderKey}`;
    const busy = new Set(this.#entries.filter(({ claim }) => claim !== undefined).map(keyOf));
    busy.delete(undefined);
    return this.#entries.filter(
      (entry) =>
        entry.state === "waiting" &&
        entry.at <= now &&
        now <= (entry.envelope.deadline ?? Infinity) &&
        !busy.has(keyOf(entry)),
    );
  }

  #compare(): void {
    const { items } = ready(this.#world.store.read({ type: "counts" }));
    items.forEach((counts, box) => {
      const [waiting, running] = [this.#in(box, "waiting"), this.#in(box, "running")];
      assert.equal(counts.waiting + counts.delayed, waiting.length, "waiting");
      assert.equal(counts.delayed, waiting.filter(({ at }) => at > this.#world.now).length, "delayed");
      assert.equal(counts.running, running.length, "running");
      const taken = this.#entries.filter((entry) => entry.box === box).length - counts.received;
      assert.ok(taken >= 0, "more came than was stored");
    });
    assert.deepEqual(ready(this.#world.store.load("k")), this.#state);
  }

  /** Every message is where the ledger says, in the history and among the dead letters. */
  #compareAll(): void {
    const said = ({ envelope, box, state, failures }: Entry): string =>
      `${envelope.id} ${boxes[box]} ${state} ${failures}`;
    const records = ready(this.#world.store.read({ type: "history", limit: 1000 })).items;
    const expected = this.#entries.map(said);
    assert.deepEqual(
      records
        .map(
          ({ envelope, mailbox, state, attempts }) => `${envelope.id} ${mailbox} ${state} ${attempts.length}`,
        )
        .sort(),
      expected.sort(),
    );
    const dead = ready(this.#world.store.read({ type: "dead", limit: 1000 })).items;
    assert.deepEqual(
      dead
        .map(({ envelope, mailbox, attempts }) => `${envelope.id} ${mailbox} dead ${attempts.length}`)
        .sort(),
      this.#entries
        .filter(({ state }) => state === "dead")
        .map(said)
        .sort(),
    );
  }
}
