/** Intake: where each message that is sent alone is stored, and the one answer for all its copies. */
import type { Envelope } from "../../core/envelope.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import type { Appended, Store } from "../../core/store.ts";
import { partitionOf } from "./partitions.ts";
import type { Places } from "./places.ts";
import { isTaken, type Purse } from "./purse.ts";
import type { Reach } from "./reach.ts";
import { together } from "./together.ts";

/** The answers of several partitions to a published message, the one that its publisher must know first. */
const gravity: readonly Appended["status"][] = [
  "conflict",
  "spent",
  "full",
  "stored",
  "dropped",
  "duplicate",
  "unknown",
];

export class Intake {
  readonly #stores: readonly Store[];
  readonly #reach: Reach;
  readonly #places: Places;
  readonly #purse: Purse;

  constructor(stores: readonly Store[], reach: Reach, places: Places, purse: Purse) {
    this.#stores = stores;
    this.#reach = reach;
    this.#places = places;
    this.#purse = purse;
  }

  append(envelope: Envelope, fresh: boolean): Maybe<Appended> {
    if (envelope.to === undefined) return this.#publish(envelope, fresh);
    const partition = partitionOf(envelope.to, this.#stores.length);
    this.#places.sent(envelope, partition);
    return this.#appendTo(partition, envelope, fresh);
  }

  #appendTo(partition: number, envelope: Envelope, fresh: boolean): Maybe<Appended> {
    const home = this.#purse.homeOf(envelope);
    if (home === undefined || home === partition)
      return (this.#stores[partition] as Store).append(envelope, fresh);
    return this.#purse.appendCounted(partition, envelope, fresh);
  }

  /** Each partition gives a copy to its own mailboxes. What is sent again goes only where it has not arrived. */
  #publish(envelope: Envelope, fresh: boolean): Maybe<Appended> {
    return chain(this.#reach.of(envelope), (reached) => {
      const [first, ...others] = this.#inOrder(envelope, reached) as [number, ...number[]];
      // It counts once, by the first: the others hear of it when that one has taken it.
      return chain(this.#appendTo(first, envelope, fresh), (answer) => {
        if (others.length === 0 || !(isTaken(answer) || answer.status === "duplicate")) return answer;
        const more = others.map((partition) => this.#purse.append(partition, envelope, fresh));
        return chain(together(more), (answers) => gravest([answer, ...answers]));
      });
    });
  }

  /** The partition that counts the message comes first. */
  #inOrder(envelope: Envelope, reached: readonly number[]): readonly number[] {
    const home = this.#purse.homeOf(envelope);
    if (home === undefined || !reached.includes(home)) return reached;
    return [home, ...reached.filter((partition) => partition !== home)];
  }
}

function gravest(answers: readonly Appended[]): Appended {
  const rank = ({ status }: Appended): number => gravity.indexOf(status);
  return answers.reduce((worst, answer) => (rank(answer) < rank(worst) ? answer : worst));
}
