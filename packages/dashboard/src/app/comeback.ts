/** Comeback: a hub that was away has gone on without the page: once it is back, all that is shown is asked anew. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLive } from "../live/live.ts";

export function useComeback(): void {
  const client = useQueryClient();
  const { link } = useLive();
  const wasAway = useRef(false);
  useEffect(() => {
    if (link.state === "reconnecting") wasAway.current = true;
    if (link.state !== "live" || !wasAway.current) return;
    wasAway.current = false;
    // What is walked page by page keeps its place, and says itself what is newer.
    void client.invalidateQueries({ predicate: ({ queryKey: [name] }) => name !== "lines" });
  }, [link.state, client]);
}
