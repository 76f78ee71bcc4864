/** Door: where the owner of a partition hears who wants to be served, and the visits behind it. */
import type { Msg } from "@nats-io/transport-node";
import type { Hosting } from "../remote/hosting.ts";
import type { Broker } from "./connect.ts";
import { doorSubject } from "./names.ts";
import type { Passage } from "./passage.ts";
import { Visit } from "./visit.ts";

/** What a door is made with. */
export interface DoorParts {
  readonly broker: Broker;
  readonly partition: number;
  readonly name: string;
  readonly hosting: Hosting;
  /** By which those of this machine may come; absent where there is none. */
  readonly passage: Passage | undefined;
}

export class Door {
  readonly #parts: DoorParts;
  readonly #visits = new Set<Visit>();
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
    for (const visit of [...this.#visits]) visit.leave();
  }

  /** Serves whoever has knocked, under the name that it says, and tells it of the passage. */
  #open(knock: Msg): void {
    const { broker, hosting, passage } = this.#parts;
    const visit = new Visit({
      ...{ broker, hosting, passage, wire: knock.string() },
      hears: () => !this.#isHushed,
      ended: () => this.#visits.delete(visit),
    });
    this.#visits.add(visit);
    knock.respond(visit.invitation);
  }
}
