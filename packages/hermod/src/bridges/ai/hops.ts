/** Hops: where on the way to a model a call can fail, how that is recognised, and what to do about it. */

/** What the SDK's errors of an HTTP call carry. */
export interface HttpError {
  readonly statusCode?: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: string;
  readonly url?: string;
}

/** One place on the way. */
export interface Hop {
  readonly name: string;
  /** What has happened there. */
  readonly what: string;
  /** True where the same call may succeed later. */
  readonly retryable: boolean;
  readonly hint: string;
}

const hop = (name: string, what: string, retryable: boolean, hint: string): Hop => ({
  name,
  what,
  retryable,
  hint,
});

const BASE = "the base URL (OPENAI_BASE_URL)";
const hops = {
  dns: hop(
    "dns",
    "its host has no address",
    true,
    `Check the host's name in ${BASE}, and the machine's DNS.`,
  ),
  refused: hop(
    "refused",
    "nothing listens there",
    true,
    `Start the endpoint, or check host and port in ${BASE}.`,
  ),
  tls: hop(
    "tls",
    "no secure connection could be made",
    false,
    `Check https or http in ${BASE}, and the endpoint's certificate; NODE_EXTRA_CA_CERTS names your own authority.`,
  ),
  slow: hop(
    "slow",
    "the endpoint did not answer in time",
    true,
    "Look at the endpoint's load and at the network between. A connection that is silent for 5 minutes is given up: with an LLM_TIMEOUT beyond 5m answers are asked for in pieces, otherwise use ctx.model.stream.",
  ),
  cut: hop(
    "cut",
    "the connection was cut",
    true,
    "The endpoint or something between ended the connection; the same call may succeed.",
  ),
  network: hop(
    "network",
    "the endpoint was not reached",
    true,
    `Check ${BASE}, proxies and firewalls; \`cause\` has the network's own words.`,
  ),
  key: hop(
    "key",
    "the endpoint refused the key",
    false,
    "Check the key (OPENAI_API_KEY): that it is of this endpoint, whole, not revoked, and may use this model.",
  ),
  quota: hop(
    "quota",
    "the account has nothing left to spend",
    false,
    "Pay, or raise the limit of the account that the key (OPENAI_API_KEY) belongs to.",
  ),
  path: hop(
    "path",
    "the endpoint knows no such path or model",
    false,
    `Check the model's name (LLM_MODEL), and that ${BASE} ends where its API begins, often in /v1.`,
  ),
  request: hop(
    "request",
    "the endpoint refused the request",
    false,
    "Read `cause`: what the endpoint does not take, such as a tool, a schema, an option, or a prompt that is too long.",
  ),
  rate: hop("rate", "the endpoint takes no more for now", true, ""),
  server: hop(
    "server",
    "the endpoint failed",
    true,
    "The endpoint's own trouble or load; the same call may succeed later.",
  ),
  answer: hop(
    "answer",
    "what came back is no answer",
    true,
    `The answer was cut short or is no chat completion; where it stays, check that ${BASE} is an OpenAI-compatible API.`,
  ),
} as const;

/** The hop at which a call has failed. A network's code tells more than the status that came before it. */
export function hopOf(thrown: unknown, http: HttpError): Hop {
  const name = codesOf(thrown)
    .map(ofCode)
    .find((found) => found !== undefined);
  if (name !== undefined) return hops[name];
  const { statusCode, responseBody = "", url } = http;
  if (statusCode !== undefined) return hops[ofStatus(statusCode, responseBody)];
  if (url !== undefined) return hops.network;
  // What is no Error was said by the endpoint itself, in the middle of a stream.
  return thrown instanceof Error ? hops.answer : hops.server;
}

type HopName = keyof typeof hops;

const statuses: Readonly<Record<number, HopName>> = {
  ...{
    401: "key",
    403: "key",
    402: "quota",
    404: "path",
    405: "path",
    408: "slow",
    409: "server",
    429: "rate",
  },
};

function ofStatus(status: number, body: string): HopName {
  if (status === 429 && /insufficient_quota|billing_hard_limit/.test(body)) return "quota";
  // Larger than the whole limit of a minute: waiting does not help.
  if (status === 429 && /request too large/i.test(body)) return "request";
  if (status === 400 && /model_not_found/.test(body)) return "path";
  if (status >= 200 && status < 300) return "answer";
  return statuses[status] ?? (status >= 500 ? "server" : "request");
}

const codes: readonly (readonly [RegExp, HopName])[] = [
  [/^(ENOTFOUND|EAI_\w+)$/, "dns"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "refused"],
  [/CERT|^ERR_(TLS|SSL)|^EPROTO$|^UNABLE_TO_/, "tls"],
  [/^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/, "slow"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, "cut"],
];

function ofCode(code: string): HopName | undefined {
  return codes.find(([pattern]) => pattern.test(code))?.[1];
}

function codesOf(thrown: unknown): readonly string[] {
  return chainOf(thrown).flatMap(({ code }) => (typeof code === "string" ? [code] : []));
}

/** An error, what caused it, and so on. */
export function chainOf(thrown: unknown): readonly (Error & { readonly code?: unknown })[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && chain.length < 8; error = error.cause) chain.push(error);
  return chain;
}
