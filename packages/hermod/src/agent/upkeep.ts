/** Upkeep: what an agent does when it starts, and how it is looked after. */
import type { Address } from "../core/address.ts";
import { toBreakerPolicy, type BreakerOptions, type BreakerPolicy } from "../core/breaker.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { aFunction, checkOptions } from "../core/options.ts";
import type { Context } from "./context.ts";

/** What an agent can see and do while it starts, without a message or a state. `signal` fires after 30 s, when the start has failed. */
export type InitContext = Pick<Context, "call" | "cast" | "publish" | "model" | "signal" | "log" | "self">;

/** A check that is made again and again while the agent runs. */
export interface HealthOptions {
  /** Throws, or ends with an error, when the agent is not well: it is restarted then. */
  readonly check: (self: Address) => unknown;
  /** How often; default "60s". A check that has not ended after 5 s counts as failed. */
  readonly every?: Duration;
}

/** How an agent is looked after. */
export interface UpkeepOptions {
  /** Runs before the first message, at every start and restart; what it throws, or 30 s without an end, is a failed start. */
  readonly init?: (ctx: InitContext) => unknown;
  /** A check made again and again; one that fails is a crash of the agent. Default none. */
  readonly health?: HealthOptions;
  /** Keeps messages from the agent while it keeps failing; `true` for the defaults. Default none. */
  readonly breaker?: true | BreakerOptions;
}

/** How an agent is looked after, checked and complete. */
export interface Upkeep {
  readonly init: ((ctx: InitContext) => unknown) | undefined;
  readonly health: { readonly check: (self: Address) => unknown; readonly every: number } | undefined;
  readonly breaker: BreakerPolicy | undefined;
}

export const upkeepOptions = ["init", "health", "breaker"] as const;

/** The upkeep of most agents, shared by them. */
const none: Upkeep = Object.freeze({ init: undefined, health: undefined, breaker: undefined });

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toUpkeep(address: string, { init, health, breaker }: UpkeepOptions): Upkeep {
  if (init === undefined && health === undefined && breaker === undefined) return none;
  if (init !== undefined) aFunction(`agent ${address} init`, init);
  return Object.freeze({
    init,
    health: health === undefined ? undefined : toHealth(`agent ${address} health`, health),
    breaker: breaker === undefined ? undefined : toBreakerPolicy(breaker),
  });
}

function toHealth(name: string, health: HealthOptions): Upkeep["health"] {
  checkOptions(name, health, ["check", "every"]);
  const every = toMs(health.every === undefined ? 60_000 : health.every, `${name}.every`);
  return { check: aFunction(`${name}.check`, health.check), every: Math.max(1, every) };
}
