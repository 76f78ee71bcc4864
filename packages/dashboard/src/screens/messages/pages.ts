/** Pages: the history, page after page as one scrolls, the newest first; from a time on in both directions. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import type { MessageRecord, Page } from "../../api/types.ts";
import { toLine } from "./line.ts";
import type { Sheet } from "./rows.ts";

/** How the hub is asked for either direction. */
const order = { older: "newest", newer: "oldest" } as const;
/** Rows of the first page, which is to be there at once, and of the others. */
const FIRST = 100;
const MORE = 500;
/** How often it is asked what is newer, in milliseconds, and how many rows of it. */
const NEWER = { every: 3000, most: 50 };

/** Which part of the history: what a filter lets through, and from what time on, in milliseconds. */
export interface Part {
  readonly where: string;
  readonly from: number | undefined;
}

interface Turn {
  readonly way: Sheet["way"];
  readonly after?: string;
}

export function lines({ where, from }: Part) {
  return infiniteQueryOptions({
    queryKey: ["lines", where, from],
    queryFn: ({ pageParam, signal }) => sheet({ where, from }, pageParam, signal),
    initialPageParam: { way: "older" } as Turn,
    getNextPageParam: ({ next }): Turn | undefined =>
      next === undefined ? undefined : { way: "older", after: next },
    getPreviousPageParam: ({ way, next }): Turn | undefined => {
      if (from === undefined) return undefined;
      if (way === "older") return { way: "newer" };
      return next === undefined ? undefined : { way: "newer", after: next };
    },
    // What was said stays said: only a reader who wants it anew gets it anew.
    staleTime: Infinity,
    gcTime: 120_000,
    structuralSharing: false,
  });
}

async function sheet(part: Part, { way, after }: Turn, signal: AbortSignal): Promise<Sheet> {
  const limit = after === undefined ? FIRST : MORE;
  const query = { where: bounded(part, way, Date.now()), order: order[way], after, limit };
  const { items, next } = await ask<Page<MessageRecord>>("get /v1/history", { query, signal });
  const found = items.map(toLine);
  return { way, lines: way === "older" ? found : found.reverse(), ...(next !== undefined && { next }) };
}

/** The filter with the time from which on it is read. */
export function bounded({ where, from }: Part, way: Sheet["way"], now: number): string {
  if (from === undefined) return where;
  const age = Math.max(0, now - from);
  return `${where} ${way === "older" ? `age:>${age}` : `age:<${age + 1}`}`.trim();
}

/** The newest there is, to be told beside what is read. */
export function newest(where: string) {
  return queryOptions({
    queryKey: ["newest lines", where],
    queryFn: async ({ signal }) => {
      const query = { where, order: order.older, limit: NEWER.most };
      return (await ask<Page<MessageRecord>>("get /v1/history", { query, signal })).items.map(toLine);
    },
    refetchInterval: NEWER.every,
  });
}
