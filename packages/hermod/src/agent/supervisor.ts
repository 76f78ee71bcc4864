/** Supervisor: starts its children in order, stops them in reverse, and decides what happens when one of them ends. */
import { toAgentName, type Address } from "../core/address.ts";
import { show, toMs, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { toIntensity, type IntensityOptions } from "../core/intensity.ts";
import { aList, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { restartKinds, strategies, type RestartKind, type Strategy } from "../core/supervision.ts";
import { isAgent, type AgentDefinition } from "./agent.ts";
import { isPool, type PoolDefinition } from "./pool.ts";

/** What can be started: an agent, a pool or a supervisor. */
export type Definition = AgentDefinition | PoolDefinition | SupervisorDefinition;

/** A child with terms of its own. */
export interface ChildOptions {
  readonly child: Definition;
  /** When it is started again: after every exit ("permanent", default), after a crash only, or never. */
  readonly restart?: RestartKind;
  /** How long it may finish what it does when a sibling takes it along; default "5s". */
  readonly timeout?: Duration;
}

/** Options of a supervisor. */
export interface SupervisorOptions {
  /** Whom a restart takes along; default "one-for-one". */
  readonly strategy?: Strategy;
  /** How many restarts within which time are allowed; one more, and the supervisor itself has crashed. Default 3 in 5 s. */
  readonly intensity?: IntensityOptions;
  /** In the order of their start; they are stopped in reverse. */
  readonly children: readonly (Definition | ChildOptions)[];
  /** Most children; default no limit. */
  readonly most?: number;
}

/** A child, checked and complete. */
export interface ChildDefinition {
  readonly definition: Definition;
  readonly kind: RestartKind;
  readonly timeout: number;
}

/** A supervisor ready to be started, checked and complete. */
export interface SupervisorDefinition {
  readonly address: Address;
  readonly strategy: Strategy;
  readonly intensity: IntensityOptions;
  readonly children: readonly ChildDefinition[];
  readonly most: number;
}

/**
 * A supervisor: `supervisor("newsroom", { strategy: "rest-for-one", children: [writer, critics] })`.
 * @throws HermodError HERMOD_BAD_OPTION, or HERMOD_DUPLICATE_AGENT when a name is there twice.
 */
export function supervisor(name: string, options: SupervisorOptions): SupervisorDefinition {
  const address = toAgentName(name, "supervisor name");
  checkOptions(`supervisor ${name}`, options, ["strategy", "intensity", "children", "most"]);
  const { strategy = "one-for-one", intensity = {}, most = Infinity } = options;
  const children = Array.from(aList(`supervisor ${name} children`, options.children), (given) =>
    toChild(name, given),
  );
  oneOf(`supervisor ${name} strategy`, strategy, strategies);
  toIntensity(intensity);
  if (most !== Infinity) wholeNumber(`supervisor ${name} most`, most, 0);
  if (children.length > most) throw tooManyChildren(name, most);
  const made = new Tree(address, strategy, intensity, Object.freeze(children), most);
  checkNames(name, namesIn(made));
  return made;
}

class Tree implements SupervisorDefinition {
  readonly address: Address;
  readonly strategy: Strategy;
  readonly intensity: IntensityOptions;
  readonly children: readonly ChildDefinition[];
  readonly most: number;

  constructor(
    address: Address,
    strategy: Strategy,
    intensity: IntensityOptions,
    children: readonly ChildDefinition[],
    most: number,
  ) {
    this.address = address;
    this.strategy = strategy;
    this.intensity = intensity;
    this.children = children;
    this.most = most;
    Object.freeze(this);
  }
}

/** True for what `supervisor` made. */
export function isSupervisor(value: unknown): value is SupervisorDefinition {
  return value instanceof Tree;
}

/** True for anything that can be started. */
export function isDefinition(value: unknown): value is Definition {
  return isAgent(value) || isPool(value) || isSupervisor(value);
}

const CHILD_TIMEOUT = 5000;

/** A child with its terms. @throws HermodError HERMOD_BAD_OPTION. */
export function toChild(
  name: string,
  given: Definition | ChildOptions,
  fallback: RestartKind = "permanent",
): ChildDefinition {
  if (isDefinition(given)) return { definition: given, kind: fallback, timeout: CHILD_TIMEOUT };
  checkOptions(`supervisor ${name} child`, given, ["child", "restart", "timeout"]);
  const { child, restart = fallback, timeout = CHILD_TIMEOUT } = given;
  if (!isDefinition(child)) throw noChild(name, child);
  return {
    definition: child,
    kind: oneOf(`supervisor ${name} child restart`, restart, restartKinds),
    timeout: toMs(timeout, `supervisor ${name} child timeout`),
  };
}

/** All names in a tree, its own first. */
export function namesIn(definition: Definition): Address[] {
  if (!isSupervisor(definition)) return [definition.address];
  return [definition.address, ...definition.children.flatMap((child) => namesIn(child.definition))];
}

function checkNames(name: string, names: readonly Address[]): void {
  const twice = names.find((each, at) => names.indexOf(each) < at);
  if (twice === undefined) return;
  throw new HermodError("HERMOD_DUPLICATE_AGENT", `supervisor ${name} contains "${twice}" twice`, {
    details: { address: twice },
    hint: "Give each agent, pool and supervisor of a tree a name of its own; for many of a kind use a pool.",
  });
}

function noChild(name: string, child: unknown): HermodError {
  return new HermodError(
    "HERMOD_BAD_OPTION",
    `children of supervisor ${name} must be made by agent, pool or supervisor, got ${show(child)}`,
  );
}

/** The error for one child more than a supervisor may have. */
export function tooManyChildren(name: string, most: number): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `supervisor ${name} may have ${most} children at most`, {
    details: { supervisor: name, most },
  });
}
