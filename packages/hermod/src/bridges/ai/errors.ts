/** Model errors: what went wrong on the way to a model, as one of our errors that names the hop, and never a key. */
import { describe, HermodError } from "../../core/errors.ts";
import { waitOf } from "../../core/retryheader.ts";
import { cleaned } from "../../core/secrets.ts";
import { chainOf, hopOf, type HttpError } from "./hops.ts";

/** Of whom it is told. */
export interface ErrorScene {
  readonly model: string;
  /** UTC milliseconds. */
  readonly now: number;
  /** What must not be shown. */
  readonly secrets: readonly string[];
}

const MOST_TEXT = 500;

/** The error for what a call of the SDK has thrown. */
export function modelError(thrown: unknown, { model, now, secrets }: ErrorScene): HermodError {
  const own = chainOf(thrown).find((error) => error instanceof HermodError);
  if (own !== undefined) return own;
  const http = Object(thrown) as HttpError;
  const hop = hopOf(thrown, http);
  const text = cleaned(saidBy(thrown), secrets);
  const retryAfter = waitOf(http.responseHeaders ?? {}, now);
  const details = {
    ...{ model, hop: hop.name },
    ...(http.statusCode !== undefined && { status: http.statusCode }),
    ...(endpointOf(http.url) && { endpoint: cleaned(endpointOf(http.url) ?? "", secrets) }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
  const cause = causeOf(thrown, text);
  if (hop.name === "rate")
    return new HermodError("HERMOD_RATE_LIMITED", `${model} takes no more for now: ${text}`, {
      details,
      cause,
    });
  const { hint, retryable } = hop;
  return new HermodError("HERMOD_MODEL", `${model}: ${hop.what}: ${text}`, {
    details,
    cause,
    hint,
    retryable,
  });
}

/** Where the call went; what comes behind a "?" may be a key. */
function endpointOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Its message and those of its causes; of what an endpoint sends as an error, its message. */
function saidBy(thrown: unknown): string {
  const chain = chainOf(thrown).map((error) => error.message.trim().slice(0, 20 * MOST_TEXT));
  if (chain.length > 0) return chain.reduce((all, next) => (all.includes(next) ? all : `${all}: ${next}`));
  const { message } = Object(thrown) as { message?: unknown };
  return typeof message === "string" ? message : describe(thrown);
}

/** What was thrown, without the whole prompt and answer that the SDK's errors carry: those would end in logs and dead letters. */
function causeOf(thrown: unknown, text: string): Error {
  const cause = new Error(text);
  if (thrown instanceof Error) cause.name = thrown.name;
  return cause;
}
