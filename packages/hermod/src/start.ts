/** Start: the default composition. Everything a system is made of is chosen here, and only here. */
import { toMind, type OverspendOptions } from "./agent/mind.ts";
import { toPull, type PullOptions } from "./agent/pull.ts";
import type { Route } from "./agent/route.ts";
import type { Router } from "./agent/router.ts";
import { isDefinition, type Definition } from "./agent/supervisor.ts";
import type { AnyContract } from "./agent/target.ts";
import { loadCron } from "./bridges/cron.ts";
import { systemClock, type Clock } from "./core/clock.ts";
import { defaultLimits, type PayloadLimits } from "./core/codec.ts";
import { show, toMs, type Duration } from "./core/duration.ts";
import { HermodError } from "./core/errors.ts";
import { createIds, systemRandom, type Random } from "./core/id.ts";
import { defaultLoops, type LoopLimits } from "./core/loop.ts";
import type { TextModel } from "./core/model.ts";
import { aFunction, aList, checkOptions, wholeNumber, withMethods } from "./core/options.ts";
import type { Listener } from "./core/report.ts";
import type { OpenStore } from "./core/store.ts";
import type { Interceptor } from "./runtime/interceptors.ts";
import { System } from "./runtime/system.ts";
import { memory } from "./stores/memory.ts";

/** Options of `start`. */
export interface StartOptions {
  /** Agents, pools and supervisors to run from the start. */
  readonly agents?: readonly Definition[];
  /** Contracts or names whose mailboxes this system pulls from, see `system.mailbox`. */
  readonly pull?: readonly (AnyContract | string | PullOptions)[];
  /** Where messages wait and are remembered; default `memory()`. */
  readonly store?: OpenStore;
  /** The model behind `ctx.model`, at the least `{ name, text(prompt) }`; default none. An agent may have its own. */
  readonly model?: TextModel;
  /** What is done when the tokens or the cost of a conversation's budget run out; default the work stops. An agent may have its own. */
  readonly overspend?: OverspendOptions;
  /** Hands on the road, in order; default none. */
  readonly interceptors?: readonly Interceptor[];
  /** Where messages go that name no recipient: `route("type:task", Workers)`; default nowhere. */
  readonly routes?: readonly Route[];
  /** A router of your own, asked after `routes`; default none. */
  readonly router?: Router;
  /** Bounds on one payload; default 262,144 characters, 64 levels, 10,000 keys. */
  readonly limits?: Partial<PayloadLimits>;
  /** How long chains of messages may become: default 32 hops, and 16 messages to and fro between two agents. */
  readonly loops?: Partial<LoopLimits>;
  /** How often the numbers of `stats` are reported as `statistics.taken`; default "60s", `false` never. */
  readonly statistics?: Duration | false;
  /** Hears all reports from the first one on, those of the store while it opens included. */
  readonly reports?: Listener;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Default: the platform's randomness. The same seeded randomness gives the same ids and waits. */
  readonly random?: Random;
}

const names = [
  "agents",
  "pull",
  "store",
  "model",
  "overspend",
  "interceptors",
  "routes",
  "router",
  "limits",
  "loops",
  "statistics",
  "reports",
  "clock",
  "random",
] as const;

/**
 * Starts a system: `await using system = await start({ agents: [critic, writer] })`.
 * @throws HermodError HERMOD_BAD_OPTION, HERMOD_DUPLICATE_AGENT, or what the store says when it cannot be opened.
 */
export async function start(options: StartOptions = {}): Promise<System> {
  checkOptions("start", options, names);
  const {
    agents = [],
    pull = [],
    interceptors = [],
    routes = [],
    limits = {},
    store = memory(),
    clock = systemClock,
    statistics = "60s",
  } = options;
  for (const definition of aList("agents", agents)) checkAgent(definition);
  for (const given of aList("pull", pull)) toPull(given);
  const random = toRandom(options.random);
  const system = await System.open({
    clock: withMethods("clock", clock, ["now", "monotonic", "after", "defer", "pause"]),
    random,
    ids: createIds(random),
    limits: toLimits(limits),
    interceptors: aList("interceptors", interceptors),
    routes: aList("routes", routes),
    router: options.router,
    loops: toLoops(options.loops ?? {}),
    mind: toMind(options),
    statistics: statistics === false ? undefined : toInterval(statistics),
    loadCron,
    openStore: aFunction("store", store),
    listener: options.reports === undefined ? undefined : aFunction("reports", options.reports),
  });
  try {
    for (const given of pull) await system.pull(given);
    for (const definition of agents) await system.spawn(definition);
  } catch (error) {
    await system.close();
    throw error;
  }
  return system;
}

function checkAgent(definition: unknown): void {
  if (isDefinition(definition)) return;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `agents must be made by agent, pool or supervisor, got ${show(definition)}`,
  );
}

function toInterval(every: Duration): number {
  const ms = toMs(every, "statistics");
  if (ms >= 1000) return ms;
  throw new HermodError("HERMOD_BAD_OPTION", `statistics must be at least 1 s or false, got ${show(every)}`);
}

function toLoops(loops: Partial<LoopLimits>): LoopLimits {
  checkOptions("loops", loops, ["hops", "pingPong"]);
  const { hops, pingPong } = { ...defaultLoops, ...loops };
  return {
    hops: wholeNumber("loops.hops", hops, 1, 1000),
    pingPong: wholeNumber("loops.pingPong", pingPong, 1, 1000),
  };
}

function toLimits(limits: Partial<PayloadLimits>): PayloadLimits {
  checkOptions("limits", limits, ["size", "depth", "keys"]);
  const { size = defaultLimits.size, depth = defaultLimits.depth, keys = defaultLimits.keys } = limits;
  return Object.freeze({
    size: wholeNumber("limits.size", size, 1),
    depth: wholeNumber("limits.depth", depth, 1, 500),
    keys: wholeNumber("limits.keys", keys, 1),
  });
}

/** A user's randomness is checked at each draw: numbers out of range would make ids that are none. */
function toRandom(given: Random | undefined): Random {
  if (given === undefined) return systemRandom;
  aFunction("random", given);
  const draw: Random = () => {
    const drawn: unknown = given();
    if (typeof drawn === "number" && drawn >= 0 && drawn < 1) return drawn;
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `random must give numbers from 0 up to but not including 1, gave ${show(drawn)}`,
    );
  };
  return draw;
}
