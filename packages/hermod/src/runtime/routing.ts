/**
 * Routing: from a message that names no recipient to its copies, one for each destination: those of the rules first, then
 * those of the user's router. No destination gets two, and without any the list is empty.
 */
import { RuleRouter, routerError, toRouter, type Choice, type Router } from "../agent/router.ts";
import type { Route } from "../agent/route.ts";
import { toTargetAddress } from "../agent/target.ts";
import type { Address } from "../core/address.ts";
import type { Amender, Changes } from "../core/changes.ts";
import { isContract } from "../core/contract.ts";
import { isList } from "../core/duration.ts";
import { amend, type Envelope } from "../core/envelope.ts";
import { HermodError, describe } from "../core/errors.ts";
import { adopt, chain, isPromise, type Maybe } from "../core/maybe.ts";
import { aList, checkOptions } from "../core/options.ts";
import type { Reporter } from "../core/report.ts";
import type { Timers } from "./timers.ts";

/** How long a user's router may take, in milliseconds. */
export const ROUTER_TIMEOUT = 10_000;

/** What routing needs. */
export interface RoutingParts {
  readonly routes: readonly Route[];
  readonly router: Router | undefined;
  readonly timers: Timers;
  readonly amender: Amender;
  readonly reports: Reporter;
}

export class Routing {
  readonly #rules: RuleRouter;
  readonly #router: Router | undefined;
  readonly #timers: Timers;
  readonly #amender: Amender;
  readonly #reports: Reporter;
  /** Ends the waits for the router. */
  readonly #waiting = new Set<(error: HermodError) => void>();

  /** @throws HermodError HERMOD_BAD_OPTION for what is no route or no router. */
  constructor({ routes, router, timers, amender, reports }: RoutingParts) {
    this.#rules = new RuleRouter(routes);
    this.#router = router === undefined ? undefined : toRouter(router);
    this.#timers = timers;
    this.#amender = amender;
    this.#reports = reports;
  }

  /** True when nobody chooses recipients: messages go where they say. */
  get none(): boolean {
    return this.#rules.size === 0 && this.#router === undefined;
  }

  /**
   * A copy of the message for each destination, in order, under the same id; the original stays as it is.
   * @throws HermodError HERMOD_ROUTER naming the route or router that failed.
   */
  destinations(envelope: Envelope): Maybe<readonly Envelope[]> {
    const named = this.#rules.route(envelope);
    if (this.#router === undefined) return this.#copies(envelope, named);
    return chain(this.#ask(this.#router, envelope), (answer) =>
      this.#copies(envelope, [...named, ...toChoices(answer)]),
    );
  }

  /** Tells the user's router of an agent; what it throws is reported. */
  register(agent: Address): void {
    this.#tell("register", agent);
  }

  /** Tells the user's router that an agent has gone; what it throws is reported. */
  unregister(agent: Address): void {
    this.#tell("unregister", agent);
  }

  /** Ends every wait for the user's router with HERMOD_CLOSED. */
  close(): void {
    for (const end of this.#waiting)
      end(new HermodError("HERMOD_CLOSED", "the system was closed before its router had answered"));
  }

  #copies(envelope: Envelope, named: readonly Choice[]): readonly Envelope[] {
    const first = new Map<Address, Choice>();
    for (const choice of named) if (!first.has(choice.to)) first.set(choice.to, choice);
    return Array.from(first.values(), (choice) => this.#copy(envelope, choice));
  }

  /** Changed contents are copied for each destination anew: bytes cannot be frozen, and must not be shared. */
  #copy(envelope: Envelope, { to, changes, by }: Choice): Envelope {
    try {
      return amend(this.#amender.apply("changes", envelope, changes), { to });
    } catch (cause) {
      throw routerError(by, `gave changes that are refused: ${describe(cause)}`, cause);
    }
  }

  #ask(router: Router, envelope: Envelope): Maybe<unknown> {
    try {
      const answer: Maybe<unknown> = adopt(router.route(envelope));
      return isPromise(answer) ? this.#inTime(answer) : answer;
    } catch (cause) {
      throw threw(cause);
    }
  }

  #inTime(answer: Promise<unknown>): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = (): void =>
      reject(routerError("the router", `did not answer in ${ROUTER_TIMEOUT / 1000} s`));
    const timer = this.#timers.set(ROUTER_TIMEOUT, late);
    this.#waiting.add(reject);
    answer.then(resolve, (cause: unknown) => reject(threw(cause)));
    return promise.finally(() => {
      timer.done();
      this.#waiting.delete(reject);
    });
  }

  #tell(step: "register" | "unregister", agent: Address): void {
    try {
      const told: Maybe<unknown> = adopt(this.#router?.[step]?.(agent));
      if (isPromise(told)) told.catch((error: unknown) => this.#failed(step, error));
    } catch (error) {
      this.#failed(step, error);
    }
  }

  #failed(step: string, error: unknown): void {
    this.#reports.emit({ type: "listener.failed", listener: `router.${step}`, error });
  }
}

function threw(cause: unknown): HermodError {
  return routerError("the router", `threw: ${describe(cause)}`, cause);
}

/** What a user's router gave, checked. */
function toChoices(answer: unknown): readonly Choice[] {
  try {
    return Array.from(aList("destinations", answer as readonly unknown[]), toChoice);
  } catch (cause) {
    throw routerError("the router", `gave what is no list of destinations: ${describe(cause)}`, cause);
  }
}

function toChoice(given: unknown, at: number): Choice {
  const what = `destination ${at + 1}`;
  const { target, changes } = parted(what, given);
  const to = toTargetAddress(target, what);
  return { to, changes, by: `the router's ${what} (${to})` };
}

function parted(what: string, given: unknown): { readonly target: unknown; readonly changes?: Changes } {
  if (typeof given !== "object" || given === null || isList(given) || isContract(given))
    return { target: given };
  checkOptions(what, given, ["to", "changes"]);
  const { to, changes } = given as { readonly to?: unknown; readonly changes?: Changes };
  return { target: to, ...(changes !== undefined && { changes }) };
}
