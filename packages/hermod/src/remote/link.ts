/**
 * Link: a client's connection to a hub. It connects again and again, with growing pauses, and goes on where it broke: under the same session, with
 * the same requests under the same numbers.
 */
import type { Cancel, Clock } from "../core/clock.ts";
import { fromRecord, HermodError, TooLargeError, type ErrorRecord } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import { unlessLeft, type Watch } from "../core/within.ts";
import { restText, type Said } from "./handed.ts";
import type { HubClock } from "./hubclock.ts";
import { Outbox } from "./outbox.ts";
import { readFrames } from "./parcel.ts";
import { PROTOCOL, type Frame, type Hello, type Op, type Welcome } from "./protocol.ts";
import { Requests, type Asking, type Request } from "./requests.ts";
import type { Dial, Wire } from "./wire.ts";

/** What the other side of a link is. */
export interface Peer {
  readonly name: string;
  /** What to do where it does not answer; default what there is to do about a hub. */
  readonly hint?: string;
}

export const hub: Peer = { name: "the hub" };

/** What a link is made with. */
export interface LinkParts {
  readonly dial: Dial;
  /** Hears what time it is at the hub. */
  readonly clock: HubClock;
  readonly random: Random;
  readonly hello: Omit<Hello, "hello" | "session">;
  /** Where the other side is, and what it is. */
  readonly where: string;
  readonly peer: Peer;
  /** How often a silent hub is asked whether it is there, in milliseconds; Infinity for never. */
  readonly beat: number;
  /** Most bytes of a message, where its wire has a bound. */
  readonly most: number;
  /** By which silence is measured. */
  readonly pulse: Clock;
  /** The hub knows nothing of what was announced and watched. */
  readonly renew: () => void;
  /** Something was said that is no answer. */
  readonly heard: (frame: Frame) => void;
}

/** Pauses before connecting again: from a tenth of a second to ten, drawn from the whole range. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
/** How often it may be asked in vain. */
const MOST_SILENT = 2;
/** How many answers may be kept on the other side without being told of. */
const MOST_GOT = 200;
/** Characters of answers after which they are said to be there: the other side keeps no more than it must. */
const MOST_HEARD = 2 ** 20;

