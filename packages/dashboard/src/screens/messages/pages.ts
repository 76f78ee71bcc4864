/** Pages: the history, page after page as one scrolls, the newest first; from a time on in both directions. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import type { MessageRecord, Page } from "../../api/types.ts";
import { BRIEF } from "../../parts/cut.ts";
import { toLine } from "./line.ts";
import type { Sheet } from "./rows.ts";

/** How the hub is asked for either direction. */
const order = { older: "newest", newer: "oldest" } as const;
/** Rows of the first page, which is to be there at once, and of the others. */
const FIRST = 100;
const MORE = 500;
/** How far clocks may be apart, in milliseconds. */
const SLACK = 5000;
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
  const query = { where: bounded(part, way, Date.now()), order: order[way], after, limit, cut: BRIEF };
  const { items, next } = await ask<Page<MessageRecord>>("get /v1/history", { query, signal });
  const found = items.map(toLine);
  const isScan = next !== undefined && found.length < limit / 2 && way === "older";
  const reached = isScan ? await timeAt(next, signal) : undefined;
  return {
    ...{ way, lines: way === "older" ? found : found.reverse() },
    ...(next !== undefined && { next }),
    ...(reached !== undefined && { reached }),
  };
}

/** When the message at a place of the history was sent: a search that finds little says how far back it is. */
async function timeAt(after: string, signal: AbortSignal): Promise<number | undefined> {
  const query = { order: order.older, after, limit: 1, cut: BRIEF };
  const [record] = (await ask<Page<MessageRecord>>("get /v1/history", { query, signal })).items;
  return record && Date.parse(record.envelope.sentAt);
}

/** The filter with the time from which on it is read. */
export function bounded({ where, from }: Part, way: Sheet["way"], now: number): string {
  if (from === undefined) return where;
  const age = Math.max(0, now - from);
  return `${where} ${way === "older" ? `age:>${age}` : `age:<${age + 1}`}`.trim();
}

/** The newest since a time, to be told beside what is read; only as far back is it searched. */
export function newest(where: string, since: number) {
  return queryOptions({
    queryKey: ["newest lines", where, since],
    queryFn: async ({ signal }) => {
      const bound = bounded({ where, from: since - SLACK }, "newer", Date.now());
      const query = { where: bound, order: order.older, limit: NEWER.most, cut: BRIEF };
      return (await ask<Page<MessageRecord>>("get /v1/history", { query, signal })).items.map(toLine);
    },
    refetchInterval: NEWER.every,
  });
}
