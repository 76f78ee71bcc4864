/** Visit: one connection to an owner, from the owner's side: over the subjects of its wire, or over a pipe where its client comes by one. */
import { systemClock, type Cancel } from "../core/clock.ts";
import type { Guest, Hosting } from "../remote/hosting.ts";
import type { Broker } from "./connect.ts";
import { Assembly, END, toMessages } from "./frames.ts";
import { downSubject, upSubject } from "./names.ts";
import type { Invitation, Passage } from "./passage.ts";
import type { Pipe, PipeEnds } from "./pipe.ts";

/** How long a connection may be silent, in milliseconds: its client asks more often whether it is heard. */
const SILENCE = 6000;

/** What a visit is made with. */
export interface VisitParts {
  readonly broker: Broker;
  readonly hosting: Hosting;
  /** By which its client may come; undefined where there is none. */
  readonly passage: Passage | undefined;
  /** The name of the client's wire. */
  readonly wire: string;
  /** False while nobody is heard any more. */
  readonly hears: () => boolean;
  readonly ended: () => void;
}

export class Visit {
  readonly #parts: VisitParts;
  readonly #guest: Guest;
  readonly #assembly = new Assembly();
  readonly #stop: () => void;
  readonly #invitation: Invitation | undefined;
  #pipe: Pipe | undefined;
  #sent = 0;
  #silence: Cancel = () => undefined;
  #heardAt = systemClock.monotonic();
  #isOver = false;

  constructor(parts: VisitParts) {
    this.#parts = parts;
    const { connection, terms } = parts.broker;
    const ups = connection.subscribe(upSubject(terms.namespace, parts.wire), {
      callback: (error, message) => (error ? this.#end() : this.#take(message.string())),
    });
    this.#stop = () => ups.unsubscribe();
    this.#invitation = parts.passage?.invite((pipe) => this.#join(pipe));
    this.#guest = parts.hosting.connect({
      send: (text) => this.#send(text),
      piggyback: (flush) => (this.#pipe ? this.#pipe.piggyback(flush) : parts.broker.road.wait(flush)),
      close: () => this.#end(),
    });
    this.#watch(SILENCE);
  }

  /** What its client is told of the passage; "" for none. */
  get invitation(): string {
    return this.#invitation?.text ?? "";
  }

  /** Ends it, and says before what was heard. */
  leave(): void {
    this.#guest.leave();
  }

  /** Its client has come by a pipe: all is said there from now on. */
  #join(pipe: Pipe): PipeEnds {
    this.#stop();
    this.#pipe = pipe;
    return { heard: (text) => this.#hear(text), closed: () => this.#end() };
  }

  #send(text: string): void {
    if (this.#pipe) return this.#pipe.send(text);
    for (const message of toMessages(text, this.#sent + 1, this.#parts.broker.most)) {
      this.#sent++;
      this.#publish(message);
    }
  }

  #publish(message: string): void {
    const { terms, road } = this.#parts.broker;
    road.publish([downSubject(terms.namespace, this.#parts.wire), message]);
  }

  /** Takes a message of the subjects. */
  #take(message: string): void {
    // Whoever speaks here does not come by the passage, and nobody else may in its place.
    this.#invitation?.cancel();
    if (message === END) return this.#end();
    try {
      const text = this.#assembly.take(message);
      this.#hear(text);
    } catch {
      this.#end();
    }
  }

  #hear(text: string | undefined): void {
    this.#heardAt = systemClock.monotonic();
    if (text !== undefined && this.#parts.hears()) this.#guest.hear(text);
  }

  /** A timer for each message would cost more than the message. */
  #watch(ms: number): void {
    this.#silence = systemClock.after(ms, () => this.#look(), true);
  }

  #look(): void {
    const left = this.#heardAt + SILENCE - systemClock.monotonic();
    if (left > 0) this.#watch(left);
    else this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#silence();
    this.#invitation?.cancel();
    this.#stop();
    this.#parts.ended();
    if (this.#pipe) this.#pipe.close();
    else this.#publish(END);
    this.#guest.gone();
  }
}
