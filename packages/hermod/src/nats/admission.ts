/**
 * Admission: a store that lets in nothing new while its journal has room only for what makes room: claims and settlements, with what they send, replies,
 * notices, and what is kept by nobody.
 */
import { isControl, isVolatile, type Envelope } from "../core/envelope.ts";
import type { HermodError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";

/** `shortage` tells why nothing new is let in; undefined while it is. */
export function admitting<S extends Store>(behind: S, shortage: () => HermodError | undefined): S {
  const refusal = (envelopes: readonly Envelope[]): HermodError | undefined =>
    envelopes.some(isNew) ? shortage() : undefined;
  const append: Store["append"] = (envelope, fresh) => {
    const error = refusal([envelope]);
    return error ? Promise.reject(error) : behind.append(envelope, fresh);
  };
  const appendAll: Store["appendAll"] = (envelopes) => {
    const error = refusal(envelopes);
    return error ? Promise.reject(error) : behind.appendAll(envelopes);
  };
  const own: Readonly<Record<PropertyKey, unknown>> = { append, appendAll };
  return new Proxy(behind, {
    get(target, name) {
      const value: unknown = own[name] ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function isNew(envelope: Envelope): boolean {
  return !isVolatile(envelope) && !isControl(envelope) && envelope.verb !== "reply";
}
