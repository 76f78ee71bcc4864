/** Webhook: an agent that tells a URL what it is told, such as the ends of tasks: `onDone: ["billing", "done"]`. */
import { agent, type AgentDefinition } from "../../agent/agent.ts";
import type { Context } from "../../agent/context.ts";
import type { AnyContract, Target, TaskDone } from "../../agent/target.ts";
import { toJson } from "../../core/codec.ts";
import { isContract } from "../../core/contract.ts";
import { HermodError } from "../../core/errors.ts";
import type { Trip } from "./errors.ts";
import { exchanged, type Message } from "./exchange.ts";
import { linkHeaders } from "./headers.ts";
import { secretsIn } from "./hidden.ts";
import {
  checkLink,
  nameOf,
  toTerms,
  toUrl,
  type GuardOptions,
  type LinkOptions,
  type Terms,
} from "./options.ts";
import { otherwise } from "./otherwise.ts";
import { signatureOf, toKeys, type Secrets } from "./signature.ts";

/** Options of a webhook, besides those of any agent. `concurrency` is 8 by default, and `retry` 8 times, from 5 s tripling to 1 h. */
export interface WebhookOptions extends Omit<LinkOptions, "maxAnswer">, GuardOptions {
  /** Where it is told. All of it but its origin is taken for secret. */
  readonly url: string | URL;
  /** Signs what is sent: "whsec_" and base64, or text, of at least 24 bytes; a list while secrets change, the newest first. Default unsigned. */
  readonly secret?: Secrets;
  /** Keeps 500 characters of an answer that is none of 2xx in its error, for whoever looks for what is wrong; default false: its status and content type alone. */
  readonly quoteRefusals?: boolean;
}

/**
 * An agent that posts what it gets, as Standard Webhooks has it: `webhook("billing", { url, secret })`, or with a contract of casts. Only hosts of the
 * public internet are posted to, and those of `allow`; redirects are errors, and what the answer holds is not read, unless `quoteRefusals` says so.
 * @throws HermodError HERMOD_BAD_OPTION; its messages end with HERMOD_TIMEOUT, HERMOD_HTTP_STATUS, HERMOD_HTTP or HERMOD_HTTP_BLOCKED.
 */
export function webhook(target: Target, options: WebhookOptions): AgentDefinition {
  const what = `webhook ${nameOf(target)}`;
  checkLink(what, options, ["url", "secret", "allow", "quoteRefusals"]);
  const { url, secret, allow = [], quoteRefusals: quotes = false, timeout, clock, ...rest } = options;
  const post = telling({
    terms: toTerms(what, { guard: { allow }, quotes, timeout, clock }),
    url: toUrl(`${what} url`, url),
    keys: toKeys(`${what} secret`, secret),
  });
  const on = Object.fromEntries(heardBy(what, target).map((name) => [name, post]));
  return agent(target as string, { ...defaults, ...rest, on } as never);
}

const defaults = { concurrency: 8, retry: { retries: 8, base: "5s", factor: 3, cap: "1h" } } as const;

/** The end of a task comes as a result or an error. */
const untyped = ["result", "error", "notification"];

function heardBy(what: string, target: Target): readonly string[] {
  if (!isContract(target)) return untyped;
  const operations = [...(target as AnyContract).operations.values()];
  const call = operations.find(({ kind }) => kind === "call");
  if (call === undefined) return operations.map(({ name }) => name);
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${what} has the call ${call.name}, and a webhook answers nothing`,
    {
      details: { operation: call.name },
      hint: "Declare it among the contract's casts, or use httpAgent, which answers.",
    },
  );
}

interface Teller {
  readonly terms: Terms;
  readonly url: URL;
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
}

function telling(teller: Teller) {
  const { terms } = teller;
  return async (input: unknown, ctx: Context): Promise<void> => {
    try {
      await exchanged(terms, (trip) => made(teller, input, ctx, trip), ctx.signal);
    } catch (error) {
      otherwise(error, terms, ctx);
    }
  };
}

/** The id and the body are the same at every attempt; the time is that of the attempt, since old ones are refused. */
async function made(
  { terms, url, keys }: Teller,
  input: unknown,
  ctx: Context,
  trip: Trip,
): Promise<Message> {
  trip.at = url.origin;
  trip.secrets = secretsIn(url);
  const { id, sentAt } = ctx.envelope;
  const timestamp = Math.floor(terms.clock.now() / 1000);
  const body = toJson({
    type: kindOf(input, ctx),
    timestamp: new Date(sentAt).toISOString(),
    data: input ?? null,
  });
  const headers = {
    ...linkHeaders(ctx, "nothing"),
    ...{ "webhook-id": id, "webhook-timestamp": String(timestamp) },
    ...(keys.length > 0 && { "webhook-signature": await signatureOf(keys, { id, timestamp, body }) }),
  };
  return { url, headers, body, wanted: "nothing" };
}

/** `task.done`, `task.failed` or `task.cancelled`; of anything else its operation. */
function kindOf(input: unknown, { envelope }: Context): string {
  const { task, state } = Object(input) as Partial<TaskDone>;
  return typeof task === "string" && typeof state === "string" ? `task.${state}` : envelope.operation;
}
