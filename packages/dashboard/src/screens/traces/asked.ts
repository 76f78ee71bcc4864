/** What is asked of traces: which there are, and the spans of one, put side by side as soon as they come: nothing else of the answer is kept. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { isInFlight, spansOf, type SpanLine, type Spans } from "@hermod/hub/drawing";
import { ask } from "../../api/client.ts";
import type { ConversationSummary, Page } from "../../api/types.ts";

/** Of a trace in flight: how often it is asked for, and one millisecond more for each of its messages. */
const OFTEN = 2000;
/** How often one that has ended is looked at for more, while it is short. */
const SELDOM = 10_000;
const SHORT = 2000;
/** Most messages of one trace. */
const MOST = 30_000;

/** How long a trace took: at least and at most. */
export interface Took {
  readonly longer: string;
  readonly shorter: string;
}

/** "5s-1m", "5s-", "-1m"; anything else is no bound. */
export function toTook(text = ""): Took {
  const [longer = "", shorter = ""] = text.split("-");
  return { longer: isDuration(longer) ? longer : "", shorter: isDuration(shorter) ? shorter : "" };
}

export const tookText = ({ longer, shorter }: Took): string | undefined =>
  longer === "" && shorter === "" ? undefined : `${longer}-${shorter}`;

export const isDuration = (text: string): boolean => /^\d{1,12}(\.\d{1,6})?(ms|s|m|h|d)?$/u.test(text);

export const tracesQuery = (where: string, { longer, shorter }: Took) =>
  infiniteQueryOptions({
    queryKey: ["traces", where, longer, shorter],
    queryFn: ({ pageParam: after, signal }) =>
      ask<Page<ConversationSummary>>("get /v1/traces", {
        query: { where, longer, shorter, after, limit: 50 },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }: Page<ConversationSummary>) => next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : OFTEN),
  });

export interface Trace {
  readonly spans: Spans;
  /** Messages, answers among them. */
  readonly messages: number;
  /** False where there are more. */
  readonly isWhole: boolean;
}

export const traceQuery = (id: string) =>
  queryOptions({
    queryKey: ["trace", id],
    queryFn: ({ signal }) => traceOf(id, signal),
    // Lists of numbers are compared by nobody.
    structuralSharing: false,
    refetchInterval: ({ state: { data } }) => {
      if (!data) return false;
      if (isInFlight(data.spans)) return OFTEN + data.messages;
      return data.messages <= SHORT && SELDOM;
    },
  });

async function traceOf(id: string, signal: AbortSignal): Promise<Trace> {
  const lines: SpanLine[] = [];
  let after: string | undefined;
  do {
    const page = await ask<Page<SpanLine>>(`get /v1/traces/${encodeURIComponent(id)}`, {
      query: { after },
      signal,
    });
    for (const line of page.items) lines.push(line);
    after = page.next;
  } while (after !== undefined && lines.length < MOST);
  return { spans: spansOf(lines), messages: lines.length, isWhole: after === undefined };
}
