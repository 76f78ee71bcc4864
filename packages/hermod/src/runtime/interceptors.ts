/** Interceptors: a user's hands on the road. Outgoing ones see each message before it is stored, incoming ones wrap its handler. */
import { isSchedule, isSystemAddress } from "../core/address.ts";
import type { Amender, Changes } from "../core/changes.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError, describe } from "../core/errors.ts";
import { adopt, chain, isPromise, type Maybe } from "../core/maybe.ts";
import { aFunction, checkOptions } from "../core/options.ts";

/** Sees messages on their way. What it throws refuses the send, or fails the delivery, and is reported. */
export interface Interceptor {
  /** For errors and reports. */
  readonly name: string;
  /** Sees a message before it is stored; returns changes, or nothing to leave it as it is. */
  readonly outgoing?: (envelope: Envelope) => Maybe<Changes | undefined | void>;
  /** Wraps the handling of a message; returns what `next` gave, or something else. */
  readonly incoming?: (envelope: Envelope, next: () => Promise<unknown>) => Maybe<unknown>;
}

/** The interceptors of one system, in order. */
export class Interceptors {
  readonly #outgoing: readonly Interceptor[];
  readonly #incoming: readonly Interceptor[];
  readonly #amender: Amender;
  readonly #refused: (envelope: Envelope, error: unknown, interceptor: string) => void;

  constructor(
    interceptors: readonly Interceptor[],
    amender: Amender,
    refused: (envelope: Envelope, error: unknown, interceptor: string) => void,
  ) {
    for (const interceptor of interceptors) check(interceptor);
    this.#outgoing = interceptors.filter(({ outgoing }) => outgoing);
    this.#incoming = interceptors.filter(({ incoming }) => incoming);
    this.#amender = amender;
    this.#refused = refused;
  }

  /** True when no incoming interceptor wraps the handlers. */
  get none(): boolean {
    return this.#incoming.length === 0;
  }

  /** True when no outgoing interceptor sees what is sent. */
  get isSilent(): boolean {
    return this.#outgoing.length === 0;
  }

  /** The message as the outgoing interceptors leave it. */
  send(envelope: Envelope): Maybe<Envelope> {
    if (this.#outgoing.length === 0 || isUpkeep(envelope)) return envelope;
    return this.#outgoing.reduce<Maybe<Envelope>>(
      (before, interceptor) => chain(before, (current) => this.#apply(interceptor, current)),
      envelope,
    );
  }

  /** Runs the handling of a message inside the incoming interceptors, the first outermost. */
  handle(envelope: Envelope, handler: () => Maybe<unknown>): Maybe<unknown> {
    if (isUpkeep(envelope)) return adopt(handler());
    const wrapped = this.#incoming.reduceRight<() => Maybe<unknown>>(
      (next, { incoming }) =>
        () =>
          incoming?.(envelope, async () => next()),
      handler,
    );
    return adopt(wrapped());
  }

  #apply(interceptor: Interceptor, envelope: Envelope): Maybe<Envelope> {
    let changes: Maybe<Changes | undefined | void>;
    try {
      changes = adopt(interceptor.outgoing?.(envelope));
    } catch (error) {
      throw this.#failure(interceptor, envelope, error);
    }
    if (!isPromise(changes)) return this.#change(interceptor, envelope, changes as Changes | undefined);
    const pending = (changes as Promise<Changes | undefined>).catch((error: unknown) => {
      throw this.#failure(interceptor, envelope, error);
    });
    return pending.then((ready) => this.#change(interceptor, envelope, ready));
  }

  /** An interceptor's own typed error passes as it is, so that one can refuse a message by its code. */
  #failure(interceptor: Interceptor, envelope: Envelope, cause: unknown): HermodError {
    this.#refused(envelope, cause, interceptor.name);
    if (cause instanceof HermodError) return cause;
    const message = `interceptor ${interceptor.name} threw: ${describe(cause)}`;
    return new HermodError("HERMOD_INTERCEPTOR", message, { cause });
  }

  #change(interceptor: Interceptor, envelope: Envelope, changes: Changes | undefined | void): Envelope {
    return this.#amender.apply(`interceptor ${interceptor.name} result`, envelope, changes);
  }
}

/** What a system says to its own parts is no user's business: a message to a schedule, and its answer. */
function isUpkeep({ to, from }: Envelope): boolean {
  return to !== undefined && (isSchedule(to) || (isSchedule(from) && isSystemAddress(to)));
}

function check(interceptor: Interceptor): void {
  checkOptions("interceptor", interceptor, ["name", "outgoing", "incoming"]);
  if (typeof interceptor.name !== "string")
    throw new HermodError("HERMOD_BAD_OPTION", "interceptor.name must be text");
  if (interceptor.outgoing !== undefined)
    aFunction(`interceptor ${interceptor.name} outgoing`, interceptor.outgoing);
  if (interceptor.incoming !== undefined)
    aFunction(`interceptor ${interceptor.name} incoming`, interceptor.incoming);
}
