/** Changes: what a user's code may change of a message on its way, checked and applied to a copy; the original stays as it is. */
import type { Copier } from "./codec.ts";
import { show } from "./duration.ts";
import { LAST_TIME, amend, toPriority, type Envelope, type EnvelopeFields } from "./envelope.ts";
import { HermodError } from "./errors.ts";
import { aRecord, aText, checkOptions } from "./options.ts";

/** What an outgoing interceptor, a route's transform or a router may change. */
export type Changes = Partial<
  Pick<EnvelopeFields, "payload" | "metadata" | "priority" | "orderKey" | "trace" | "deadline">
>;

const changeable = ["payload", "metadata", "priority", "orderKey", "trace", "deadline"] as const;

/** Applies changes; one per system, with the copiers of its limits. */
export class Amender {
  readonly #copier: Copier;
  readonly #metadataCopier: Copier;

  constructor(copier: Copier, metadataCopier: Copier) {
    this.#copier = copier;
    this.#metadataCopier = metadataCopier;
  }

  /**
   * The message with these changes, contents copied and frozen; the message itself where there are none.
   * @throws HermodError HERMOD_BAD_OPTION naming `what` and the change that is wrong, HERMOD_BAD_PAYLOAD or HERMOD_TOO_LARGE.
   */
  apply(what: string, envelope: Envelope, changes: Changes | undefined | void): Envelope {
    if (changes === undefined || changes === null) return envelope;
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
