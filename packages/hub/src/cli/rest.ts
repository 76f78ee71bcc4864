/** Rest: what the hub alone knows, asked over HTTP. */
import { HermodError, errorTable, type ErrorCode } from "hermod";
import { unreachable } from "./unreachable.ts";
import { Missing } from "./problem.ts";
import type { Settings } from "./settings.ts";

/** What a hub says of an error. */
interface Told {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/** How long a hub may take to answer, in milliseconds. */
const PATIENCE = 10_000;

/** Asks the hub. @throws HermodError as the hub says, HERMOD_UNREACHABLE; Missing where it does not know such a page. */
export async function rest(
  { url, token }: Pick<Settings, "url" | "token">,
  path: string,
  method: "GET" | "POST" | "DELETE" = "GET",
  body?: unknown,
): Promise<unknown> {
  const response = await ask({ url, token }, path, {
    method,
    signal: AbortSignal.timeout(PATIENCE),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw refusal(response.status, path, (answer ?? {}) as Told);
}

async function ask(
  { url, token }: Pick<Settings, "url" | "token">,
  path: string,
  init: Pick<RequestInit, "method" | "signal" | "body">,
): Promise<Response> {
  const headers = {
    accept: "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(init.body !== undefined && { "content-type": "application/json" }),
  };
  const address = new URL(path, url.replace(/^ws/u, "http"));
  return fetch(address, { redirect: "error", headers, ...init }).catch((error: unknown) => {
    const { cause, message } = error as Error;
    throw unreachable(url, cause instanceof Error ? cause.message : message);
  });
}

function refusal(status: number, path: string, { error = {} }: Told): Error {
  const { code = "", message = `the hub answered ${status} to ${path}`, hint, details } = error;
  if (Object.hasOwn(errorTable, code))
    return new HermodError(code as ErrorCode, message, {
      ...(hint && { hint }),
      ...(details && { details }),
    });
  if (status === 401) return new HermodError("HERMOD_UNAUTHORIZED", "the hub does not know who asks");
  if (status === 403) return new HermodError("HERMOD_FORBIDDEN", message);
  if (status === 404)
    return new Missing(
      `this hub has no ${path}`,
      "The hub and the command line should be of the same version.",
    );
  return new HermodError("HERMOD_PROTOCOL", message);
}

/** The list in an answer. @throws HermodError HERMOD_PROTOCOL where there is none. */
export function itemsOf<T>(answer: unknown): readonly T[] {
  const { items } = Object(answer) as { readonly items?: unknown };
  if (Array.isArray(items)) return items as readonly T[];
  throw new HermodError("HERMOD_PROTOCOL", "the hub's answer holds no list");
}
