/** Schedules: what a user says again and again, set, looked at and taken away. The scheduler's agent runs once there is one. */
import type { CastOf, SendOf, SendOptions, Target } from "../agent/target.ts";
import { instanceKey, mailboxOf, scheduleAddress, SCHEDULES, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { fromJson } from "../core/codec.ts";
import { show } from "../core/duration.ts";
import { HermodError, TooLargeError } from "../core/errors.ts";
import { aFlag, checkOptions } from "../core/options.ts";
import type { Rhythm } from "../core/schedule.ts";
import type { Query, Store } from "../core/store.ts";
import type { Agents } from "./agents.ts";
import { ask } from "./asking.ts";
import type { MessageRoad } from "./messages.ts";
import { toRhythm, type Recurrence } from "./recurrence.ts";
import type { Registry } from "./registry.ts";
import { draftOf, schedulerOf, type Kept, type Repeated, type SchedulerParts } from "./scheduler.ts";
import { noAgent, type Draft, type Origin } from "./send.ts";

/** Options of a schedule: those of the messages that it sends. */
export type ScheduleOptions = Pick<
  SendOptions,
  "priority" | "delivery" | "retry" | "orderKey" | "metadata" | "timeout" | "hold"
>;

const optionNames = ["priority", "delivery", "retry", "orderKey", "metadata", "timeout", "hold"] as const;

/** Says something again and again: `schedule("poll", { every: "5m" }, Poller, "poll", {})`. */
export type ScheduleCast = <T extends Target, Op extends CastOf<T>>(
  name: string,
  when: Recurrence,
  to: T,
  operation: Op,
  payload: SendOf<T, Op>,
  options?: ScheduleOptions,
) => Promise<Schedule>;

/** One schedule as plain data. */
export interface ScheduleStatus {
  readonly name: string;
  /** When it sends, complete: durations and times in milliseconds. */
  readonly when: Recurrence;
  readonly to: Address;
  readonly operation: string;
  /** The time that comes next, UTC milliseconds. */
  readonly next: number;
}

/** Largest payload of a schedule, in the codec's measure: it is kept in a state. */
const MOST_PAYLOAD = 200_000;

/** What schedules need. */
export interface ScheduleParts extends SchedulerParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
  readonly messages: MessageRoad;
  readonly agents: Agents;
}

export class Schedules {
  readonly #parts: ScheduleParts;
  readonly #origin: Origin;
  #served: Promise<unknown> | undefined;

  constructor(parts: ScheduleParts, origin: Origin) {
    this.#parts = parts;
    this.#origin = origin;
  }

  /** Goes on with what is in the store; where that is not for this system, another one does. */
  async resume(): Promise<void> {
    if (!(await this.#isKnown())) return;
    await this.#serve().catch((error: unknown) => {
      if (!(error instanceof HermodError && error.code === "HERMOD_FORBIDDEN")) throw error;
    });
  }

  /** Sets a schedule. */
  async set(given: Parameters<ScheduleCast>): Promise<Schedule> {
    const [name, when, to, operation, payload, options = {}] = given;
    const address = scheduleAddress(name);
    const rhythm = toRhythm(when);
    checkOptions("schedule message", options, optionNames);
    const hold = options.hold !== undefined && aFlag("hold", options.hold);
    const draft = await this.#parts.messages.castDraft(to, operation as string, payload, options);
    await this.#checkTimes(rhythm);
    this.#checkMessage(draft, name);
    await this.#checkRecipient(draft.to as Address, hold);
    await this.#serve();
    const generation = await this.#tell(address, "set", { rhythm, message: toRepeated(draft, hold) });
    return new Schedule(name, generation as number, this);
  }

