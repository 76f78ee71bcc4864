/** Lines in use: the rows that are there, how to get more of them, and what has come since. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { lines, newest, type Part } from "./pages.ts";
import { Rows } from "./rows.ts";

/** Above this many rows a browser's scroller gives out. */
export const MOST_ROWS = 400_000;

export interface Lines {
  readonly rows: Rows;
  readonly error: Error | null;
  readonly isAsking: boolean;
  /** A search that finds little goes on until it is stopped. */
  readonly isStopped: boolean;
  /** True when there is nothing older. */
  readonly isWhole: boolean;
  readonly isFull: boolean;
  /** How many have come since, at least. */
  readonly fresh: number;
  readonly onEnd: (way: "older" | "newer") => void;
  readonly stop: () => void;
  readonly goOn: () => void;
  /** Asks once more for what could not be had. */
  readonly again: () => void;
  /** From the newest on, anew. */
  readonly anew: () => void;
}

export function useLines(part: Part): Lines {
  const { where, from } = part;
  const client = useQueryClient();
  const [stopped, setStopped] = useState<string>();
  const key = `${where}\n${from}`;
  const isStopped = stopped === key;
  const query = useInfiniteQuery(lines(part));
  const {
    data,
    error,
    isFetching,
    hasNextPage,
    hasPreviousPage,
    fetchNextPage,
    fetchPreviousPage,
    refetch,
    dataUpdatedAt,
  } = query;
  const rows = useMemo(() => new Rows(data?.pages), [data]);
  const isFull = rows.count >= MOST_ROWS;
  const mayAsk = !isFetching && !isStopped && error === null && !isFull;
  const onEnd = useCallback(
    (way: "older" | "newer") => {
      if (!mayAsk) return;
      if (way === "older" && hasNextPage) void fetchNextPage();
      if (way === "newer" && hasPreviousPage) void fetchPreviousPage();
    },
    [mayAsk, hasNextPage, hasPreviousPage, fetchNextPage, fetchPreviousPage],
  );
  const stop = useCallback(() => {
    setStopped(key);
    void client.cancelQueries({ queryKey: ["lines", where, from] });
  }, [client, key, where, from]);
  const anew = useCallback(() => {
    setStopped(undefined);
    void client.resetQueries({ queryKey: ["lines", where] });
  }, [client, where]);
  return {
    ...{ rows, error, isStopped, isFull, onEnd, stop, anew },
    again: () => void (data === undefined ? refetch() : fetchNextPage()),
    isAsking: isFetching,
    isWhole: data !== undefined && !hasNextPage,
    fresh: useFresh(part, rows, dataUpdatedAt),
    goOn: useCallback(() => {
      setStopped(undefined);
      // Where the first page was stopped there is no next one.
      if (data === undefined) void refetch();
    }, [data, refetch]),
  };
}

/** How many of the newest are not among the rows; none while they are read from a time on. */
function useFresh({ where, from }: Part, rows: Rows, readAt: number): number {
  const first = rows.at(0);
  const isAsked = from === undefined && readAt > 0;
  const { data } = useQuery({ ...newest(where, first?.sentAt ?? readAt), enabled: isAsked });
  if (data === undefined || !isAsked) return 0;
  const known = data.findIndex(({ key, sentAt }) => key === first?.key || sentAt < (first?.sentAt ?? readAt));
  return known < 0 ? data.length : known;
}
