/**
 * Resting: the mailboxes whose workers here all rest, since their breakers are open. The store is told, and what waits is left to the other
 * processes that serve them; once the store says that all of them rest, the calls that wait fail fast, and what is durable goes on waiting.
 */
import type { Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { HermodError, type CircuitOpenError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import type { Claim, Store } from "../core/store.ts";
import { ask, askNow } from "./asking.ts";
import type { Instance } from "./instance.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";

/** What resting needs. */
export interface RestingParts {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly registry: Registry;
  readonly store: Store;
  /** The system's own address. */
  readonly self: Address;
  /** Turns a claimed message away. */
  readonly refuse: (instance: Instance, claim: Claim, error: CircuitOpenError) => void;
  /** What the callers of a mailbox are told whose workers here all rest; undefined where one does not. */
  readonly refusal: (mailbox: Address) => CircuitOpenError | undefined;
}

/** A mailbox whose workers here all rest. */
interface Rest {
  /** True once all others rest too; undefined until the store has said so for the first time. */
  isAlone: boolean | undefined;
  /** Resolves when the store has said so. */
  readonly known: PromiseWithResolvers<void>;
  /** True while the store is asked, and where something has happened since. */
  isAsking: boolean;
  isWoken: boolean;
  unwatch: Cancel;
  /** Ends the wait until the calls are looked for that have come meanwhile. */
  stop: Cancel;
}

/** The calls that wait for whoever rests, and how often they are looked for, in milliseconds. */
const CALLS = parseFilter("type:request delivery:at-most-once");
const LOOK = 1000;

const nothing: Cancel = () => undefined;

function newRest(): Rest {
  const known = Promise.withResolvers<void>();
  return { isAlone: undefined, known, isAsking: false, isWoken: false, unwatch: nothing, stop: nothing };
}

export class Resting {
  readonly #parts: RestingParts;
  readonly #rests = new Map<Address, Rest>();
  #ended = false;

  constructor(parts: RestingParts) {
    this.#parts = parts;
  }

  /** Why nobody anywhere takes a call for this mailbox now; undefined where somebody may. */
  refusal(mailbox: Address): CircuitOpenError | undefined {
    return this.#rests.get(mailbox)?.isAlone ? this.#parts.refusal(mailbox) : undefined;
  }

  /** Resolves when it is known whether anybody else takes a call for this mailbox; at once where somebody here does. */
  known(mailbox: Address): Promise<void> | undefined {
    const rest = this.#rests.get(mailbox);
    return rest && rest.isAlone === undefined ? rest.known.promise : undefined;
  }

  /** The breakers of a mailbox's workers have changed. */
  changed(mailbox: Address): void {
    if (this.#ended) return;
    const rest = this.#rests.get(mailbox);
    const rests = this.#parts.refusal(mailbox) !== undefined;
    if (rests && rest === undefined) this.#begin(mailbox);
    else if (rest && !rests) this.#leave(mailbox);
    else if (rest) this.#look(mailbox, rest);
  }

  /** Forgets a mailbox that is served here no more. */
  forget(mailbox: Address): void {
    const rest = this.#rests.get(mailbox);
    this.#rests.delete(mailbox);
    rest?.known.resolve();
    rest?.unwatch();
    rest?.stop();
  }

  /** Looks after nothing any more. */
  end(): void {
    this.#ended = true;
    for (const mailbox of [...this.#rests.keys()]) this.forget(mailbox);
  }

  #begin(mailbox: Address): void {
    const { store, clock } = this.#parts;
    const rest = newRest();
    this.#rests.set(mailbox, rest);
    this.#tell(mailbox, true, () => this.#look(mailbox, rest), rest.known.resolve);
    // A wake only marks: the store may be in the middle of something.
    rest.unwatch = store.watch(mailbox, () => {
      if (rest.isWoken) return;
      rest.isWoken = true;
      if (!rest.isAsking) clock.defer(() => this.#look(mailbox, rest));
    });
  }

  #leave(mailbox: Address): void {
    this.forget(mailbox);
    this.#tell(mailbox, false, nothing);
  }

  #tell(mailbox: Address, rests: boolean, told: () => void, failed: () => void = nothing): void {
    const { store, registry, self } = this.#parts;
    const rule = registry.ruleOf(mailbox);
    if (rule === undefined) return;
    const announced = (): Maybe<void> =>
      chain(
        askNow("announce", () => store.announce(mailbox, rule, rests, [self])),
        told,
      );
    this.#apart("announce", announced, failed);
  }

  /** Asks who else serves it; what happens meanwhile is looked at again. */
  #look(mailbox: Address, rest: Rest): void {
    const { store } = this.#parts;
    if (this.#rests.get(mailbox) !== rest || rest.isAsking) return;
    rest.isAsking = true;
    rest.isWoken = false;
    const failed = (): void => {
      rest.isAsking = rest.isWoken = false;
      rest.known.resolve();
    };
    const asked = (): Maybe<void> =>
      chain(
        askNow("read", () => store.read({ type: "counts", mailbox })),
        ({ items }) => {
          rest.isAsking = false;
          this.#learn(mailbox, rest, items[0]?.rests === true);
        },
      );
    this.#apart("read", asked, failed);
  }

  #learn(mailbox: Address, rest: Rest, isAlone: boolean): void {
    if (this.#rests.get(mailbox) !== rest) return;
    if (rest.isWoken) return this.#look(mailbox, rest);
    const wasAlone = rest.isAlone === true;
    rest.isAlone = isAlone;
    rest.known.resolve();
    if (!isAlone) rest.stop();
    else if (!wasAlone) void this.#turnAway(mailbox, rest);
  }

  /** Calls that wait already, and those from elsewhere, fail fast. */
  async #turnAway(mailbox: Address, rest: Rest): Promise<void> {
    rest.stop();
    try {
      await this.#refuseCalls(mailbox, rest);
    } catch (error) {
      this.#parts.reports.emit({ type: "store.failed", step: "claim", error });
    }
    rest.stop();
    // The store may have taken its time, and much have changed meanwhile.
    if (this.#rests.get(mailbox) !== rest || !rest.isAlone) return;
    if (this.#parts.refusal(mailbox) === undefined) return this.#leave(mailbox);
    rest.stop = this.#parts.clock.after(LOOK, () => void this.#turnAway(mailbox, rest), true);
  }

  async #refuseCalls(mailbox: Address, rest: Rest): Promise<void> {
    const { store, refuse, registry, refusal } = this.#parts;
    for (let out: Claim[] = [], more = true; more && rest.isAlone; out = []) {
      const [[instance], error] = [registry.workersOf(mailbox), refusal(mailbox)];
      if (instance === undefined || error === undefined) return;
      await ask("claim", () => store.claim(mailbox, 100, instance.lease, out, CALLS));
      for (const claim of out) refuse(instance, claim, error);
      more = out.length > 0;
    }
  }

  #apart(step: string, work: () => Maybe<void>, failed: () => void): void {
    const report = (error: unknown): void => {
      failed();
      if (!(error instanceof HermodError && error.code === "HERMOD_CLOSED"))
        this.#parts.reports.emit({ type: "store.failed", step, error });
    };
    try {
      const done = work();
      if (isPromise(done)) (done as Promise<void>).catch(report);
    } catch (error) {
      report(error);
    }
  }
}
