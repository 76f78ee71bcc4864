/** Queries: what the page asks for again and again, each under one name. What is looked at is asked anew every few seconds, and nothing else. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { BRIEF, CUT } from "../parts/cut.ts";
import { ask } from "./client.ts";
import type {
  AgentStatus,
  AuditPage,
  BreakerStatus,
  ConfigLine,
  Child,
  ConversationSummary,
  DeadLetterGroup,
  DelayedList,
  HubStatus,
  JobList,
  Me,
  MessageRecord,
  Page,
  Question,
  Range,
  Series,
  Statistics,
  SystemStatus,
  Traffic,
  TokenList,
  ViewList,
} from "./types.ts";

/** How often what is on the screen is asked anew, in milliseconds. */
const OFTEN = 2000;
/** How often what changes slowly, or costs the hub a look at much, is asked anew. */
const SELDOM = 10_000;

const AT_ONCE = 350;
/** Places of which the answer is large. */
const MANY = 2000;

function placesIn(systems: readonly SystemStatus[]): number {
  const count = (places: readonly Child[]): number =>
    places.reduce((sum, { children = [] }) => sum + 1 + count(children), 0);
  return systems.reduce((sum, { tree = [] }) => sum + count(tree), 0);
}

interface List<T> {
  readonly items: readonly T[];
}

function listed<T>(name: string, path: string, every = OFTEN) {
  return queryOptions({
    queryKey: [name],
    queryFn: ({ signal }) => ask<List<T>>(`get ${path}`, { signal }),
    select: ({ items }: List<T>) => items,
    refetchInterval: every,
  });
}

export const queries = {
  agents: listed<AgentStatus>("agents", "/v1/agents"),
  breakers: listed<BreakerStatus>("breakers", "/v1/breakers"),
  systems: listed<SystemStatus>("systems", "/v1/systems"),
  /** As often as a crash is to be seen within a second; of very many places less often. */
  systemsNow: queryOptions({
    ...listed<SystemStatus>("systems", "/v1/systems"),
    refetchInterval: ({ state: { data } }) => (placesIn(data?.items ?? []) > MANY ? OFTEN : AT_ONCE),
  }),
  delayed: queryOptions({
    queryKey: ["delayed of all"],
    queryFn: ({ signal }) =>
      ask<DelayedList>("get /v1/delayed", { query: { limit: 200, cut: BRIEF }, signal }),
    refetchInterval: OFTEN,
  }),
  questions: listed<Question>("questions", "/v1/questions"),
  statistics: queryOptions({
    queryKey: ["statistics"],
    queryFn: ({ signal }) => ask<Statistics>("get /v1/statistics", { signal }),
    refetchInterval: OFTEN,
  }),
  me: queryOptions({
    queryKey: ["me"],
    queryFn: ({ signal }) => ask<Me>("get /v1/me", { signal }),
    staleTime: 60_000,
  }),
  hub: queryOptions({
    queryKey: ["hub"],
    queryFn: ({ signal }) => ask<HubStatus>("get /v1/hub", { signal }),
    refetchInterval: OFTEN,
  }),
  series: (range: Range) =>
    queryOptions({
      queryKey: ["series", range],
      queryFn: ({ signal }) => ask<Series>("get /v1/statistics/series", { query: { range }, signal }),
      refetchInterval: range === "5m" ? OFTEN : SELDOM,
    }),
  edges: queryOptions({
    queryKey: ["edges"],
    queryFn: ({ signal }) => ask<Traffic>("get /v1/statistics/edges", { query: { limit: 5000 }, signal }),
    refetchInterval: OFTEN,
  }),
  audit: queryOptions({
    queryKey: ["audit"],
    queryFn: ({ signal }) => ask<AuditPage>("get /v1/audit", { query: { limit: 200 }, signal }),
  }),
  /** The store keeps their number. */
  deadLetterCount: queryOptions({
    queryKey: ["dead letter count"],
    queryFn: ({ signal }) => ask<{ readonly count: number }>("get /v1/dead-letters/count", { signal }),
    select: ({ count }: { readonly count: number }) => count,
    refetchInterval: OFTEN,
  }),
  views: queryOptions({
    queryKey: ["views"],
    queryFn: ({ signal }) => ask<ViewList>("get /v1/views", { signal }),
  }),
  tokens: queryOptions({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => ask<TokenList>("get /v1/tokens", { signal }),
  }),
  config: queryOptions({
    queryKey: ["config"],
    queryFn: ({ signal }) => ask<List<ConfigLine>>("get /v1/hub/config", { signal }),
    select: ({ items }: List<ConfigLine>) => items,
  }),
  /** Asked often while something runs. */
  jobs: queryOptions({
    queryKey: ["jobs"],
    queryFn: ({ signal }) => ask<JobList>("get /v1/store/jobs", { signal }),
    refetchInterval: ({ state: { data } }) =>
      data?.items.some(({ state }) => state === "running") ? 300 : SELDOM,
  }),
  /** Whoever may not read of everything has to say of which agent. */
  deadLetterGroups: (where: string, agent?: string) =>
    queryOptions({
      queryKey: ["dead letter groups", where, agent],
      queryFn: ({ signal }) =>
        ask<List<DeadLetterGroup>>("get /v1/dead-letters/groups", { query: { where, agent }, signal }),
      select: ({ items }: List<DeadLetterGroup>) => items,
      // The hub reads all of them for it: the more there are, the more seldom.
      refetchInterval: ({ state: { data } }) =>
        SELDOM * (1 + Math.floor((data?.items ?? []).reduce((sum, { count }) => sum + count, 0) / 1000)),
    }),
  newestConversations: listed<ConversationSummary>("newest conversations", "/v1/conversations"),
  /** The newest are asked for again and again until one reads on. */
  conversations: (where: string) =>
    infiniteQueryOptions({
      queryKey: ["conversations", where],
      queryFn: ({ pageParam: after, signal }) =>
        ask<Page<ConversationSummary>>("get /v1/conversations", {
          query: { where, after, limit: 50 },
          signal,
        }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ next }: Page<ConversationSummary>) => next,
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : OFTEN),
    }),
  message: (id: string) =>
    queryOptions({
      queryKey: ["message", id],
      queryFn: ({ signal }) =>
        ask<Page<MessageRecord>>("get /v1/history", {
          query: { where: `id:${JSON.stringify(id)}`, cut: CUT },
          signal,
        }),
      select: ({ items }: Page<MessageRecord>) => items,
      refetchInterval: OFTEN,
    }),
};
