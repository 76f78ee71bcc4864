/** Wires: two kinds of connection to an owner: inside this process, and over the subjects of its door. The third is a pipe. */
import type { Hosting } from "../remote/hosting.ts";
import type { Wire, WireEnds } from "../remote/wire.ts";
import { REQUEST, type Broker } from "./connect.ts";
import { Assembly, END, toMessages } from "./frames.ts";
import { downSubject, upSubject } from "./names.ts";

/** A wire inside the process: what one says the other hears a hand-off later. */
export function inside(hosting: Hosting, ends: WireEnds, defer: (run: () => void) => void): Wire {
  let [isOpen, isEnding] = [true, false];
  const soon = (run: () => void): void => defer(() => void (isOpen && run()));
  // What was said before arrives before.
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    soon(() => {
      isOpen = false;
      guest.gone();
      ends.closed("the owner has ended it");
    });
  };
  const guest = hosting.connect({
    send: (text) => soon(() => ends.heard(text)),
    hand: (frames) => soon(() => ends.handed(frames)),
    close: end,
  });
  soon(ends.opened);
  return {
    send: (text) => soon(() => guest.hear(text)),
    hand: (frames) => soon(() => guest.take(frames)),
    close: end,
  };
}

/** A wire over subjects. */
export class Outside implements Wire {
  readonly #broker: Broker;
  readonly #name: string;
  readonly #ends: WireEnds;
  readonly #assembly = new Assembly();
  readonly #stop: () => void;
  #sent = 0;

  constructor(broker: Broker, name: string, ends: WireEnds) {
    this.#broker = broker;
    this.#name = name;
    this.#ends = ends;
    const downs = broker.connection.subscribe(downSubject(broker.terms.namespace, name), {
      // What is forbidden is told by the connection.
      callback: (error, message) => void (error ?? this.#hear(message.string())),
    });
    this.#stop = () => downs.unsubscribe();
  }

  /** Asks to be let in; answers what it is told of a passage, undefined where nobody opens. */
  async knock(door: string): Promise<string | undefined> {
    try {
      const answer = await this.#broker.connection.request(door, this.#name, { timeout: REQUEST });
      return answer.string();
    } catch {
      return undefined;
    }
  }

  send(text: string): void {
    for (const message of toMessages(text, this.#sent + 1, this.#broker.most)) {
      this.#sent++;
      this.#publish(message);
    }
  }

  close(): void {
    this.#publish(END);
    this.drop();
  }

  /** Hears nothing more. */
  drop(): void {
    this.#stop();
  }

  #publish(message: string): void {
    const { terms, road } = this.#broker;
    road.publish([upSubject(terms.namespace, this.#name), message]);
  }

  #hear(message: string): void {
    if (message === END) return this.#ends.closed("the owner has ended it");
    try {
      const text = this.#assembly.take(message);
      if (text !== undefined) this.#ends.heard(text);
    } catch (error) {
      this.#ends.closed((error as Error).message);
    }
  }
}
