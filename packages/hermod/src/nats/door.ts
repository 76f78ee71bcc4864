/** Door: where the owner of a partition hears who wants to be served, and the connections behind it. */
import type { Msg } from "@nats-io/transport-node";
import { systemClock, type Cancel } from "../core/clock.ts";
import type { Guest, Hosting } from "../remote/hosting.ts";
import type { Broker } from "./connect.ts";
import { Assembly, END, toMessages } from "./frames.ts";
import { doorSubject, downSubject, upSubject } from "./names.ts";

/** How long a connection may be silent, in milliseconds: its client asks more often whether it is heard. */
export const SILENCE = 6000;

/** What a door is made with. */
export interface DoorParts {
  readonly broker: Broker;
  readonly partition: number;
  readonly name: string;
  readonly hosting: Hosting;
}

export class Door {
  readonly #parts: DoorParts;
  /** Who is served, by what ends it. */
  readonly #guests = new Map<() => void, Guest>();
  readonly #stop: () => void;
  #isHushed = false;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    const { connection, terms } = parts.broker;
    const subject = doorSubject(terms.namespace, parts.partition, parts.name);
    const knocks = connection.subscribe(subject, {
      // What is forbidden is told by the connection.
      callback: (error, knock) => void (error ?? this.#open(knock)),
    });
    this.#stop = () => knocks.unsubscribe();
  }

  /** Lets nobody in, and hears nobody any more; what was asked before can still be answered. */
  hush(): void {
    this.#stop();
    this.#isHushed = true;
  }

  close(): void {
    this.hush();
    for (const guest of [...this.#guests.values()]) guest.leave();
  }

  /** Serves whoever has knocked, under the name that it says. */
  #open(knock: Msg): void {
    const wire = knock.string();
    const { connection, terms, most, road } = this.#parts.broker;
    const down = downSubject(terms.namespace, wire);
    const assembly = new Assembly();
    let sent = 0;
    const send = (text: string): void => {
      for (const message of toMessages(text, sent + 1, most)) {
        sent++;
        road.publish(down, message);
      }
    };
    let silence: Cancel = () => undefined;
    const listen = (): void => {
      silence();
      silence = systemClock.after(SILENCE, end, true);
    };
    const ups = connection.subscribe(upSubject(terms.namespace, wire), {
      callback: (error, message) => {
        if (error) return end();
        listen();
        if (!this.#isHushed) hear(message.string());
      },
    });
    const end = (): void => {
      if (!this.#guests.delete(end)) return;
      silence();
      ups.unsubscribe();
      road.publish(down, END);
      guest.gone();
    };
    const piggyback = (flush: () => void): void => road.wait(flush);
    const guest: Guest = this.#parts.hosting.connect({ send, piggyback, close: end });
    const hear = (message: string): void => {
      if (message === END) return end();
      try {
        const text = assembly.take(message);
        if (text !== undefined) guest.hear(text);
      } catch {
        end();
      }
    };
    this.#guests.set(end, guest);
    listen();
    knock.respond("");
  }
}
