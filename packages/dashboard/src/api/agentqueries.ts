/** Agent queries: what is asked of one agent: how it does, what waits for it, what it works on, and what it said lately. */
import { queryOptions } from "@tanstack/react-query";
import { BRIEF } from "../parts/cut.ts";
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
        ask<Page<Envelope>>(`get /v1/mailboxes/${at(name)}`, { query: { limit: MOST, cut: BRIEF }, signal }),
      refetchInterval: OFTEN,
    }),
  delayed: (name: string) =>
    queryOptions({
      queryKey: ["delayed", name],
      queryFn: ({ signal }) =>
        ask<Page<Delayed>>(`get /v1/mailboxes/${at(name)}/delayed`, {
          query: { limit: MOST, cut: BRIEF },
          signal,
        }),
      refetchInterval: OFTEN,
    }),
  running: (name: string) =>
    queryOptions({
      queryKey: ["running", name],
      queryFn: ({ signal }) =>
        ask<Page<MessageRecord>>("get /v1/history", {
          query: { agent: name, where: `to:${JSON.stringify(name)} state:running`, limit: MOST, cut: BRIEF },
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
      queryFn: ({ signal }) =>
        ask<Page<MessageRecord>>("get /v1/history", {
          query: { agent: name, order: "newest", limit: MOST, cut: BRIEF },
          signal,
        }),
      select: ({ items }: Page<MessageRecord>) => items,
      refetchInterval: SELDOM,
    }),
};
