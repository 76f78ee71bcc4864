/** Deduplication told plainly: one list of what was stored, searched anew for every message. */
import assert from "node:assert/strict";
import type { Envelope } from "../core/envelope.ts";
import { sample } from "../core/samples.test.kit.ts";
import type { Appended, Claim } from "../core/store.ts";
import { boxes, critic, ready, World } from "./world.test.kit.ts";

/** A message of few words, so that repeats are many. */
export interface Word {
  readonly id: string;
  readonly key: string | undefined;
  readonly operation: string;
  readonly payload: number;
  /** A mailbox by its place in the list, or the topic that the critic is bound to. */
  readonly to: 0 | 1 | "topic";
}

export type DedupeCommand =
  | { readonly do: "send"; readonly word: Word }
  /** Its id is new, which the store is told. */
  | { readonly do: "sendFresh"; readonly word: Word }
  | { readonly do: "sendAll"; readonly words: readonly Word[] }
  | { readonly do: "handle"; readonly box: 0 | 1 }
  | { readonly do: "advance"; readonly ms: number };

interface Stored {
  readonly envelope: Envelope;
  readonly until: number;
}

export const WINDOW = 100;

export class Dedupe {
  readonly #world: World;
  readonly #stored: Stored[] = [];
  readonly #waiting: [string[], string[]] = [[], []];
  readonly #remembers: boolean;
  #fresh = 0;

  /** With a history a store recognises a repeated id for as long as the history holds the first one. */
  constructor(remembers: boolean) {
    this.#remembers = remembers;
    this.#world = new World({ dedupe: WINDOW, ...(!remembers && { history: false as const }) });
    ready(this.#world.store.bind("topic", critic));
  }

  run(command: DedupeCommand): void {
    switch (command.do) {
      case "send":
        this.#send(toEnvelope(command.word), false);
        break;
      case "sendFresh":
        // What is sent as fresh and without a key is recognised by the history alone.
        this.#send(
          toEnvelope({ ...command.word, id: `fresh ${++this.#fresh}` }),
          this.#remembers || command.word.key !== undefined,
        );
        break;
      case "sendAll":
        this.#sendAll(command.words.map(toEnvelope));
        break;
      case "handle":
        this.#handle(command.box);
        break;
      case "advance":
        this.#world.clock.advance(command.ms);
        break;
    }
    this.#compare();
  }

  close(): void {
    this.#world.close();
  }

  #send(envelope: Envelope, fresh: boolean): void {
    const answer = ready(this.#world.store.append(envelope, fresh));
    this.#check(envelope, answer, this.#stored);
    this.#note(envelope, answer);
  }

  #sendAll(envelopes: readonly Envelope[]): void {
    const stored = [...this.#stored];
    const conflict = envelopes.find((envelope) => {
      const found = this.#matches(envelope, stored);
      if (found.length === 0) stored.push({ envelope, until: Infinity });
      return found.length > 0 && found.every((other) => !saysTheSame(other, envelope));
    });
    const answer = ready(this.#world.store.appendAll(envelopes));
    // Where id and key belong to two messages, either may be what the answer is about.
    if (answer.status === "refused") return void assert.equal(answer.answer.status, "conflict");
    assert.equal(conflict, undefined, "a conflict was stored");
    envelopes.forEach((envelope, at) => {
      this.#check(envelope, answer.answers[at] as Appended, this.#stored);
      this.#note(envelope, answer.answers[at] as Appended);
    });
  }

  /** The answer is about one of the messages that have the id or the key; without one it is "stored". */
  #check(envelope: Envelope, answer: Appended, stored: readonly Stored[]): void {
    const found = this.#matches(envelope, stored);
    const expected = found.map((other) => ({
      status: saysTheSame(other, envelope) ? "duplicate" : "conflict",
      id: other.id,
    }));
    const possible = expected.length === 0 ? [{ status: "stored" }] : expected;
    assert.ok(
      possible.some((each) => JSON.stringify(each) === JSON.stringify(answer)),
      `${envelope.id}: ${JSON.stringify(answer)}, not ${JSON.stringify(possible)}`,
    );
  }

  #matches(envelope: Envelope, stored: readonly Stored[]): Envelope[] {
    const place = ({ to, topic }: Envelope) => to ?? topic;
    const key = ({ idempotencyKey, operation }: Envelope) => `${operation} ${idempotencyKey}`;
    return stored
      .filter(({ envelope: other }) => place(other) === place(envelope))
      .filter(({ envelope: other, until }) => {
        const isRecent = until > this.#world.now;
        if (other.id === envelope.id) return this.#remembers || isRecent;
        return isRecent && other.idempotencyKey !== undefined && key(other) === key(envelope);
      })
      .map((each) => each.envelope);
  }

  #note(envelope: Envelope, { status }: Appended): void {
    if (status !== "stored") return;
    this.#stored.push({ envelope, until: this.#world.now + WINDOW });
    this.#waiting[envelope.to === boxes[1] ? 1 : 0].push(envelope.id);
  }

  #handle(box: 0 | 1): void {
    const out: Claim[] = [];
    ready(this.#world.store.claim(boxes[box], 1, 1e6, out));
    assert.deepEqual(
      out.map(({ envelope }) => envelope.id),
      this.#waiting[box].splice(0, 1),
    );
    for (const claim of out) ready(this.#world.store.settle(claim, { type: "ack" }, []));
  }

  #compare(): void {
    for (const box of [0, 1] as const) {
      const { items } = ready(this.#world.store.read({ type: "waiting", mailbox: boxes[box], limit: 1000 }));
      assert.deepEqual(
        items.map(({ id }) => id),
        this.#waiting[box],
      );
    }
  }
}

function toEnvelope({ id, key, operation, payload, to }: Word): Envelope {
  const place = to === "topic" ? { to: undefined, topic: "topic" } : { to: boxes[to] };
  return sample({ id, idempotencyKey: key, operation, payload, ...place });
}

function saysTheSame(one: Envelope, other: Envelope): boolean {
  return one.operation === other.operation && one.payload === other.payload;
}
