/** Agent queries: what is asked of one agent: how it does, what waits for it, what it works on, and what it said lately. */
import { queryOptions } from "@tanstack/react-query";
import { ask } from "./client.ts";
import type { AgentDetail, AgentState, Delayed, Envelope, MessageRecord, Page } from "./types.ts";

/** How often, in milliseconds; what is said is asked for less often, since it is more. */
const OFTEN = 2000;
const SELDOM = 4000;
/** Most messages of a list. */
const MOST = 50;

const at = (name: string): string => encodeURIComponent(name);

export const agentQueries = {
  detail: (name: string) =>
    queryOptions({
      queryKey: ["agent", name],
      queryFn: ({ signal }) => ask<AgentDetail>(`get /v1/agents/${at(name)}`, { signal }),
      refetchInterval: OFTEN,
    }),
  waiting: (name: string) =>
    queryOptions({
      queryKey: ["waiting", name],
      queryFn: ({ signal }) =>
        ask<Page<Envelope>>(`get /v1/mailboxes/${at(name)}`, { query: { limit: MOST }, signal }),
      refetchInterval: OFTEN,
    }),
  delayed: (name: string) =>
    queryOptions({
      queryKey: ["delayed", name],
      queryFn: ({ signal }) =>
        ask<Page<Delayed>>(`get /v1/mailboxes/${at(name)}/delayed`, { query: { limit: MOST }, signal }),
      refetchInterval: OFTEN,
    }),
  running: (name: string) =>
    queryOptions({
      queryKey: ["running", name],
      queryFn: ({ signal }) =>
        ask<Page<MessageRecord>>("get /v1/history", {
          query: { agent: name, where: `to:${JSON.stringify(name)} state:running`, limit: MOST },
          signal,
        }),
      select: ({ items }: Page<MessageRecord>) => items,
      refetchInterval: OFTEN,
    }),
  state: (name: string, key: string) =>
    queryOptions({
      queryKey: ["state", name, key],
      queryFn: ({ signal }) =>
        ask<AgentState>(`get /v1/agents/${at(name)}/state`, { query: { key }, signal }),
      staleTime: 0,
    }),
  recent: (name: string) =>
    queryOptions({
      queryKey: ["recent", name],
      queryFn: ({ signal }) => recentOf(name, signal),
      refetchInterval: SELDOM,
    }),
};

/** Spans that are looked through for enough messages, the shortest first; the history is told from its oldest on. */
const spans = ["1m", "15m", "2h", "7d"] as const;
const ENOUGH = 20;
const PAGES = 5;

/** What an agent sent and got last, the newest first. */
async function recentOf(name: string, signal: AbortSignal): Promise<readonly MessageRecord[]> {
  let found: readonly MessageRecord[] = [];
  for (const span of spans) {
    found = await lastOf(name, span, signal);
    if (found.length >= ENOUGH) break;
  }
  return found.toReversed();
}

async function lastOf(name: string, span: string, signal: AbortSignal): Promise<readonly MessageRecord[]> {
  let last: readonly MessageRecord[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query = { agent: name, where: `age:<${span}`, limit: 1000, after };
    const { items, next } = await ask<Page<MessageRecord>>("get /v1/history", { query, signal });
    last = [...last, ...items].slice(-MOST);
    after = next;
    if (after === undefined) break;
  }
  return last;
}
