/** Breakers: the circuit breakers of this system, to see and to force; and what becomes of calls to an agent that rests. */
import { toTargetAddress, type Target } from "../agent/target.ts";
import { mailboxOf, type Address } from "../core/address.ts";
import { defaultBreaker, type BreakerPolicy, type BreakerView } from "../core/breaker.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import { CircuitOpenError, NoAgentError } from "../core/errors.ts";
import { aText, checkOptions } from "../core/options.ts";
import { parseFilter } from "../core/filter.ts";
import { suggestion } from "../core/nearest.ts";
import type { Claim, Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import { Guard, type BreakerChange } from "./guard.ts";
import type { Instance } from "./instance.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import type { Timers } from "./timers.ts";

/** The breaker of one agent, or of one member of a pool; times in UTC milliseconds. */
export interface BreakerStatus extends BreakerView {
  readonly agent: Address;
  /** The last ten changes of its state, the newest first. */
  readonly changes: readonly BreakerChange[];
}

/** Why a breaker is forced, in words of the operator, at most 500 characters; default "by hand". */
export interface ForceOptions {
  readonly reason?: string;
}

/** What breakers need. */
export interface BreakerParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reports: Reports;
  readonly registry: Registry;
  readonly store: Store;
  /** Says that an agent may have room again. */
  readonly ready: (instance: Instance) => void;
  /** Turns a claimed message away. */
  readonly refuse: (instance: Instance, claim: Claim, error: CircuitOpenError) => void;
}

/** Opens by force only: for agents that were given no breaker. */
const byHand: BreakerPolicy = Object.freeze({ ...defaultBreaker, least: Infinity });

/** The calls that wait for an agent that rests, and how often they are looked for. */
const CALLS = parseFilter("type:request delivery:at-most-once");
const LOOK = 1000;

const MOST_REASON = 500;

