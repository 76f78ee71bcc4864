/** Ending: how a system stops work: it waits for what runs, collects the replies that are there, and leaves the store. */
import { SCHEDULES, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { promised, type Maybe } from "../core/maybe.ts";
import type { MailboxCounts } from "../core/numbers.ts";
import { aFlag, checkOptions } from "../core/options.ts";
import type { Store } from "../core/store.ts";
import { unlessLeft, within, type Watch } from "../core/within.ts";
import { storeError } from "./asking.ts";
import type { Calls } from "./calls.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Instance, Running } from "./instance.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import type { Tasks } from "./tasks.ts";
import type { Waits } from "./waits.ts";

/** How to end: what runs has until `timeout` (default "25s"); `waiting: true` also works off what waits. */
export interface DrainOptions {
  readonly timeout?: Duration;
  readonly waiting?: boolean;
}

/** How to end, checked and complete. */
export interface DrainTerms {
  readonly timeout: number;
  readonly waiting: boolean;
}

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toDrainTerms(what: string, options: DrainOptions): DrainTerms {
  checkOptions(what, options, ["timeout", "waiting"]);
  const { timeout = DRAIN_TIMEOUT, waiting = false } = options;
  return { timeout: toMs(timeout, `${what}.timeout`), waiting: aFlag(`${what}.waiting`, waiting) };
}

/** How long what runs may take to end where nothing else is said. */
export const DRAIN_TIMEOUT = 25_000;
/** How much longer a store may take to answer the last questions, in milliseconds. */
const FAREWELL = 2000;
/** Turns without a reply taken, after which an ending system takes no more. */
const IDLE_TURNS = 3;
/** How often the last word is said to a store of which others take over what it is said to. */
const FAREWELLS = 3;

/** What ending needs. */
export interface EndingParts {
  readonly self: Address;
  readonly clock: Clock;
  readonly store: Store;
  readonly reports: Reports;
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
  readonly calls: Calls;
  readonly tasks: Pick<Tasks, "close">;
  /** Gives a message back whose handler waits for somebody. */
  readonly giveBack: (running: Running, reason: HermodError) => void;
  /** Lets what still runs send nothing more. */
  readonly silence: () => void;
}

export class Ending {
  readonly #parts: EndingParts;
  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /** Claims nothing more, waits for what runs, and ends every call that still waits. */
  async drain({ timeout, waiting }: DrainTerms): Promise<void> {
    const until = this.#parts.clock.monotonic() + timeout;
    if (waiting) await this.#workOff(until);
    for (const mailbox of this.#parts.registry.pulled) mailbox.close();
    const instances = [...this.#parts.registry.instances];
    for (const consumer of [...instances, ...this.#parts.registry.lines]) consumer.stopped = true;
    await this.#heard(until, () => this.#parts.dispatcher.answered());
    this.#askLater(instances);
    const unfinished = await this.#finishAll(instances, until);
    await this.#heard(until, () => this.#collectReplies());
    this.#parts.silence();
    this.#parts.calls.close(
      () =>
        new HermodError(
          "HERMOD_CLOSED",
          "the system was closed while the call waited; its outcome is unknown",
        ),
    );
    this.#parts.tasks.close();
    if (this.#parts.reports.active) this.#parts.reports.emit({ type: "system.drained", unfinished });
  }

  /** Nobody waits for a person's answer here: the message comes again, and finds the question. */
  #askLater(instances: readonly Instance[]): void {
    const reason = new HermodError("HERMOD_CLOSED", "the system is closed while a person is asked");
    for (const running of instances.flatMap((instance) => instance.running))
      if (running.asking > 0) this.#parts.giveBack(running, reason);
  }

  /** Replies that are stored already still reach their callers. */
  async #collectReplies(): Promise<void> {
    let least = Infinity;
    for (let idle = 0; this.#parts.calls.size > 0 && idle < IDLE_TURNS; idle++) {
      const waiting =
        (await this.#counts()).find(({ mailbox }) => mailbox === this.#parts.self)?.waiting ?? 0;
      // What was handed out before that answer is heard of a turn later.
      await this.#turn();
      await this.#parts.dispatcher.answered();
      if (waiting === 0) return;
      if (waiting < least) idle = 0;
      least = waiting;
      await this.#turn();
    }
  }

  /** Counts for the end of the system, which goes on without them when the store fails. */
  async #counts(): Promise<readonly MailboxCounts[]> {
    try {
      return (await this.#parts.store.read({ type: "counts" })).items;
    } catch (error) {
      this.#parts.reports.emit({ type: "store.failed", step: "read", error });
      return [];
    }
  }

  /** Lets everything that is ready have its turn. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.pause(resolve));
  }

  /** Waits until nothing waits or runs for the agents of this system, or the time is over. */
  async #workOff(until: number): Promise<void> {
    const { clock } = this.#parts;
    for (;;) {
      // What a delivery sends is seen when its settlement is written, and until then neither of them is counted.
      const settling = [...this.#parts.registry.instances].some((instance) => instance.busy);
      const counts = await within(clock, until - clock.monotonic(), this.#counts());
      const waits = counts?.some(
        ({ mailbox, waiting, delayed, running }) =>
          // What is paused is not worked off.
          this.#parts.registry.workersOf(mailbox).some(({ paused }) => !paused) &&
          // A schedule always waits for its next time.
          waiting + (mailbox === SCHEDULES ? 0 : delayed) + running > 0,
      );
      if ((!waits && !settling) || clock.monotonic() >= until) return;
      await new Promise<void>((resolve) => void clock.after(10, resolve));
    }
  }

  /** Waits for what runs; what outlasts the time is aborted. Answers how many did. */
  async finish(
    instances: readonly Instance[],
    timeout: number,
    hands: readonly Waits[] = [],
  ): Promise<number> {
    const busy = [...instances, ...hands].filter((worker) => worker.busy);
    if (busy.length === 0) return 0;
    await within(this.#parts.clock, timeout, Promise.all(busy.map(untilIdle)));
    const left = instances.filter((instance) => instance.busy).flatMap(({ running }) => running);
    const reason = new HermodError("HERMOD_CLOSED", "the system stops waiting for this handler");
    for (const running of left) running.abort(reason);
    // Those that heed their signal can still say how they ended.
    if (left.length > 0) await this.#turn();
    return left.length;
  }

  /** The same for what is in somebody's hand, too, which is given back then. */
  async #finishAll(instances: readonly Instance[], until: number): Promise<number> {
    const hands = [...this.#parts.registry.pulled];
    const left = Math.max(0, until - this.#parts.clock.monotonic());
    const unfinished = await this.finish(instances, left, hands);
    const held = hands.reduce((sum, { size }) => sum + size, 0);
    await this.#heard(until, () => Promise.all(hands.map((hand) => hand.giveBack())));
    return unfinished + held;
  }

  /** Says what is served no more, and closes the store. Answers the first failure; that a store is gone is none. */
  async leaveStore(served: readonly Address[], until: number): Promise<HermodError | undefined> {
    const { store, reports } = this.#parts;
    const withdrawals = served.map((address) => () => store.withdraw(address));
    const goodbye = [...withdrawals, () => this.#removeDesk(FAREWELLS)];
    const failed = await this.#heard(until, () => failuresOf(goodbye));
    const broken = await failuresOf([() => store.close()]);
    for (const error of [...(failed ?? [unheard()]), ...broken])
      reports.emit({ type: "store.failed", step: "close", error });
    const [first] = [...(failed ?? []), ...broken];
    return first === undefined ? undefined : storeError("close", first);
  }

  /** Nobody else has this mailbox: where it is not known whether it was removed, that does no harm again. */
  async #removeDesk(left: number): Promise<void> {
    const { store, self } = this.#parts;
    try {
      await store.operate({ type: "remove", mailbox: self });
    } catch (error) {
      if (left <= 1 || storeError("close", error).code !== "HERMOD_UNREACHABLE") throw error;
      await this.#removeDesk(left - 1);
    }
  }

  /**
   * What the store answers: nothing where it is gone, and owes nothing or the time is over. One that hangs is left a while later.
   */
  #heard<T>(until: number, ask: () => Promise<T>): Promise<T | undefined> {
    const { clock, store } = this.#parts;
    const left = until - clock.monotonic();
    const hangs: Watch = (leave) => clock.after(Math.max(0, left + FAREWELL), leave);
    return unlessLeft(ask(), hangs, (leave) => store.whenGone?.(Math.max(0, left), leave));
  }
}

/** Takes every step, also when one fails; answers what they threw. */
async function failuresOf(steps: readonly (() => Maybe<unknown>)[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const step of steps) await promised(step).catch((error: unknown) => failures.push(error));
  return failures;
}

function unheard(): HermodError {
  return new HermodError(
    "HERMOD_UNREACHABLE",
    "the store did not answer when the system left it: it finds out by itself that nobody serves its agents any more",
  );
}

/** An agent that runs, or a mailbox of which somebody holds messages. */
type Worker = Instance | Waits;

/** Waits until nothing of an agent runs, or it is released; whoever waits already goes on waiting. */
export function untilIdle(worker: Worker): Promise<void> {
  const before = worker.idle;
  return new Promise((resolve) => {
    worker.idle = () => {
      worker.idle = before;
      before?.();
      resolve();
    };
  });
}
