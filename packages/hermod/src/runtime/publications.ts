/** Publications: numbers what a system publishes on each topic, so that whoever subscribes can tell a loss by a gap. */
import type { Address } from "../core/address.ts";
import { amend, type Envelope, type Publication } from "../core/envelope.ts";
import { RecentMap } from "../core/recentmap.ts";

/** Topics whose numbers are remembered; the one published to longest ago goes first, and begins anew. */
const MOST = 10_000;

export class Publications {
  readonly #by: Address;
  readonly #last = new RecentMap<string, number>(MOST);

  constructor(by: Address) {
    this.#by = by;
  }

  /** The message with its place on its topic; what is not published, or has a place already, as it is. */
  number(envelope: Envelope): Envelope {
    const { verb, to, topic, published } = envelope;
    if (verb !== "publish" || to !== undefined || topic === undefined || published !== undefined)
      return envelope;
    return amend(envelope, { published: this.next(topic) });
  }

  /** Takes the place of a message back that was not stored after all: the next one gets it, and nobody sees a gap. */
  takeBack({ topic, published }: Envelope): void {
    if (topic === undefined || published?.by !== this.#by || this.#last.get(topic) !== published.number)
      return;
    this.#last.set(topic, published.number - 1);
  }

  /** The place of the next message on a topic. */
  next(topic: string): Publication {
    const number = (this.#last.get(topic) ?? 0) + 1;
    this.#last.set(topic, number);
    return Object.freeze({ by: this.#by, number });
  }
}
