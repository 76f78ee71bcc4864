/** Breakers: the circuit breakers of this system, to see and to force; and which calls they refuse. */
import { toTargetAddress, type Target } from "../agent/target.ts";
import { mailboxOf, type Address } from "../core/address.ts";
import { defaultBreaker, type BreakerPolicy, type BreakerView } from "../core/breaker.ts";
import type { Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import { CircuitOpenError, NoAgentError } from "../core/errors.ts";
import { aText, checkOptions } from "../core/options.ts";
import type { Maybe } from "../core/maybe.ts";
import { suggestion } from "../core/nearest.ts";
import type { Claim, Store } from "../core/store.ts";
import { Guard, type BreakerChange } from "./guard.ts";
import type { Instance } from "./instance.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import { Resting } from "./resting.ts";
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
  /** The system's own address. */
  readonly self: Address;
  /** Says that an agent may have room again. */
  readonly ready: (instance: Instance) => void;
  /** Turns a claimed message away. */
  readonly refuse: (instance: Instance, claim: Claim, error: CircuitOpenError) => void;
}

/** Opens by force only: for agents that were given no breaker. */
const byHand: BreakerPolicy = Object.freeze({ ...defaultBreaker, least: Infinity });

const MOST_REASON = 500;

export class Breakers {
  readonly #parts: BreakerParts;
  readonly #guards = new Map<string, Guard>();
  /** What becomes of the mailboxes whose workers here all rest. */
  readonly #resting: Resting;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
    this.#resting = new Resting({ ...parts, refusal: (mailbox) => this.#refusal(mailbox) });
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
    this.#resting.forget(agent);
  }

  /** Looks after nothing any more. */
  end(): void {
    for (const guard of this.#guards.values()) guard.close();
    this.#guards.clear();
    this.#resting.end();
  }

  /** Why a call is not sent now: whoever could take it rests, in whatever process. One at least once waits instead. */
  refusal(request: Envelope): CircuitOpenError | undefined {
    const { to, delivery } = request;
    if (this.#guards.size === 0 || delivery !== "at-most-once" || to === undefined) return undefined;
    const rest = this.#ownerRests(to, request);
    return rest ? circuitOpen(to, rest) : this.#resting.refusal(mailboxOf(to));
  }

  /** As `refusal`, where it is not known yet whether somebody else could take the call. */
  laterRefusal(request: Envelope): Maybe<CircuitOpenError | undefined> {
    const { to } = request;
    const known =
      this.#guards.size === 0 || to === undefined ? undefined : this.#resting.known(mailboxOf(to));
    return known && known.then(() => this.refusal(request));
  }

  /** True when all who serve a mailbox in this process rest. */
  rests(mailbox: Address): boolean {
    return this.#guards.size > 0 && this.#rest(mailbox) !== undefined;
  }

  #refusal(mailbox: Address): CircuitOpenError | undefined {
    const rest = this.#rest(mailbox);
    return rest && circuitOpen(mailbox, rest);
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
      changed: () => this.#changed(agent),
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

  /** The breakers that keep everything from a mailbox, when all who serve it here rest. */
  #rest(mailbox: Address): readonly Guard[] | undefined {
    const workers = this.#parts.registry.workersOf(mailbox);
    const open = workers.flatMap(({ guard }) => (guard?.view().state === "open" ? [guard] : []));
    return open.length > 0 && open.length === workers.length ? open : undefined;
  }

  /** It has more room than before, or none: a claim that stands somewhere is to be taken back, or it goes on to be handed work. */
  #changed(agent: Address): void {
    const { registry, ready } = this.#parts;
    const instance = registry.instance(agent);
    if (instance === undefined) return;
    this.#resting.changed(instance.line.address);
    ready(instance);
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
