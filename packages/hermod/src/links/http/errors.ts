/** Errors of links: what went wrong on the way to an endpoint and back, as errors that can be told apart, and that show no secret. */
import { describe, HermodError, TimeoutError } from "../../core/errors.ts";
import { waitOf } from "../../core/retryheader.ts";
import { cleaned } from "../../core/secrets.ts";
import type { Response } from "./post.ts";

/** How far an exchange has come, for errors. */
export interface Trip {
  /** The endpoint, as it may be shown. */
  at: string;
  /** Undefined before the headers of an answer have come. */
  status: number | undefined;
  /** The error for an answer that is none of 2xx, once its headers have come. */
  refused: HermodError | undefined;
  /** What must not be shown. */
  secrets: readonly string[];
}

/** A timeout or too much at once goes by; what an endpoint refuses it will refuse again. */
export function isRetryable(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/** The error for an answer that is none of 2xx; `body` is its beginning, where that may be kept. */
export function statusError(
  trip: Trip,
  response: Response,
  body: string | undefined,
  now: number,
): HermodError {
  const { status } = response;
  const contentType = response.header("content-type")?.slice(0, LONGEST_TYPE);
  const retryable = isRetryable(status);
  const retryAfter = retryable ? waitOf(waitHeaders(response), now) : undefined;
  return new HermodError("HERMOD_HTTP_STATUS", `${trip.at} answered ${status}`, {
    details: {
      ...{ url: trip.at, status },
      ...(contentType !== undefined && { contentType: cleaned(contentType, trip.secrets) }),
      ...(body !== undefined && { body: cleaned(body, trip.secrets) }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
    retryable,
    ...(status >= 300 && status < 400 && { hint: REDIRECTS }),
  });
}

/** Characters of a content type that are kept. */
const LONGEST_TYPE = 100;

const REDIRECTS =
  "Give the URL that it leads to. An httpAgent with { redirects: 1 } follows 307 and 308 within the same origin; other redirects would make the POST a GET.";

function waitHeaders({ header }: Response): Record<string, string> {
  const names = ["retry-after-ms", "retry-after"];
  return Object.fromEntries(
    names.map((name) => [name, header(name)]).filter(([, value]) => value !== undefined),
  );
}

/** The error for an exchange that was not over in time. */
export function lateError({ at, status }: Trip, ms: number): TimeoutError {
  const phase = status === undefined ? "headers" : "body";
  const what = phase === "headers" ? "had not answered" : "had not answered to the end";
  return new TimeoutError(`${at} ${what} after ${ms} ms`, {
    details: { url: at, ms, phase },
    hint: "Raise the link's timeout, or look at the endpoint's load. Whether it did the work is unknown: it can recognise a repeat by its idempotency-key.",
  });
}

/** The error for what was thrown by the network; one of ours stays as it is. */
export function networkError(trip: Trip, thrown: unknown): HermodError {
  const chain = chainOf(thrown);
  const own = chain.find((error) => error instanceof HermodError);
  if (own !== undefined) return own;
  const codes = chain.flatMap(({ code }) => (typeof code === "string" ? [code] : []));
  const [, hop, what, retryable] =
    hops.find(([pattern]) => codes.some((code) => pattern.test(code))) ?? other;
  const text = cleaned(describe(chain.at(-1) ?? thrown), trip.secrets);
  const [code] = codes;
  return new HermodError("HERMOD_HTTP", `${trip.at}: ${what}`, {
    details: { url: trip.at, hop, ...(code !== undefined && { code }) },
    cause: new Error(text),
    retryable,
  });
}

type Hop = readonly [codes: RegExp, name: string, what: string, retryable: boolean];

const hops: readonly Hop[] = [
  [/^(ENOTFOUND|EAI_\w+)$/, "dns", "its host has no address", true],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "refused", "nothing listens there", true],
  [/CERT|^ERR_(TLS|SSL)|^EPROTO$|^UNABLE_TO_/, "tls", "no secure connection could be made", false],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET)$/, "cut", "the connection was cut", true],
];

const other: Hop = [/^/, "network", "it was not reached, or did not speak HTTP", true];

/** An error, what caused it, and so on. */
function chainOf(thrown: unknown): readonly (Error & { readonly code?: unknown })[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && chain.length < 8; error = error.cause) chain.push(error);
  return chain;
}