  /** All that go on, by name. */
  async list(): Promise<ScheduleStatus[]> {
    if (!(await this.#isKnown())) return [];
    const addresses = [...(await this.#addresses())].toSorted();
    const all = await Promise.all(
      addresses.map(async (address) => statusOf(address, await this.#load(address))),
    );
    return all.filter((status) => status !== undefined);
  }

  /** When a schedule sends next. */
  async next(name: string, generation: number): Promise<number | undefined> {
    const kept = await this.#load(scheduleAddress(name));
    return kept?.generation === generation ? kept.progress?.due : undefined;
  }

  /** Takes a schedule away; true when it was there. */
  async cancel(name: string, generation?: number): Promise<boolean> {
    const address = scheduleAddress(name);
    if ((await this.#load(address))?.plan === undefined) return false;
    await this.#serve();
    return (await this.#tell(address, "cancel", generation === undefined ? {} : { generation })) === true;
  }

  #tell(address: Address, operation: string, payload: unknown): Promise<unknown> {
    return this.#parts.messages.call(
      [address, operation, payload, { delivery: "exactly-once" }],
      this.#origin,
    );
  }

  #serve(): Promise<unknown> {
    const { agents } = this.#parts;
    const stand = { address: SCHEDULES, isMember: true, seated: () => undefined };
    return (this.#served ??= agents.start(schedulerOf(this.#parts), stand).catch((error: unknown) => {
      this.#served = undefined;
      throw error;
    }));
  }

  async #isKnown(): Promise<boolean> {
    return (await ask("directory", () => this.#parts.store.directory())).includes(SCHEDULES);
  }

  async #load(address: Address): Promise<Kept | undefined> {
    const record = await ask("load", () => this.#parts.store.load(address));
    return record && (fromJson(record.json) as Kept);
  }

  /** The schedules that a tick waits for or runs in: twice what is delayed, since one may come to run meanwhile. */
  async #addresses(): Promise<Set<Address>> {
    const found = new Set<Address>();
    for (const type of ["delayed", "waiting", "delayed"] as const) {
      const running = this.#parts.registry.instance(SCHEDULES)?.running ?? [];
      for (const { envelope } of running) found.add(envelope.to as Address);
      for (const address of await this.#pages(type)) found.add(address);
    }
    return found;
  }

  async #pages(type: "delayed" | "waiting"): Promise<Address[]> {
    const { store } = this.#parts;
    const found: Address[] = [];
    let after: string | undefined;
    do {
      const page = { mailbox: SCHEDULES, limit: 1000, ...(after !== undefined && { after }) };
      const answer = await ask("read", () => store.read<Waiting>({ type, ...page }));
      for (const item of answer.items) found.push(("envelope" in item ? item.envelope : item).to as Address);
      after = answer.next;
    } while (after !== undefined);
    return found;
  }

  /** A pattern that cannot be read, or never comes. */
  async #checkTimes(rhythm: Rhythm): Promise<void> {
    if (!("cron" in rhythm)) return;
    const { cron, zone } = rhythm;
    if ((await this.#parts.loadCron())(cron, zone)(this.#parts.clock.now()) !== undefined) return;
    throw new HermodError("HERMOD_BAD_OPTION", `cron must have a time that comes, got ${show(cron)}`, {
      details: { option: "cron", received: show(cron) },
    });
  }

  /** What would be refused at the first time is refused now. */
  #checkMessage(draft: Draft, name: string): void {
    const { sender, clock } = this.#parts;
    const { size } = sender.seal(draftOf(toRepeated(draft, false), name, clock.now()), this.#origin);
    if (size > MOST_PAYLOAD)
      throw new TooLargeError(`payload of schedule ${name} has ${size} characters, at most ${MOST_PAYLOAD}`, {
        details: { size, limit: MOST_PAYLOAD },
      });
  }

  async #checkRecipient(to: Address, hold: boolean): Promise<void> {
    const known = await ask("directory", () => this.#parts.store.directory());
    if (!hold && !known.includes(mailboxOf(to))) throw noAgent(to, known);
  }
}

/** A question for what waits in line, or for its time. */
type Waiting = Query & { readonly type: "delayed" | "waiting" };

/** A schedule that was set: its name, its next time, its end. */
export class Schedule {
  readonly name: string;
  readonly #generation: number;
  readonly #schedules: Schedules;

  constructor(name: string, generation: number, schedules: Schedules) {
    this.name = name;
    this.#generation = generation;
    this.#schedules = schedules;
  }

  /** The time that comes next, UTC milliseconds; undefined when it is over, or another was set under its name. */
  next(): Promise<number | undefined> {
    return this.#schedules.next(this.name, this.#generation);
  }

  /** Takes it away: nothing more is sent. False when it is gone already, or another was set under its name. */
  cancel(): Promise<boolean> {
    return this.#schedules.cancel(this.name, this.#generation);
  }
}

function toRepeated(draft: Draft, hold: boolean): Repeated {
  const { to, operation, payload, priority, delivery, retry, orderKey, timeout, metadata } = draft;
  return {
    ...{ to: to as Address, operation, payload, priority, delivery },
    ...(retry !== undefined && { retry }),
    ...(orderKey !== undefined && { orderKey }),
    ...(timeout !== undefined && { timeout }),
    ...(metadata !== undefined && { metadata }),
    ...(hold && { hold }),
  };
}

function statusOf(address: Address, kept: Kept | undefined): ScheduleStatus | undefined {
  const next = kept?.progress?.due;
  if (kept?.plan === undefined || next === undefined) return undefined;
  const { rhythm: when, message } = kept.plan;
  return { name: instanceKey(address) as string, when, to: message.to, operation: message.operation, next };
}
