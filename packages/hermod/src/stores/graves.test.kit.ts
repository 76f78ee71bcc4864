/** Dead letters told plainly: a list of letters, a list of what waits, a list of what runs. */
import assert from "node:assert/strict";
import { toRecord } from "../core/errors.ts";
import { sample } from "../core/samples.test.kit.ts";
import type { DeadReason } from "../core/settlement.ts";
import type { Claim, Operated, Operation } from "../core/store.ts";
import type { Envelope } from "../core/envelope.ts";
import { critic, ready, World } from "./world.test.kit.ts";

export type GraveCommand =
  | { readonly do: "send"; readonly life: number | undefined }
  | { readonly do: "bury" | "claim" | "remove" | "announce" }
  | { readonly do: "kill" | "fail"; readonly which: number }
  | { readonly do: "redrive"; readonly which: number; readonly force: boolean; readonly dryRun: boolean }
  | { readonly do: "discard"; readonly which: number }
  | { readonly do: "advance"; readonly ms: number };

interface Message {
  readonly envelope: Envelope;
  generation: number;
  failures: number;
}

interface Letter {
  readonly id: string;
  readonly message: Message;
  readonly mailbox: string | undefined;
  readonly reason: DeadReason;
}

export const MOST_LETTERS = 6;
export const CAPACITY = 4;
const LEASE = 1e9;

export class Graves {
  readonly #world = new World({ deadLetters: { count: MOST_LETTERS } }, { count: CAPACITY });
  #letters: Letter[] = [];
  #waiting: Message[] = [];
  #running: { message: Message; claim: Claim }[] = [];
  #announced = true;
  #sent = 0;
  /** Ids that redrives and discards are tried with; most are of letters, some of letters that are gone. */
  readonly #ids: string[] = ["never"];
  readonly told: string[] = [];
  readonly #expected: string[] = [];

  constructor() {
    this.#world.died = ({ id, reason }) => void this.told.push(`${id} ${reason}`);
  }

