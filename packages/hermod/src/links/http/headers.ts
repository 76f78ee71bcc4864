/** Headers: what a link says of a message, and what of all that is said must not be shown. */
import type { Context } from "../../agent/context.ts";
import type { Wanted } from "./answer.ts";

/** What stands on the line as it is. Of it only "%" is written otherwise, so that no two keys become one. */
const PLAIN = /^[\x21-\x24\x26-\x7e]+$/;

/** A value as a header can hold it. */
function escaped(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

const accepted: Readonly<Record<Wanted, string>> = {
  json: "application/json",
  text: "application/json, text/plain",
  nothing: "*/*",
};

/** The same at every attempt. */
export function linkHeaders({ envelope, idempotencyKey }: Context, wanted: Wanted): Record<string, string> {
  const { trace, operation } = envelope;
  return {
    // What is not packed is as long as it looks.
    ...{ "content-type": "application/json", accept: accepted[wanted], "accept-encoding": "identity" },
    "idempotency-key": escaped(idempotencyKey),
    ...(operation !== "" && { "hermod-operation": escaped(operation) }),
    ...(trace !== undefined && { traceparent: escaped(trace) }),
  };
}

/** Shorter values are in every text, and no secrets. */
const SHORTEST_SECRET = 4;

/** Values that must not be shown: those of the user's headers, of an Authorization also what follows its scheme, and of the URL's query. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  const values = Object.values(headers).flatMap((value) => [value, ...value.split(" ")]);
  const asked = [...url.searchParams.values(), url.search];
  return [...values, ...asked]
    .filter((value) => value.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}

/** Where it is, without what may be a key. */
export function shownUrl({ origin, pathname }: URL): string {
  return origin + pathname;
}
