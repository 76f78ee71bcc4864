/** What the tests of HTTP links share: a contract for an endpoint, the ways to post, the stores, and what came of a message. */
import { contract, HermodError, type AgentDefinition, type ErrorRecord } from "hermod";
import { httpAgent, type HttpOptions } from "hermod/http";
import { testClock, type TestClock } from "hermod/testing";
import * as z from "zod";
import { inMemory, onDisk } from "../runtime/stores.ts";
import { caught, type On } from "../runtime/stage.ts";
import type { Endpoint } from "./endpoint.kit.ts";

export const Critic = contract("critic", {
  calls: {
    review: { in: z.object({ text: z.string() }), out: z.object({ ok: z.boolean() }) },
    title: { in: z.string(), out: z.string() },
    any: { in: z.unknown(), out: z.unknown() },
    /** Is tried again: it has no timeout, so that no deadline ends it. */
    insist: { in: z.unknown(), out: z.unknown(), delivery: "at-least-once", timeout: "1h" },
  },
  casts: { note: z.object({ text: z.string() }) },
});

/** The platform's fetch, and Node's own client to addresses that were checked. */
export const ways = {
  "by fetch": {},
  "by a pinned connection": { guard: { allow: ["127.0.0.1"] } },
} as const satisfies Readonly<Record<string, Partial<HttpOptions>>>;

export const stores: Readonly<Record<string, On>> = { memory: inMemory, sqlite: onDisk };

/** The critic at this endpoint. Its timeout goes by a clock of its own, so that the system's can be moved for other things. */
export function criticAt(
  { url }: Pick<Endpoint, "url">,
  options: Partial<HttpOptions> = {},
): { readonly critic: AgentDefinition; readonly timer: TestClock } {
  const timer = testClock();
  return { critic: httpAgent(Critic, { url, clock: timer, ...options }), timer };
}

/** The error inside the called agent that a call ended with. */
export async function failure(call: Promise<unknown>): Promise<ErrorRecord> {
  const error = await caught(call);
  const inner = error.details["error"];
  return (inner ??
    (error.cause instanceof HermodError ? error.cause.toJSON() : error.toJSON())) as ErrorRecord;
}
