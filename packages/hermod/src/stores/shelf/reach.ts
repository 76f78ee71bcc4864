/** Reach: the mailboxes that a topic reaches. Where they are several they are remembered until a binding or a mailbox comes or goes. */
import type { Address } from "../../core/address.ts";
import { RecentMap } from "../../core/recentmap.ts";
import type { Bindings, Bound } from "./bindings.ts";
import type { Box } from "./box.ts";

/** Topics that are remembered; each holds a list as long as there are mailboxes. */
const MOST = 100;

/** What was found for a topic, and when the first of its bindings ends. */
interface Known<B extends Box> {
  readonly boxes: readonly B[];
  readonly until: number;
}

const none: readonly never[] = Object.freeze([]);

export class Reach<B extends Box = Box> {
  readonly #bindings: Bindings;
  readonly #boxes: ReadonlyMap<Address, B>;
  #known = new RecentMap<string, Known<B>>(MOST);

  constructor(bindings: Bindings, boxes: ReadonlyMap<Address, B>) {
    this.#bindings = bindings;
    this.#boxes = boxes;
  }

  /** The mailboxes bound to a topic now, each once, in the order of their first binding that fits. */
  of(topic: string, now: number): readonly B[] {
    const known = this.#known.isEmpty ? undefined : this.#known.get(topic);
    if (known !== undefined && known.until > now) return known.boxes;
    const bound = this.#bindings.list(now, undefined, topic);
    if (bound.length > 1) return this.#remember(topic, bound);
    const box = bound[0] && this.#boxes.get(bound[0].mailbox);
    return box === undefined ? none : [box];
  }

  /** A binding or a mailbox has come or gone. */
  forget(): void {
    if (!this.#known.isEmpty) this.#known = new RecentMap(MOST);
  }

  #remember(topic: string, bound: readonly Bound[]): readonly B[] {
    const mailboxes = new Set(bound.map(({ mailbox }) => mailbox));
    const boxes = [...mailboxes].flatMap((mailbox) => this.#boxes.get(mailbox) ?? []);
    const until = bound.reduce((least, each) => Math.min(least, each.until), Infinity);
    this.#known.set(topic, { boxes, until });
    return boxes;
  }
}
