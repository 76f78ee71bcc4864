/** Headers: what a link says of a message. */
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
