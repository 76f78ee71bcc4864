/** HTTP agent: an agent that is an HTTP endpoint somewhere else. What is sent to it becomes a POST of JSON, and the answer its reply. */
import { agent, type AgentDefinition } from "../../agent/agent.ts";
import type { Context } from "../../agent/context.ts";
import type { AnyContract, Target } from "../../agent/target.ts";
import { toJson } from "../../core/codec.ts";
import { isContract, type OperationSpec } from "../../core/contract.ts";
import { isText, toJsonSchema } from "../../core/jsonschema.ts";
import type { Maybe } from "../../core/maybe.ts";
import { check } from "../../core/schema.ts";
import type { Wanted } from "./answer.ts";
import type { Trip } from "./errors.ts";
import { exchanged, type Message } from "./exchange.ts";
import { linkHeaders } from "./headers.ts";
import { secretsOf, shownUrl } from "./hidden.ts";
import {
  checkLink,
  nameOf,
  toHeaders,
  toTerms,
  toUrl,
  type GuardOptions,
  type LinkOptions,
  type Otherwise,
  type Terms,
} from "./options.ts";
import { otherwise } from "./otherwise.ts";

/** Options of an HTTP agent, besides those of any agent. */
export interface HttpOptions extends LinkOptions {
  /** Where its messages go; a function gives each operation a URL of its own. */
  readonly url: string | URL | ((operation: string) => string | URL);
  /** Headers of each POST, such as a key; a function is asked at every attempt. Their values are never shown. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((operation: string) => Maybe<Readonly<Record<string, string>>>);
  /** What becomes of an attempt that was not answered in time; default "retry". */
  readonly onTimeout?: Otherwise;
  /** What becomes of any other failure; default "retry", where a retry can help. */
  readonly onError?: Otherwise;
  /** How many redirects are followed: of 307 and 308, within the same origin. Default 0. */
  readonly redirects?: number;
  /** Posts only to addresses of the public internet, and to hosts that are named here; for URLs that others give. Default false. */
  readonly guard?: boolean | GuardOptions;
}

const own = ["url", "headers", "onTimeout", "onError", "redirects", "guard", "maxAnswer"];

/**
 * An HTTP endpoint as an agent: `httpAgent(Critic, { url: "https://critic.example/review" })`, or with a name. Every attempt of a message carries
 * the same `idempotency-key`, its `traceparent`, and its operation in `hermod-operation`.
 * @throws HermodError HERMOD_BAD_OPTION; its calls HERMOD_TIMEOUT, HERMOD_HTTP_STATUS, HERMOD_HTTP, HERMOD_HTTP_BLOCKED, HERMOD_BAD_REPLY,
 * HERMOD_TOO_LARGE.
 */
export function httpAgent(target: Target, options: HttpOptions): AgentDefinition {
  const what = `httpAgent ${nameOf(target)}`;
  checkLink(what, options, own);
  const { url, headers = {}, onTimeout, onError, redirects, guard, ...others } = options;
  const { timeout, maxAnswer, clock, ...rest } = others;
  const speech: Speech = {
    terms: toTerms(what, { onTimeout, onError, redirects, guard, timeout, maxAnswer, clock }),
    urlOf: madeBy(url, (given) => toUrl(`${what} url`, given)),
    headersOf: madeBy(headers, (given) => toHeaders(`${what} headers`, given)),
  };
  return agent(target as string, { ...rest, on: handlersOf(target, speech) } as never);
}

interface Speech {
  readonly terms: Terms;
  readonly urlOf: (operation: string) => Maybe<URL>;
  readonly headersOf: (operation: string) => Maybe<Readonly<Record<string, string>>>;
}

/** A value is read once, at the entrance; what a function gives at every attempt. */
function madeBy<T>(given: unknown, read: (value: unknown) => T): (operation: string) => Maybe<T> {
  if (typeof given !== "function") {
    const value = read(given);
    return () => value;
  }
  return async (operation) => read(await (given as (operation: string) => unknown)(operation));
}

type Handler = (input: unknown, ctx: Context) => Promise<unknown>;

function handlersOf(target: Target, speech: Speech): Readonly<Record<string, Handler>> {
  if (!isContract(target)) {
    const asked = posting(speech, "json");
    return { request: asked, task: asked, notification: posting(speech, "nothing") };
  }
  const { operations } = target as AnyContract;
  return Object.fromEntries([...operations].map(([name, spec]) => [name, handlerOf(spec, speech)]));
}

function handlerOf({ out, name }: OperationSpec, speech: Speech): Handler {
  if (out === undefined) return posting(speech, "nothing");
  const wanted = isText(toJsonSchema(out)) ? "text" : "json";
  // The runtime checks the reply as well, and where nothing stands for it that is enough.
  if (typeof speech.terms.onError !== "object") return posting(speech, wanted);
  return posting(speech, wanted, (reply) =>
    check(out, reply, `the endpoint's answer to ${name}`, "HERMOD_BAD_REPLY"),
  );
}

function posting(speech: Speech, wanted: Wanted, checkReply?: (reply: unknown) => Maybe<void>): Handler {
  const { terms } = speech;
  return async (input, ctx) => {
    try {
      const reply = await exchanged(terms, (trip) => made(speech, wanted, input, ctx, trip), ctx.signal);
      await checkReply?.(reply);
      return reply;
    } catch (error) {
      return otherwise(error, terms, ctx);
    }
  };
}

async function made(
  speech: Speech,
  wanted: Wanted,
  input: unknown,
  ctx: Context,
  trip: Trip,
): Promise<Message> {
  const { operation } = ctx.envelope;
  const url = await speech.urlOf(operation);
  trip.at = shownUrl(url);
  const own = await speech.headersOf(operation);
  trip.secrets = secretsOf(url, own);
  const body = input === undefined ? "null" : toJson(input);
  return { url, headers: { ...own, ...linkHeaders(ctx, wanted) }, body, wanted };
}
