/** Operations: moves of an operator, each in the partition that it is about. */
import type { Filter } from "../../core/filter.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import type { DeadLetter, Operated, Operation, Store } from "../../core/store.ts";
import { OUTBOX } from "./outbox.ts";
import { partitionOf } from "./partitions.ts";
import type { Reach } from "./reach.ts";
import { together } from "./together.ts";
import type { Clock } from "../../core/clock.ts";

type Move<T extends Operation["type"]> = Operation & { readonly type: T };

const MISSING: Operated = Object.freeze({ status: "missing" });

export class Operations {
  readonly #stores: readonly Store[];
  readonly #reach: Reach;
  readonly #clock: Clock;

  constructor(stores: readonly Store[], reach: Reach, clock: Clock) {
    this.#stores = stores;
    this.#reach = reach;
    this.#clock = clock;
  }

  operate(operation: Operation): Maybe<Operated> {
    switch (operation.type) {
      case "redrive":
        return this.#redrive(operation);
      case "discard":
        return this.#inTurn(operation.id, (store) => store.operate(operation));
      case "remove":
        return this.#remove(operation);
      case "compact":
        return chain(together(this.#stores.map((store) => store.operate(operation))), sum);
      case "hasten":
      case "cancel":
        return (this.#stores[partitionOf(operation.mailbox, this.#stores.length)] as Store).operate(
          operation,
        );
    }
  }

  #remove(operation: Move<"remove">): Maybe<Operated> {
    const { mailbox } = operation;
    if (mailbox === OUTBOX) return MISSING;
    this.#reach.removed(mailbox);
    return (this.#stores[partitionOf(mailbox, this.#stores.length)] as Store).operate(operation);
  }

  async #redrive(operation: Move<"redrive">): Promise<Operated> {
    if (!operation.id.endsWith("@nobody"))
      return this.#inTurn(operation.id, (store) => store.operate(operation));
    const found = await this.#letter(operation.id);
    if (found === undefined) return MISSING;
    const { letter, at } = found;
    if (letter.envelope.to !== undefined) return this.#sendHome(letter, at, operation);
    return this.#republish(letter, at, operation);
  }

  /** A letter that its own partition would not have goes there first; who dies before the end has only to do it again. */
  async #sendHome(
    { id, envelope, reason, error }: DeadLetter,
    at: number,
    operation: Move<"redrive">,
  ): Promise<Operated> {
    const [own, home] = [this.#stores[at] as Store, this.#stores[this.#reach.home(envelope)] as Store];
    if (home === own) return own.operate(operation);
    await home.bury(envelope, reason, error);
    await own.operate({ type: "discard", id });
    return home.operate(operation);
  }

  /**
   * A message that nobody had subscribed to goes to the mailboxes of all partitions. Each is given the letter first, so that what comes
   * of it there is told as in one store; the first letter goes last: who dies before it has only to do it again.
   */
  async #republish(
    { id, envelope, reason, error }: DeadLetter,
    at: number,
    operation: Move<"redrive">,
  ): Promise<Operated> {
    const own = this.#stores[at] as Store;
    const bound = await this.#reach.boundTo(envelope.topic);
    const others = bound.filter((partition) => partition !== at);
    if (others.length === 0) return own.operate(operation);
    if (envelope.deadline !== undefined && this.#clock.now() > envelope.deadline)
      return { status: "expired" };
    if (operation.dryRun) return { status: "done", count: 1 };
    for (const partition of others) {
      const store = this.#stores[partition] as Store;
      await store.bury(envelope, reason, error);
      await store.operate(operation);
    }
    return bound.includes(at) ? own.operate(operation) : own.operate({ type: "discard", id });
  }

  /** The dead letter of a message without a mailbox, and its partition. */
  async #letter(id: string): Promise<{ readonly letter: DeadLetter; readonly at: number } | undefined> {
    const where: Filter = [
      { field: "id", operator: "is", value: id.slice(0, id.lastIndexOf("@")), negated: false },
    ];
    for (const [at, store] of this.#stores.entries()) {
      const { items } = await store.read({ type: "dead", where });
      const letter = items.find((each) => each.id === id);
      if (letter !== undefined) return { letter, at };
    }
    return undefined;
  }

  /** What the first partition says that knows the letter. */
  async #inTurn(id: string, move: (store: Store) => Maybe<Operated>): Promise<Operated> {
    for (const store of this.#likeliest(id)) {
      const answer = await move(store);
      if (answer.status !== "missing") return answer;
    }
    return MISSING;
  }

  /** A letter's name ends with the mailbox or the instance that it was for, which may have an `@` in it, as its message's id may. */
  #likeliest(id: string): readonly Store[] {
    const place = id.slice(id.indexOf("@") + 1);
    const likely = this.#stores[
      partitionOf(place as Parameters<typeof partitionOf>[0], this.#stores.length)
    ] as Store;
    return [likely, ...this.#stores.filter((store) => store !== likely)];
  }
}

function sum(answers: readonly Operated[]): Operated {
  const failed = answers.find(({ status }) => status !== "done");
  if (failed !== undefined) return failed;
  return {
    status: "done",
    count: answers.reduce((all, answer) => all + ("count" in answer ? answer.count : 0), 0),
  };
}
