/** Route: which messages go where, as a user writes it: `route("type:task", Worker)`. Given to `start({ routes })`. */
import type { Address } from "../core/address.ts";
import type { Changes } from "../core/changes.ts";
import { isList, show } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { aFunction, checkOptions } from "../core/options.ts";
import { toPatternTest, type Predicate } from "../core/pattern.ts";
import { toTargetAddress, type Target } from "./target.ts";

/** Which messages a route takes: a pattern, a predicate, or a list of them of which any may hold. */
export type When = string | Predicate | readonly (string | Predicate)[];

/** Options of a route. */
export interface RouteOptions {
  /** Asked for each message that fits; false leaves this route's destinations out for this message. Default: all stay. */
  readonly filter?: Predicate;
  /** Changes the copies of this route, or leaves them by giving nothing; called at most once a message. Default: none. */
  readonly transform?: (envelope: Envelope) => Changes | undefined;
}

/** One condition of a route. */
export interface RouteTest {
  /** For errors: the pattern, or the predicate's name. */
  readonly label: string;
  readonly holds: Predicate;
}

/** A route, checked and complete. */
export interface Route {
  /** For errors: its conditions in short. */
  readonly label: string;
  /** Any of them may hold. */
  readonly tests: readonly RouteTest[];
  /** In the order they were named, none twice. */
  readonly to: readonly Address[];
  readonly filter: Predicate | undefined;
  readonly transform: ((envelope: Envelope) => Changes | undefined) | undefined;
}

const routes = new WeakSet<Route>();

/**
 * A route: `route("type:task sender:research*", [Writer, "archive"], { filter, transform })`.
 * @throws HermodError HERMOD_BAD_OPTION or HERMOD_BAD_ADDRESS naming what is wrong.
 */
export function route(when: When, to: Target | readonly Target[], options: RouteOptions = {}): Route {
  checkOptions("route", options, ["filter", "transform"]);
  const { filter, transform } = options;
  if (filter !== undefined) aFunction("route filter", filter);
  if (transform !== undefined) aFunction("route transform", transform);
  const tests = Object.freeze(listOf("route condition", when).map(toTest));
  const label = short(tests.map((test) => test.label).join(" or "));
  const made = Object.freeze({ label, tests, to: toDestinations(to), filter, transform });
  routes.add(made);
  return made;
}

/** True for what `route` made. */
export function isRoute(value: unknown): value is Route {
  return routes.has(value as Route);
}

/** One or a list of them, of which there must be at least one. */
function listOf<T>(what: string, given: T | readonly T[]): readonly T[] {
  // From, not a spread: holes are refused as what they read as.
  const list: readonly T[] = isList(given) ? Array.from(given as readonly T[]) : [given as T];
  if (list.length > 0) return list;
  throw new HermodError("HERMOD_BAD_OPTION", `${what}: the list is empty; name at least one`);
}

function toTest(when: unknown): RouteTest {
  if (typeof when === "function") return Object.freeze({ label: labelOf(when), holds: when as Predicate });
  if (typeof when === "string")
    return Object.freeze({ label: short(when), holds: toPatternTest(when, "route pattern") });
  throw new HermodError("HERMOD_BAD_OPTION", `route takes patterns and predicates, got ${show(when)}`, {
    details: { received: show(when) },
    hint: 'Write "type:task", or (envelope) => true or false.',
  });
}

function labelOf(predicate: object): string {
  const { name } = predicate as { readonly name?: unknown };
  return typeof name === "string" && name !== "" ? `predicate ${short(name)}` : "a predicate";
}

function toDestinations(to: Target | readonly Target[]): readonly Address[] {
  return Object.freeze([...new Set(listOf<Target>("route destination", to).map(toDestination))]);
}

function toDestination(target: Target): Address {
  if (typeof target !== "string" || !/[*>]/.test(target)) return toTargetAddress(target, "route destination");
  throw new HermodError("HERMOD_BAD_ADDRESS", `route destination ${show(target)} is a topic, not an agent`, {
    details: { received: show(target) },
    hint: "Give contracts or names of agents; readers of a topic subscribe to it.",
  });
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