  run(command: GraveCommand): void {
    switch (command.do) {
      case "send":
        this.#send(command.life);
        break;
      case "bury":
        this.#bury();
        break;
      case "claim":
        this.#claim();
        break;
      case "kill":
      case "fail":
        this.#settle(command.do, command.which);
        break;
      case "redrive":
        this.#redrive(command);
        break;
      case "discard":
        this.#discard(command.which);
        break;
      case "remove":
        this.#remove();
        break;
      case "announce":
        this.#world.announce(critic, { count: CAPACITY });
        this.#announced = true;
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

  #envelope(life?: number, to = critic): Envelope {
    const deadline = life === undefined ? undefined : this.#world.now + life;
    return sample({
      id: `m${++this.#sent}`,
      to,
      deadline,
      payload: this.#sent,
      orderKey: "one after the other",
    });
  }

  #send(life: number | undefined): void {
    const envelope = this.#envelope(life);
    const expected = !this.#announced ? "unknown" : this.#waiting.length < CAPACITY ? "stored" : "full";
    assert.equal(ready(this.#world.store.append(envelope)).status, expected);
    if (expected === "stored") this.#waiting.push({ envelope, generation: 0, failures: 0 });
  }

  #bury(): void {
    const message = { envelope: this.#envelope(), generation: 0, failures: 0 };
    ready(this.#world.store.bury(message.envelope, "no-recipient"));
    this.#die(message, "no-recipient", false);
  }

  #claim(): void {
    if (this.#running.length > 0) return;
    while (this.#waiting.length > 0 && this.#isExpired(this.#waiting[0]))
      this.#die(this.#waiting.shift() as Message, "expired");
    const out: Claim[] = [];
    ready(this.#world.store.claim(critic, 1, LEASE, out));
    const message = this.#waiting.shift();
    assert.deepEqual(
      out.map(({ envelope, attempt, generation }) => [envelope.id, attempt, generation]),
      message ? [[message.envelope.id, message.failures + 1, message.generation]] : [],
    );
    if (message) this.#running.push({ message, claim: out[0] as Claim });
  }

  #isExpired(message: Message | undefined): boolean {
    return this.#world.now > (message?.envelope.deadline ?? Infinity);
  }

  #settle(end: "kill" | "fail", which: number): void {
    const [running] = this.#running.splice(which % Math.max(1, this.#running.length), 1);
    if (running === undefined) return;
    const { message, claim } = running;
    const error = toRecord("no");
    message.failures++;
    if (end === "kill") {
      ready(this.#world.store.settle(claim, { type: "dead", reason: "terminal", error }, []));
      return this.#die(message, "terminal");
    }
    ready(this.#world.store.settle(claim, { type: "retry", at: this.#world.now, error }, []));
    this.#world.clock.advance(0);
    this.#waiting.unshift(message);
  }

  #redrive({ which, force, dryRun }: GraveCommand & { readonly do: "redrive" }): void {
    const id = this.#ids[which % this.#ids.length] as string;
    const letter = this.#letters.find((each) => each.id === id);
    const expected = this.#judge(letter, force);
    assert.deepEqual(this.#operate({ type: "redrive", id, force, dryRun }), expected);
    if (expected.status !== "done" || dryRun || letter === undefined) return;
    this.#letters = this.#letters.filter((each) => each !== letter);
    this.#waiting.push({ ...letter.message, generation: letter.message.generation + 1, failures: 0 });
  }

  #judge(letter: Letter | undefined, force: boolean): Operated {
    if (letter === undefined) return { status: "missing" };
    if (!this.#announced) return { status: "no-recipient" };
    if (this.#isExpired(letter.message)) return { status: "expired" };
    if (letter.message.generation >= 2 && !force) return { status: "needs-force" };
    return this.#waiting.length < CAPACITY ? { status: "done", count: 1 } : { status: "full" };
  }

  #discard(which: number): void {
    const id = this.#ids[which % this.#ids.length] as string;
    const left = this.#letters.filter((each) => each.id !== id);
    const expected =
      left.length < this.#letters.length ? { status: "done", count: 1 } : { status: "missing" };
    assert.deepEqual(this.#operate({ type: "discard", id }), expected);
    this.#letters = left;
  }

  #remove(): void {
    const left = [...this.#waiting, ...this.#running.map(({ message }) => message)];
    const expected = this.#announced ? { status: "done", count: left.length } : { status: "missing" };
    assert.deepEqual(this.#operate({ type: "remove", mailbox: critic }), expected);
    this.#announced = false;
    this.#waiting = [];
    for (const { claim } of this.#running.splice(0)) {
      assert.equal(ready(this.#world.store.settle(claim, { type: "ack" }, [])).status, "stale");
    }
    for (const message of left) this.#die(message, "stopped");
  }

  #operate(operation: Operation): Operated {
    return ready(this.#world.store.operate(operation));
  }

  #die(message: Message, reason: DeadReason, inMailbox = true): void {
    const mailbox = inMailbox ? critic : undefined;
    const id = `${message.envelope.id}@${mailbox ?? "nobody"}`;
    this.#letters = [
      ...this.#letters.filter((each) => each.id !== id),
      { id, message, mailbox, reason },
    ].slice(-MOST_LETTERS);
    if (!this.#ids.includes(id)) this.#ids.push(id);
    if (reason === "expired" || reason === "stopped") this.#expected.push(`${id} ${reason}`);
  }

  #compare(): void {
    const { items } = ready(this.#world.store.read({ type: "dead" }));
    assert.deepEqual(
      items.map(({ id, mailbox, reason, generation, attempts }) => [
        id,
        mailbox,
        reason,
        generation,
        attempts.length,
      ]),
      this.#letters.map(({ id, mailbox, reason, message }) => [
        id,
        mailbox,
        reason,
        message.generation,
        message.failures,
      ]),
    );
    const waiting = ready(this.#world.store.read({ type: "waiting", mailbox: critic })).items.map(
      ({ id }) => id,
    );
    assert.deepEqual(waiting.sort(), this.#waiting.map(({ envelope }) => envelope.id).sort());
    assert.deepEqual(this.told, this.#expected);
  }
}
