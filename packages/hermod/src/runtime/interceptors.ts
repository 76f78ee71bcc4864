/** Interceptors: a user's hands on the road. Outgoing ones see each message before it is stored, incoming ones wrap its handler. */
import type { Copier } from "../core/codec.ts";
import { show } from "../core/duration.ts";
import { LAST_TIME, amend, toPriority, type Envelope, type EnvelopeFields } from "../core/envelope.ts";
import { HermodError, describe } from "../core/errors.ts";
import { adopt, chain, isPromise, type Maybe } from "../core/maybe.ts";
import { aFunction, aRecord, aText, checkOptions } from "../core/options.ts";

/** What an outgoing interceptor may change. */
export type Changes = Partial<
  Pick<EnvelopeFields, "payload" | "metadata" | "priority" | "orderKey" | "trace" | "deadline">
>;

const changeable = ["payload", "metadata", "priority", "orderKey", "trace", "deadline"] as const;

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
  readonly #copier: Copier;
  readonly #metadataCopier: Copier;
  readonly #refused: (envelope: Envelope, error: unknown, interceptor: string) => void;

  constructor(
    interceptors: readonly Interceptor[],
    copier: Copier,
    metadataCopier: Copier,
    refused: (envelope: Envelope, error: unknown, interceptor: string) => void,
  ) {
    for (const interceptor of interceptors) check(interceptor);
    this.#outgoing = interceptors.filter(({ outgoing }) => outgoing);
    this.#incoming = interceptors.filter(({ incoming }) => incoming);
    this.#copier = copier;
    this.#metadataCopier = metadataCopier;
    this.#refused = refused;
  }

  /** True when no incoming interceptor wraps the handlers. */
  get none(): boolean {
    return this.#incoming.length === 0;
  }

  /** The message as the outgoing interceptors leave it. */
  send(envelope: Envelope): Maybe<Envelope> {
    if (this.#outgoing.length === 0) return envelope;
    return this.#outgoing.reduce<Maybe<Envelope>>(
      (before, interceptor) => chain(before, (current) => this.#apply(interceptor, current)),
      envelope,
    );
  }

  /** Runs the handling of a message inside the incoming interceptors, the first outermost. */
  handle(envelope: Envelope, handler: () => Maybe<unknown>): Maybe<unknown> {
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
    if (changes === undefined || changes === null) return envelope;
    const what = `interceptor ${interceptor.name} result`;
    checkOptions(what, changes, changeable);
    return amend(envelope, { ...marks(what, changes), ...this.#contents(what, changes) });
  }

  #contents(what: string, changes: Changes): Partial<EnvelopeFields> {
    const { metadata } = changes;
    return {
      ...("payload" in changes && { payload: this.#copier.copy(changes.payload), size: this.#copier.size }),
      ...(metadata !== undefined && {
        metadata: this.#metadataCopier.copy(aRecord(`${what} metadata`, metadata)),
      }),
    };
  }
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

/** Changes beside the contents, checked; order key, trace and deadline can also be taken away. */
function marks(what: string, changes: Changes): Partial<EnvelopeFields> {
  const { priority, orderKey, trace, deadline } = changes;
  return {
    ...(priority !== undefined && { priority: toPriority(priority) }),
    ...("orderKey" in changes && {
      orderKey: orderKey === undefined ? undefined : aText(`${what} orderKey`, orderKey),
    }),
    ...("trace" in changes && { trace: trace === undefined ? undefined : aText(`${what} trace`, trace) }),
    ...("deadline" in changes && {
      deadline: deadline === undefined ? undefined : aTime(`${what} deadline`, deadline),
    }),
  };
}

function aTime(name: string, value: number): number {
  if (typeof value === "number" && Math.abs(value) <= LAST_TIME) return Math.trunc(value);
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be a time in UTC milliseconds, got ${show(value)}`,
  );
}
