/** Known: what a filter may ask for, as far as the page has heard of it: the agents of the hub, and operations that were seen. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { queries } from "../../api/queries.ts";
import { live } from "../../live/live.ts";
import type { Known } from "./terms.ts";

/** Of the newest messages so many are looked at. */
const SEEN = 500;
const STALE = 30_000;

/** Asked only while somebody types. */
export function useKnown(isTyping: boolean): Known {
  const { data } = useQuery({
    ...queries.agents,
    enabled: isTyping,
    staleTime: STALE,
    refetchInterval: false,
  });
  return useMemo(() => {
    if (!isTyping) return {};
    const agents = (data ?? []).map(({ name }) => name);
    const { operations, topics } = heard();
    return { from: agents, to: agents, operation: operations, topic: topics };
  }, [data, isTyping]);
}

function heard(): { readonly operations: readonly string[]; readonly topics: readonly string[] } {
  const [operations, topics] = [new Set<string>(), new Set<string>()];
  const { log } = live;
  for (let at = Math.max(log.first, log.next - SEEN); at < log.next; at++) {
    const entry = log.at(at);
    if (entry?.kind !== "message") continue;
    if (entry.operation !== "") operations.add(entry.operation);
    if (entry.topic !== undefined) topics.add(entry.topic);
  }
  return { operations: [...operations], topics: [...topics] };
}