export class Link {
  readonly #parts: LinkParts;
  readonly #requests = new Requests();
  readonly #opening = Promise.withResolvers<Welcome>();
  #wire: Wire | undefined;
  #outbox: Outbox | undefined;
  #session: string | undefined;
  #credit = 0;
  #failures = 0;
  #got: number[] = [];
  /** The last offer that came, and how many since the other side was told. */
  #offer = 0;
  #untold = 0;
  #silent = 0;
  #heard = 0;
  /** When the hub was last said hello, by the machine's own clock. */
  #greeted = 0;
  /** Since when nobody answers, by the pulse. */
  #brokenAt = -Infinity;
  /** Who wants to know that nobody answers. */
  readonly #lookouts = new Set<() => void>();
  /** Which connection it is: what earlier ones say is not heard. */
  #turn = 0;
  /** Why the last connection ended. */
  #reason = "nothing was heard";
  #timer: Cancel | undefined;
  #over: HermodError | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#opening.promise.catch(() => undefined);
    this.#connect();
  }

  /** The first welcome. @throws HermodError HERMOD_UNREACHABLE after `timeout` milliseconds, and what the hub refuses with. */
  async opened(timeout: number): Promise<Welcome> {
    const cancel = this.#parts.clock.after(timeout, () =>
      this.end(this.#unreachable(`within ${timeout} ms`)),
    );
    try {
      return await this.#opening.promise;
    } finally {
      cancel();
    }
  }

  /** True while the hub answers. */
  get isOpen(): boolean {
    return this.#credit > 0;
  }

  /**
   * Asks the store.
   * @throws HermodError HERMOD_TOO_LARGE for what no hub on the other side of a wire would read, again and again.
   */
  ask(asking: Asking): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#over);
    const answer = this.#requests.add(asking);
    this.#flow();
    return answer;
  }

  /** Waits until all is answered, so many milliseconds at most, and not at all where nobody answers. */
  async rest(timeout: number): Promise<void> {
    if (timeout === 0 || this.#requests.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#requests.idle = resolve;
    const late: Watch = (leave) => this.#parts.clock.after(timeout, leave);
    await unlessLeft(promise, late, (leave) => this.whenGone(0, leave));
  }

  /**
   * Calls `gone` once when nobody answers: at once where nothing is owed, else when so many milliseconds are over; and not before nobody has answered
   * for `moment` of them. Returns the end of it.
   */
  whenGone(patience: number, gone: () => void, moment = 0): Cancel {
    const { pulse } = this.#parts;
    let isLate = patience === 0;
    let waiting: Cancel | undefined;
    const end = (): void => {
      cancel();
      waiting?.();
      this.#lookouts.delete(look);
    };
    const look = (): void => {
      waiting?.();
      if (this.isOpen || (this.#requests.owed && !isLate)) return;
      const left = this.#brokenAt + moment - pulse.monotonic();
      if (left > 0) return void (waiting = pulse.after(left, look));
      end();
      gone();
    };
    const cancel = this.#parts.clock.after(patience, () => {
      isLate = true;
      look();
    });
    this.#lookouts.add(look);
    look();
    return end;
  }

  /** Says goodbye; whatever is not answered ends with the error, or with one of its own. */
  end(error: HermodError, errorOf: (op: Op) => HermodError = () => error): void {
    if (this.#over) return;
    this.#over = error;
    this.#timer?.();
    this.#outbox?.push('{"bye":true}');
    this.#outbox?.flush();
    this.#leave();
    this.#opening.reject(error);
    this.#requests.fail(errorOf);
  }

  // The connection

  #connect(): void {
    const turn = ++this.#turn;
    const now = (hear: () => void): void => void (turn === this.#turn && hear());
    const wire = this.#parts.dial({
      opened: () => now(() => this.#greet(wire)),
      heard: (text) => now(() => this.#hear(text)),
      handed: (frames) => now(() => this.#takeAll(frames)),
      closed: (reason) => now(() => this.#lost(reason)),
    });
    this.#wire = wire;
  }

  #greet(wire: Wire): void {
    this.#outbox = new Outbox(this.#parts.clock, wire);
    this.#greeted = this.#parts.clock.own();
    const session = this.#session === undefined ? {} : { session: this.#session };
    this.#outbox.push(JSON.stringify({ hello: PROTOCOL, ...session, ...this.#parts.hello }));
    this.#listen();
  }

  #hear(text: string): void {
    this.#heard += text.length;
    this.#takeAll(readFrames(text));
  }

  #takeAll(frames: readonly Frame[]): void {
    this.#silent = 0;
    for (const frame of frames) this.#take(frame);
    if (this.#heard > MOST_HEARD) this.#tellGot();
    this.#flow();
  }

  #take(frame: Frame): void {
    if (frame["n"] !== undefined) return this.#answered(frame);
    if (frame["welcome"] !== undefined) return this.#welcome(frame as unknown as Welcome);
    if (frame["refused"] !== undefined) return this.end(fromRecord(frame["refused"] as ErrorRecord));
    if (frame["seen"] !== undefined) return this.#left(frame["seen"] as number);
    if (frame["pong"] !== undefined) return this.#timed(frame["now"], frame["pong"]);
    if (frame["offer"] !== undefined) return this.#offered(frame);
    this.#parts.heard(frame);
  }

  /** Numbers grow; what has come before the connection broke may come again. */
  #offered(frame: Frame): void {
    const number = frame["offer"] as number;
    if (!(number > this.#offer)) return;
    this.#offer = number;
    this.#untold++;
    this.#parts.heard(frame);
    if (this.#untold >= MOST_GOT) this.#tellGot();
  }

  #answered(frame: Frame): void {
    this.#got.push(frame["n"] as number);
    this.#requests.answer(frame);
    if (this.#got.length >= MOST_GOT) this.#tellGot();
  }

  /** The hub hears nothing more on this connection. */
  #left(seen: number): void {
    this.#requests.heard(seen);
    this.#mute();
  }

  /** A hub may not tell its time. */
  #timed(hub: unknown, asked: unknown): void {
    if (typeof hub === "number" && typeof asked === "number") this.#parts.clock.heard(hub, asked);
  }

  #welcome(welcome: Welcome): void {
    this.#timed(welcome.now, this.#greeted);
    const isNew = this.#session !== undefined && !welcome.resumed;
    this.#session = welcome.session;
    this.#credit = welcome.credit;
    this.#failures = 0;
    this.#opening.resolve(welcome);
    if (!isNew) return this.#requests.recall();
    // What was heard before is nothing that the new session could forget.
    this.#got = [];
    this.#offer = this.#untold = 0;
    this.#requests.doubt();
    // Mailboxes first: what waits to be sent may be for one of them.
    this.#requests.anew(this.#parts.renew);
  }

  /** What had no answer is asked again when the connection stands. */
  #lost(reason: string): void {
    this.#leave();
    if (this.#over) return;
    this.#failures++;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    const { clock, random } = this.#parts;
    this.#reason = reason;
    this.#timer = clock.after(random() * longest, () => this.#connect());
    for (const look of [...this.#lookouts]) look();
  }

  /** From now on nobody answers. */
  #mute(): void {
    if (this.isOpen) this.#brokenAt = this.#parts.pulse.monotonic();
    this.#credit = 0;
  }

  #leave(): void {
    this.#turn++;
    this.#timer?.();
    this.#mute();
    this.#outbox?.end();
    this.#outbox = undefined;
    this.#wire?.close();
    this.#wire = undefined;
  }

  // Sending

  #flow(): void {
    const outbox = this.#outbox;
    if (outbox === undefined) return;
    const { most } = this.#parts;
    for (let next = this.#requests.next(this.#credit); next; next = this.#requests.next(this.#credit)) {
      if (outbox.hands || fits(next.body.text, most)) outbox.push(saidOf(next, outbox.hands));
      else this.#requests.refuse(next, tooLarge(next.op, most));
      next.first = undefined;
    }
  }

  #tellGot(): void {
    if (this.#got.length + this.#untold === 0 || this.#outbox === undefined) return;
    this.#heard = 0;
    this.#outbox.push(JSON.stringify({ got: this.#got, ...(this.#untold > 0 && { offer: this.#offer }) }));
    this.#got = [];
    this.#untold = 0;
  }

  /** A connection that is dead on the other side says nothing: it is asked, and left when it does not answer. */
  #listen(): void {
    this.#silent = 0;
    const { beat: every, clock, pulse } = this.#parts;
    const beat = (): void => {
      if (this.#silent++ >= MOST_SILENT) return this.#lost("nothing was heard");
      this.#tellGot();
      this.#outbox?.push(`{"ping":${clock.own()}}`);
      this.#timer = pulse.after(every, beat, true);
    };
    if (every < Infinity) this.#timer = pulse.after(every, beat, true);
  }

  #unreachable(when: string): HermodError {
    const { where, peer } = this.#parts;
    return new HermodError(
      "HERMOD_UNREACHABLE",
      `${peer.name} at ${where} did not answer ${when}: ${this.#reason}`,
      {
        details: { url: where, reason: this.#reason },
        ...(peer.hint !== undefined && { hint: peer.hint }),
      },
    );
  }
}

/** A request as a frame, or as the text of one. */
function saidOf({ n, op, body, first }: Request, isHanded: boolean): Said {
  if (isHanded) return body.frame(n, op, first);
  return `{"n":${n},"op":"${op}"${body.text}${first ? restText(first) : ""}}`;
}

/** What a frame has beside its rest. */
const FRAME = 1024;

/** Whether a frame is short enough for a message. */
function fits(rest: string, most: number): boolean {
  const left = most - FRAME;
  // A character is three bytes at the most: what is short need not be measured.
  return rest.length * 3 <= left || new TextEncoder().encode(rest).byteLength <= left;
}

function tooLarge(op: string, most: number): HermodError {
  return new TooLargeError(`"${op}" is longer than a message to a hub may be: ${most} bytes`, {
    details: { op, limit: "message", value: most },
    hint: "Say it in several requests, or put what is large where others can fetch it.",
  });
}
