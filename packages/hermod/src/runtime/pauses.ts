/**
 * Pauses: what takes nothing for now because somebody said so: an agent, a pool, or a mailbox that is pulled from. What waits
 * goes on waiting, notices still come, and what runs goes on. A pause outlives a restart of the agent, not of the process.
 */
import { toTargetAddress, type Target } from "../agent/target.ts";
import { SCHEDULES, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { NoAgentError } from "../core/errors.ts";
import { suggestion } from "../core/nearest.ts";
import { aFlag, checkOptions } from "../core/options.ts";
import { within } from "../core/within.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { DRAIN_TIMEOUT, untilIdle } from "./ending.ts";
import type { Instance } from "./instance.ts";
import type { PoolLine } from "./poolline.ts";
import type { Registry } from "./registry.ts";
import type { Waits } from "./waits.ts";

/** How to pause: `drain: true` waits for what runs, at most `timeout`, default "25s". */
export interface PauseOptions {
  readonly drain?: boolean;
  readonly timeout?: Duration;
}

/** What pauses need. */
export interface PauseParts {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly dispatcher: Dispatcher;
}

/** Who takes messages behind one address. */
interface Takers {
  readonly instances: readonly Instance[];
  readonly line: PoolLine | undefined;
  readonly waits: Waits | undefined;
}

export class Pauses {
  readonly #parts: PauseParts;
  readonly #names = new Set<Address>();

  constructor(parts: PauseParts) {
    this.#parts = parts;
  }

  /** Lets it take nothing more. Answers true when nothing of it runs: at once, or with `drain` when that is so or the time is over. @throws NoAgentError. */
  async pause(target: Target, options: PauseOptions = {}): Promise<boolean> {
    checkOptions("pause", options, ["drain", "timeout"]);
    const { drain = false, timeout = DRAIN_TIMEOUT } = options;
    const most = toMs(timeout, "pause.timeout");
    const waits = aFlag("pause.drain", drain);
    const address = toTargetAddress(target, "pause of");
    const takers = this.#takersOf(address);
    this.#set(address, takers, true);
    await this.#parts.dispatcher.answered();
    await takers.line?.forwarded();
    if (waits) await this.#untilIdle(workersOf(takers), most);
    return !workersOf(takers).some((worker) => worker.busy);
  }

  /** Lets it take messages again, those that wait first. @throws NoAgentError. */
  resume(target: Target): void {
    const address = toTargetAddress(target, "resume of");
    const takers = this.#takersOf(address);
    this.#set(address, takers, false);
    const { ready } = this.#parts.dispatcher;
    for (const { line } of takers.instances) ready(line);
    if (takers.line) ready(takers.line);
    takers.waits?.wake();
  }

  /** What is paused, as it was named. */
  list(): Address[] {
    return [...this.#names];
  }

  /** An agent that is started again stays paused, and so does who joins a paused pool. */
  watch(instance: Instance, isMember: boolean): void {
    const { address } = instance;
    const pool = address.slice(0, address.lastIndexOf("/")) as Address;
    if (this.#names.has(address) || (isMember && this.#names.has(pool))) instance.paused = true;
  }

  /** Forgets what is gone. */
  forget(name: Address): void {
    this.#names.delete(name);
  }

  #set(address: Address, { instances, line, waits }: Takers, paused: boolean): void {
    if (paused) this.#names.add(address);
    else for (const name of [address, ...instances.map((each) => each.address)]) this.#names.delete(name);
    for (const instance of instances) instance.paused = paused;
    if (line) line.paused = paused;
    if (waits) waits.paused = paused;
  }

  #takersOf(address: Address): Takers {
    const { registry } = this.#parts;
    const takers = { line: registry.line(address), waits: registry.waits(address) };
    const instances = registry.workersOf(address);
    if (instances.length > 0 || takers.line || takers.waits) return { instances, ...takers };
    throw notRunning(address, registry);
  }

  async #untilIdle(workers: readonly (Instance | Waits)[], timeout: number): Promise<void> {
    const busy = workers.filter((worker) => worker.busy);
    if (busy.length === 0) return;
    await within(this.#parts.clock, timeout, Promise.all(busy.map(untilIdle)));
  }
}

/** Nobody of this name takes messages in this system. */
export function notRunning(address: Address, { addresses }: Registry): NoAgentError {
  const known = addresses.filter((each) => each !== SCHEDULES);
  return new NoAgentError(`no agent "${address}" in this system.${suggestion(address, known)}`, {
    details: { known },
  });
}

function workersOf({ instances, waits }: Takers): readonly (Instance | Waits)[] {
  return waits ? [...instances, waits] : instances;
}
