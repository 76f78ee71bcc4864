/**
 * Router: rules from one envelope to addresses, for messages that name no recipient. The rules of `routes` are evaluated
 * here; `Router` is what a user implements to choose in another way.
 */
import type { Address } from "../core/address.ts";
import type { Changes } from "../core/changes.ts";
import { show } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError, describe } from "../core/errors.ts";
import { adopt, isPromise, type Maybe } from "../core/maybe.ts";
import { aList, withMethods } from "../core/options.ts";
import { isRoute, type Route, type RouteTest } from "./route.ts";
import type { AnyContract } from "./target.ts";

/** Where a router sends a message: a name or contract, alone or with changes of this copy. */
export type Destination =
  | Address
  | string
  | AnyContract
  | { readonly to: Address | string | AnyContract; readonly changes?: Changes | undefined };

/** A user's own router. What it throws refuses the send: nothing is stored. */
export interface Router {
  /** Destinations of a message, in order; an empty list for none. A promise must be fulfilled within 10 s. */
  route(envelope: Envelope): Maybe<readonly Destination[]>;
  /** Told of each agent that starts in this system. */
  register?(agent: Address): void;
  /** Told of each agent that has stopped. */
  unregister?(agent: Address): void;
}

/** A destination, checked. */
export interface Choice {
  readonly to: Address;
  readonly changes: Changes | undefined;
  /** Who asked for the changes, for errors. */
  readonly by: string;
}

/** An error of routing; its message begins with the route or router and its function. */
export function routerError(by: string, trouble: string, cause?: unknown): HermodError {
  return new HermodError("HERMOD_ROUTER", `${by} ${trouble}`, { details: { by }, cause });
}

/**
 * A user's router, its methods checked.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function toRouter(router: Router): Router {
  const optional = (["register", "unregister"] as const).filter((name) => router?.[name] !== undefined);
  return withMethods("router", router, ["route", ...optional]);
}

interface Rule {
  readonly name: string;
  readonly route: Route;
}

/** Evaluates routes: the union of all that match, in their order, where the first route to name a destination has it. */
export class RuleRouter implements Router {
  readonly #rules: readonly Rule[];

  /** @throws HermodError HERMOD_BAD_OPTION for anything but a list of routes. */
  constructor(routes: readonly Route[]) {
    this.#rules = Array.from(aList("routes", routes), (route, at) => {
      if (isRoute(route)) return { name: `route ${at + 1} (${route.label})`, route };
      throw new HermodError("HERMOD_BAD_OPTION", `routes must be made by route(...), got ${show(route)}`);
    });
  }

  get size(): number {
    return this.#rules.length;
  }

  /** @throws HermodError HERMOD_ROUTER naming the route and the function that threw or gave what it may not. */
  route(envelope: Envelope): readonly Choice[] {
    const taken = new Set<Address>();
    return this.#rules.flatMap((rule) => {
      if (!takes(rule, envelope)) return [];
      const to = rule.route.to.filter((address) => !taken.has(address));
      for (const address of to) taken.add(address);
      return choices(rule, envelope, to);
    });
  }
}

function takes({ name, route }: Rule, envelope: Envelope): boolean {
  const { tests, filter } = route;
  const fits = (test: RouteTest): boolean => verdict(name, test.label, test.holds, envelope);
  return tests.some(fits) && (filter === undefined || verdict(name, "filter", filter, envelope));
}

function choices({ name, route }: Rule, envelope: Envelope, to: readonly Address[]): readonly Choice[] {
  if (to.length === 0) return [];
  const by = `${name} transform`;
  const changes = route.transform && toChanges(by, ask(name, "transform", route.transform, envelope));
  return to.map((address) => ({ to: address, changes, by }));
}

function verdict(name: string, part: string, predicate: (envelope: Envelope) => unknown, envelope: Envelope) {
  const answer = ask(name, part, predicate, envelope);
  if (answer === true || answer === false) return answer;
  throw routerError(`${name} ${part}`, `must give true or false, gave ${shown(answer)}`);
}

function toChanges(by: string, answer: unknown): Changes | undefined {
  if (!isPromise(answer)) return answer as Changes | undefined;
  throw routerError(by, "must give its changes at once, gave a promise");
}

/** What a user's function gives; a promise, which no rule takes, is kept from ending the process when it is rejected. */
function ask(name: string, part: string, fn: (envelope: Envelope) => unknown, envelope: Envelope): unknown {
  try {
    const answer = adopt(fn(envelope));
    if (isPromise(answer)) answer.catch(() => undefined);
    return answer;
  } catch (cause) {
    throw routerError(`${name} ${part}`, `threw: ${describe(cause)}`, cause);
  }
}

function shown(answer: unknown): string {
  return isPromise(answer) ? "a promise" : show(answer);
}