export class Breakers {
  readonly #parts: BreakerParts;
  readonly #guards = new Map<string, Guard>();
  /** The ends of what looks after the calls that wait for who rests, by mailbox. */
  readonly #looks = new Map<Address, Cancel>();
  #ended = false;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
  }

  /** All breakers, in the order of their agents' start. */
  list(): BreakerStatus[] {
    return [...this.#guards.values()].map((guard) => ({
      ...{ agent: guard.agent, ...guard.view() },
      changes: guard.changes,
    }));
  }

  /** Keeps all work from an agent, a pool or a member ("critic/2"), also one without a `breaker`, until `close` or `auto`. @throws NoAgentError. */
  open(target: Target, options?: ForceOptions): void {
    this.#force(target, "open", options);
  }

  /** Lets everything through, however often it fails, until `open` or `auto`. @throws NoAgentError. */
  close(target: Target, options?: ForceOptions): void {
    this.#force(target, "closed", options);
  }

  /** Lets the breaker decide by itself again; it begins closed. @throws NoAgentError. */
  auto(target: Target, options?: ForceOptions): void {
    this.#force(target, undefined, options);
  }

  /** Gives an instance its breaker, the one from before its restart if there was one. */
  watch(instance: Instance): void {
    const { breaker } = instance.definition.upkeep;
    const guard = this.#guards.get(instance.address) ?? (breaker && this.#make(instance.address, breaker));
    if (guard) instance.guard = guard;
  }

  /** Forgets the breaker of an agent, or of a pool, that is gone. */
  forget(agent: Address): void {
    this.#guards.get(agent)?.close();
    this.#guards.delete(agent);
    this.#stopLooking(agent);
  }

  /** Looks after nothing any more. */
  end(): void {
    this.#ended = true;
    for (const guard of this.#guards.values()) guard.close();
    this.#guards.clear();
    for (const mailbox of [...this.#looks.keys()]) this.#stopLooking(mailbox);
  }

  /** Why a call is not sent now: whoever could take it rests. One at least once waits instead. */
  refusal(request: Envelope): CircuitOpenError | undefined {
    const { to, delivery } = request;
    if (this.#guards.size === 0 || delivery !== "at-most-once" || to === undefined) return undefined;
    const rest = this.#ownerRests(to, request) ?? this.#rest(mailboxOf(to));
    return rest && circuitOpen(to, rest);
  }

  /** True when all who serve a mailbox rest. */
  rests(mailbox: Address): boolean {
    return this.#guards.size > 0 && this.#rest(mailbox) !== undefined;
  }

  /** In a pool by key only one member could take it. */
  #ownerRests(to: Address, request: Envelope): readonly Guard[] | undefined {
    const guard = this.#parts.registry.line(to)?.ownerOf(request)?.guard;
    return guard?.view().state === "open" ? [guard] : undefined;
  }

  #make(agent: Address, policy: BreakerPolicy): Guard {
    const { clock, timers, reports } = this.#parts;
    const guard = new Guard(agent, policy, {
      ...{ clock, timers, reports },
      opened: () => this.#opened(agent),
      eased: () => this.#eased(agent),
    });
    this.#guards.set(agent, guard);
    return guard;
  }

  #force(target: Target, state: "open" | "closed" | undefined, options: ForceOptions = {}): void {
    checkOptions("breaker", options, ["reason"]);
    const reason =
      options.reason === undefined
        ? undefined
        : aText("breaker.reason", options.reason).slice(0, MOST_REASON);
    const address = toTargetAddress(target, "breaker of");
    const { registry } = this.#parts;
    const instances = registry.workersOf(address);
    if (instances.length === 0) throw noBreaker(address, registry.addresses);
    for (const instance of instances) {
      instance.guard ??= this.#make(instance.address, byHand);
      instance.guard.force(state, reason);
    }
  }

  /** The breakers that keep everything from a mailbox, when all who serve it rest. */
  #rest(mailbox: Address): readonly Guard[] | undefined {
    const workers = this.#parts.registry.workersOf(mailbox);
    const open = workers.flatMap(({ guard }) => (guard?.view().state === "open" ? [guard] : []));
    return open.length > 0 && open.length === workers.length ? open : undefined;
  }

  #opened(agent: Address): void {
    const instance = this.#parts.registry.instance(agent);
    if (instance) void this.#turnAway(instance, instance.line.address);
  }

  #eased(agent: Address): void {
    const instance = this.#parts.registry.instance(agent);
    if (instance) this.#parts.ready(instance);
  }

  /** Calls that wait already, and those from elsewhere, fail fast; what is durable waits. */
  async #turnAway(instance: Instance, mailbox: Address): Promise<void> {
    const { clock, reports } = this.#parts;
    const rest = this.#rest(mailbox);
    this.#stopLooking(mailbox);
    if (rest === undefined) return;
    try {
      await this.#refuseCalls(instance, mailbox, circuitOpen(mailbox, rest));
    } catch (error) {
      reports.emit({ type: "store.failed", step: "claim", error });
    }
    this.#stopLooking(mailbox);
    // The store may have taken its time, and the system have closed meanwhile.
    if (this.#ended || this.#rest(mailbox) === undefined) return;
    this.#looks.set(
      mailbox,
      clock.after(LOOK, () => void this.#turnAway(instance, mailbox), true),
    );
  }

  #stopLooking(mailbox: Address): void {
    this.#looks.get(mailbox)?.();
    this.#looks.delete(mailbox);
  }

  async #refuseCalls(instance: Instance, mailbox: Address, error: CircuitOpenError): Promise<void> {
    const { store, refuse } = this.#parts;
    for (let out: Claim[] = [], more = true; more; out = []) {
      await ask("claim", () => store.claim(mailbox, 100, instance.lease, out, CALLS));
      for (const claim of out) refuse(instance, claim, error);
      more = out.length > 0;
    }
  }
}

/** What a caller is told of an agent that rests. */
export function circuitOpen(to: Address, guards: readonly Guard[]): CircuitOpenError {
  const times = guards.map((guard) => guard.view().retryAt ?? Infinity);
  const retryAt = Math.min(...times);
  const why =
    retryAt === Infinity
      ? "takes no calls: its breaker is held open by hand"
      : `kept failing and takes no calls until ${new Date(retryAt).toISOString()}`;
  const hint =
    "Somebody opened it: system.breakers.auto(name), or hermod breaker reset, lets it decide by itself again.";
  return new CircuitOpenError(`${to} ${why}`, {
    ...(retryAt === Infinity && { hint }),
    details: { to, ...(retryAt !== Infinity && { retryAt }) },
  });
}

function noBreaker(address: Address, known: readonly Address[]): NoAgentError {
  return new NoAgentError(`no agent "${address}" in this system.${suggestion(address, known)}`, {
    details: { known },
  });
}
