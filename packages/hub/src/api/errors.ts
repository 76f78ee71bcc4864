/** Errors: how what went wrong is told over HTTP: one form, and one status for each code. */
import { HermodError, errorTable, type ErrorCode } from "hermod";
import { safety } from "../server/safety.ts";

/** The status of each code. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  HERMOD_BAD_ADDRESS: 400,
  HERMOD_BAD_CONTRACT: 500,
  HERMOD_BAD_ENVELOPE: 400,
  HERMOD_BAD_FILTER: 400,
  HERMOD_BAD_OPTION: 400,
  HERMOD_BAD_PAYLOAD: 400,
  HERMOD_BAD_REPLY: 502,
  HERMOD_BAD_STATE: 502,
  HERMOD_BUDGET: 422,
  HERMOD_CANCELLED: 409,
  HERMOD_CIRCUIT_OPEN: 503,
  HERMOD_CLOSED: 503,
  HERMOD_CONFLICT: 409,
  HERMOD_DUPLICATE_AGENT: 409,
  HERMOD_EXPIRED: 504,
  HERMOD_FAILED: 502,
  HERMOD_FORBIDDEN: 403,
  HERMOD_HTTP: 502,
  HERMOD_HTTP_BLOCKED: 400,
  HERMOD_HTTP_STATUS: 502,
  HERMOD_INTERCEPTOR: 500,
  HERMOD_INTERNAL: 500,
  HERMOD_INTERRUPTED: 409,
  HERMOD_LOOP: 422,
  HERMOD_MEDIA_TYPE: 415,
  HERMOD_METHOD: 405,
  HERMOD_MODEL: 502,
  HERMOD_MODEL_OUTPUT: 502,
  HERMOD_NOT_FOUND: 404,
  HERMOD_NOT_PULLED: 409,
  HERMOD_NO_AGENT: 404,
  HERMOD_NO_MODEL: 502,
  HERMOD_NO_OPERATION: 404,
  HERMOD_NO_TASK: 404,
  HERMOD_OVERLOADED: 503,
  HERMOD_PORT_TAKEN: 500,
  HERMOD_PROTOCOL: 400,
  HERMOD_QUORUM: 502,
  HERMOD_RATE_LIMITED: 429,
  HERMOD_REJECTED: 422,
  HERMOD_ROUTER: 500,
  HERMOD_SETTLED: 409,
  HERMOD_STALE_LEASE: 409,
  HERMOD_STORE: 503,
  HERMOD_STORE_CORRUPT: 500,
  HERMOD_STORE_FULL: 507,
  HERMOD_STORE_OWNED: 503,
  HERMOD_STORE_READONLY: 500,
  HERMOD_STORE_VERSION: 500,
  HERMOD_TIMEOUT: 504,
  HERMOD_TOO_LARGE: 413,
  HERMOD_UNAUTHORIZED: 401,
  HERMOD_UNREACHABLE: 502,
  HERMOD_UNSAFE_FILE: 500,
  HERMOD_UNSUPPORTED: 501,
};

/** Most characters of an error's details: more is left out. */
const MOST_DETAILS = 8192;

/** An error as the body of an answer. */
export function toErrorBody(error: HermodError): { readonly error: Readonly<Record<string, unknown>> } {
  const { code, message, hint, docs, retryable } = error;
  return { error: { code, message, hint, docs, retryable, details: detailsOf(error) } };
}

/** An error that may be told. What is no coded error is not: it may name what is nobody's business. */
export function toKnown(error: unknown): HermodError {
  if (error instanceof HermodError) return error;
  return new HermodError("HERMOD_INTERNAL", "the hub could not do this");
}

/** An error as an answer. */
export function toErrorResponse(error: unknown): Response {
  const known = toKnown(error);
  const headers = { ...safety, "content-type": "application/json", ...extraHeaders(known) };
  return new Response(JSON.stringify(toErrorBody(known)), { status: statusOf[known.code], headers });
}

function extraHeaders({ code, details }: HermodError): Readonly<Record<string, string>> {
  const wait = waitOf(details);
  return {
    ...(code === "HERMOD_UNAUTHORIZED" && { "www-authenticate": 'Bearer realm="hermod"' }),
    ...(code === "HERMOD_METHOD" && { allow: String(details["allow"]) }),
    ...(code === "HERMOD_TOO_LARGE" && { connection: "close" }),
    ...(wait !== undefined && { "retry-after": String(Math.max(1, Math.ceil(wait / 1000))) }),
  };
}

/** Milliseconds until it may be tried again, where that is known. */
function waitOf({ retryAfter, retryAt }: HermodError["details"]): number | undefined {
  if (typeof retryAfter === "number") return retryAfter;
  return typeof retryAt === "number" ? Math.max(0, retryAt - Date.now()) : undefined;
}

/** Without stacks, which are for whoever runs the agents. */
function detailsOf({ details }: HermodError): unknown {
  try {
    const text = JSON.stringify(details, (key, value: unknown) => (key === "stack" ? undefined : value));
    return text.length <= MOST_DETAILS ? JSON.parse(text) : {};
  } catch {
    return {};
  }
}

/** The codes, for the description of the interface. */
export const codes = Object.keys(errorTable) as readonly ErrorCode[];
