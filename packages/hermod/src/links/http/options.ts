/** Options of links: what a user says about an endpoint, checked. Neither a header's value nor a URL's query is ever shown. */
import { agentOptions, type AgentOptions } from "../../agent/agent.ts";
import type { Target } from "../../agent/target.ts";
import { isContract } from "../../core/contract.ts";
import { toAgentName } from "../../core/address.ts";
import { systemClock, type Clock } from "../../core/clock.ts";
import { show, type Duration } from "../../core/duration.ts";
import { HermodError } from "../../core/errors.ts";
import { aDuration, aFlag, aList, aRecord, aText, checkOptions, wholeNumber } from "../../core/options.ts";
import { hostOf } from "./host.ts";
import type { Post } from "./post.ts";
import { wayOf } from "./way.ts";

/** What becomes of a failure: "retry" leaves it to the message's own policy, "error" tells the asker at once, a default value stands for the answer. */
export type Otherwise = "retry" | "error" | { readonly default: unknown };

/** Which hosts may be private. */
export interface GuardOptions {
  /** Names or addresses of hosts, as they stand in URLs, that may be of a private network; default none. */
  readonly allow?: readonly string[];
}

/** What links have in common, besides the options of any agent. */
export interface LinkOptions extends Omit<AgentOptions<undefined>, "state"> {
  /** Longest time of one attempt, from the first byte sent to the last one received; default "10s". The message's own deadline may end it before. */
  readonly timeout?: Duration;
  /** Longest answer in bytes; default 1 MiB. */
  readonly maxAnswer?: number;
  /** What `timeout` is measured by; default the machine's clock. */
  readonly clock?: Clock;
}

/** The options of a link, checked and complete. */
export interface Terms {
  readonly post: Post;
  readonly timeout: number;
  readonly maxAnswer: number;
  readonly clock: Clock;
  readonly redirects: number;
  /** Whether the error for a refusal holds the beginning of what it says. */
  readonly quotes: boolean;
  readonly onTimeout: Otherwise;
  readonly onError: Otherwise;
}

/** For errors. @throws HermodError HERMOD_BAD_ADDRESS. */
export function nameOf(target: Target): string {
  return toAgentName(isContract(target) ? target.address : target);
}

/** A link has options of its own, and those of any agent but what it handles and keeps. @throws HermodError HERMOD_BAD_OPTION. */
export function checkLink(what: string, options: object, own: readonly string[]): void {
  const shared = agentOptions.filter((name) => name !== "on" && name !== "state");
  checkOptions(what, options, [...own, "timeout", "clock", ...shared]);
}

interface Given {
  readonly timeout?: Duration | undefined;
  readonly maxAnswer?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly onTimeout?: Otherwise | undefined;
  readonly onError?: Otherwise | undefined;
  readonly redirects?: number | undefined;
  readonly guard?: boolean | GuardOptions | undefined;
  readonly quotes?: boolean | undefined;
}

/** @throws HermodError HERMOD_BAD_OPTION. */
export function toTerms(what: string, given: Given): Terms {
  const { timeout = "10s", maxAnswer = 1_048_576, redirects = 0, clock = systemClock } = given;
  const { onTimeout = "retry", onError = "retry", guard = false, quotes = true } = given;
  const ms = aDuration(`${what} timeout`, timeout, 1);
  return Object.freeze({
    ...{ timeout: ms, clock, post: wayOf(ms, toAllowed(`${what} guard`, guard)) },
    maxAnswer: wholeNumber(`${what} maxAnswer`, maxAnswer, 1),
    quotes: aFlag(`${what} quoteRefusals`, quotes),
    redirects: wholeNumber(`${what} redirects`, redirects, 0, 20),
    onTimeout: toOtherwise(`${what} onTimeout`, onTimeout),
    onError: toOtherwise(`${what} onError`, onError),
  });
}

function toOtherwise(name: string, given: unknown): Otherwise {
  if (given === "retry" || given === "error") return given;
  if (typeof given === "object" && given !== null && Object.keys(given).join() === "default")
    return given as Otherwise;
  throw bad(name, `must be "retry", "error" or { default: value }, got ${show(given)}`);
}

/** The hosts that may be private; undefined without a guard. */
function toAllowed(name: string, guard: boolean | GuardOptions): ReadonlySet<string> | undefined {
  if (guard === false) return undefined;
  const options = guard === true ? {} : guard;
  checkOptions(name, options, ["allow"]);
  return new Set(aList(`${name}.allow`, options.allow ?? []).map((host) => toHost(`${name}.allow`, host)));
}

/** Written as a URL has it, so that one host is one name. */
function toHost(name: string, given: string): string {
  const host = aText(name, given);
  const text = `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}/`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    host.includes("*") ||
    url.port !== "" ||
    url.pathname !== "/" ||
    url.username !== "" ||
    url.search !== ""
  )
    throw bad(name, `must be names of hosts, each in full, without scheme and port, got ${show(given)}`);
  return hostOf(url);
}

/** A URL to post to. @throws HermodError HERMOD_BAD_OPTION. */
export function toUrl(name: string, given: unknown): URL {
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== "string" || !URL.canParse(text)) throw bad(name, "must be a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw bad(name, `must begin with http:// or https://, not with ${url.protocol}`);
  if (url.username !== "" || url.password !== "")
    throw bad(name, "must not hold a name and password: give them in headers");
  return url;
}

/** What the link says by itself. */
const reserved =
  /^(accept|accept-encoding|connection|content-(length|type|encoding)|expect|host|idempotency-key|hermod-.*|keep-alive|te|traceparent|trailer|transfer-encoding|upgrade|webhook-.*)$/;

/** Headers of the user's own, with names in lower case. @throws HermodError HERMOD_BAD_OPTION naming the header. */
export function toHeaders(name: string, given: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(aRecord(name, given) as object).map(([header, value]: [string, unknown]) => {
    const lower = header.toLowerCase();
    if (reserved.test(lower)) throw bad(name, `must not hold ${show(header)}: the link sets it`);
    return [lower, checkHeader(name, lower, value)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}

function checkHeader(name: string, header: string, value: unknown): string {
  try {
    if (typeof value === "string") return new Headers([[header, value]]).get(header) ?? value;
  } catch {
    // Its error shows the value.
  }
  throw bad(name, `must be names with values of text on one line; ${show(header)} is not`);
}

function bad(option: string, rule: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${option} ${rule}`, { details: { option } });
}
