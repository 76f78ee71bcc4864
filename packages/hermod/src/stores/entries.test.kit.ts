/** Entries: a plain list of messages with where each is, searched anew for every question. */
import assert from "node:assert/strict";
import { mailboxOf } from "../core/address.ts";
import { isControl, type Envelope } from "../core/envelope.ts";
import type { Appended, Claim, OverflowRule } from "../core/store.ts";
import { boxes, critic } from "./world.test.kit.ts";

/** A mailbox by its place in the list of mailboxes. */
export type Place = 0 | 1;

export const places = [0, 1] as const;

/** How a claim ends: for good, back to its place, or back at a time. */
export type End =
  | { readonly type: "ack" | "fail" | "dead" | "release" }
  | { readonly type: "retry" | "releaseUntil"; readonly delay: number };

/** A message in one mailbox. */
export interface Entry {
  readonly envelope: Envelope;
  readonly box: Place;
  state: "waiting" | "running" | "done" | "failed" | "dead";
  /** Not before this time. */
  at: number;
  failures: number;
  claim: Claim | undefined;
  leaseUntil: number;
}

/** How many wait in a mailbox, how many of them for a time, which could not be dropped, and how many run. */
interface Fill {
  waiting: number;
  held: number;
  readonly running: number;
}

/** What the ledger tells of a mailbox's rule. */
export interface Limits {
  readonly count: number;
  readonly total: number;
  readonly overflow: OverflowRule;
}

type Status = Appended["status"];

const finalStates = { ack: "done", fail: "failed", dead: "dead" } as const;

export class Entries {
  readonly list: Entry[] = [];
  readonly #rules: Limits[] = places.map(() => ({ count: Infinity, total: Infinity, overflow: "reject" }));
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  rule(box: Place, limits: Limits): void {
    this.#rules[box] = limits;
  }

  /** True where a mailbox may drop something for want of room. */
  isNarrow(box: Place): boolean {
    const { count, total } = this.#rules[box] as Limits;
    return Math.min(count, total) < Infinity;
  }

  find(envelope: Envelope, mailbox: string | undefined): Entry {
    const box = mailbox === critic ? 0 : 1;
    const found = this.list.find((entry) => entry.envelope.id === envelope.id && entry.box === box);
    return found ?? assert.fail(`${envelope.id} was never stored`);
  }

  in(box: Place, state: Entry["state"]): Entry[] {
    return this.list.filter((entry) => entry.box === box && entry.state === state);
  }

  /** What is claimed and not settled. */
  get running(): Entry[] {
    return this.list.filter(({ claim }) => claim !== undefined);
  }

  get areOver(): boolean {
    return this.list.every(({ state }) => state !== "waiting" && state !== "running");
  }

  /** What may start now; beside what runs, also what its keys keep back. */
  claimable(beside = false): Entry[] {
    const now = this.#now();
    const busy = new Set(beside ? [] : this.running.map(keyOf));
    busy.delete(undefined);
    const isFree = (entry: Entry): boolean => entry.state === "waiting" && !busy.has(keyOf(entry));
    return this.list.filter(
      (entry) => isFree(entry) && entry.at <= now && now <= (entry.envelope.deadline ?? Infinity),
    );
  }

  /** Enters a message that the store is about to keep; the store tells of what it drops. */
  note(envelope: Envelope, status: Status | undefined): void {
    if (status !== "stored" && status !== "dropped") return;
    for (const box of placesOf(envelope)) {
      const at = envelope.notBefore ?? 0;
      this.list.push({ envelope, box, state: "waiting", at, failures: 0, claim: undefined, leaseUntil: 0 });
    }
  }

  ended(entry: Entry, end: End): void {
    entry.claim = undefined;
    if (end.type !== "release" && end.type !== "releaseUntil") entry.failures++;
    entry.state = end.type in finalStates ? finalStates[end.type as keyof typeof finalStates] : "waiting";
    if ("delay" in end) entry.at = this.#now() + end.delay;
  }

  /** What the store is to answer for each of a list, or undefined when one has no room. */
  expect(envelopes: readonly Envelope[]): Status[] | undefined {
    const fills = places.map((box) => this.#fill(box));
    const answers = envelopes.map((envelope) => this.#expectOne(envelope, fills));
    return answers.includes("full") ? undefined : answers;
  }

  #fill(box: Place): Fill {
    const waiting = this.in(box, "waiting").filter(({ envelope }) => !isControl(envelope));
    const running = this.in(box, "running").filter(({ envelope }) => !isControl(envelope)).length;
    return { waiting: waiting.length, held: waiting.filter(({ at }) => at > this.#now()).length, running };
  }

  /** A published message is stored even where every mailbox turns its copy away. */
  #expectOne(envelope: Envelope, fills: Fill[]): Status {
    const answers = placesOf(envelope).map((box) => this.#expectIn(box, envelope, fills[box] as Fill));
    return envelope.to === undefined ? "stored" : (answers[0] as Status);
  }

  #expectIn(box: Place, envelope: Envelope, fill: Fill): Status {
    if (isControl(envelope)) return "stored";
    const isLater = (envelope.notBefore ?? 0) > this.#now();
    const answer = this.#judge(box, fill, isLater);
    const { overflow, count } = this.#rules[box] as Limits;
    if (answer === "stored")
      fill.waiting = overflow === "drop-oldest" ? Math.min(fill.waiting + 1, count) : fill.waiting + 1;
    if (answer === "stored" && isLater) fill.held++;
    return answer;
  }

  #judge(box: Place, { waiting, held, running }: Fill, isLater: boolean): Status {
    const { count, total, overflow } = this.#rules[box] as Limits;
    if (!isLater && waiting - held + running >= total) return "full";
    if (waiting < count) return "stored";
    if (overflow === "drop-newest") return "dropped";
    return overflow === "drop-oldest" && held < count ? "stored" : "full";
  }
}

function keyOf({ box, envelope }: Entry): string | undefined {
  return envelope.orderKey === undefined || isControl(envelope) ? undefined : `${box} ${envelope.orderKey}`;
}

function placesOf({ to }: Envelope): readonly Place[] {
  return to === undefined ? places : [boxes.indexOf(mailboxOf(to) as never) as Place];
}
