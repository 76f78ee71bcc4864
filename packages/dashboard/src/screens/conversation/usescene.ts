/** The scene of a conversation, from its messages and from what the address says of how to see it. */
import { useCallback, useMemo } from "react";
import { useView } from "../../app/view.ts";
import { eventsIn, isOpen as stillOpen, spanOf } from "./drawn.ts";
import type { Scene } from "./scene.ts";
import type { Talk } from "./talk.ts";

export function useScene(talk: Talk, zoom: number, until: number | undefined): Scene {
  const [{ id: chosen, agent, hide, fold }, change] = useView();
  const { id, records, isWhole } = talk;
  const events = useMemo(() => eventsIn(records), [records]);
  const choice = useMemo(
    () => ({ hidesReplies: hide === "replies", focus: agent, folded: new Set(fold?.split(",") ?? []) }),
    [hide, agent, fold],
  );
  const choose = useCallback((next: string | undefined) => change({ id: next }), [change]);
  const focus = useCallback((next: string | undefined) => change({ agent: next }, false), [change]);
  const toggle = useCallback(
    (group: string) => {
      const folded = new Set(choice.folded);
      if (!folded.delete(group)) folded.add(group);
      change({ fold: [...folded].join(",") || undefined }, false);
    },
    [choice, change],
  );
  const begins = isWhole ? chosen === undefined && goesOn(records) : undefined;
  const isOpen = useMemo(() => records.some(stillOpen), [records]);
  const start = useMemo(() => spanOf(records.slice(0, 1)).from, [records]);
  return useMemo(
    () => ({
      id,
      records,
      events,
      start,
      choice,
      zoom,
      chosen,
      until,
      isOpen,
      begins,
      choose,
      focus,
      fold: toggle,
    }),
    [id, records, events, start, choice, zoom, chosen, until, isOpen, begins, choose, focus, toggle],
  );
}

/** What happened a moment ago goes on, as far as one can tell, in milliseconds. */
const LATELY = 10_000;

/** What goes on is followed, unless one was sent to a message of it. */
function goesOn(records: Talk["records"]): boolean {
  return records.some(stillOpen) || Date.now() - spanOf(records).to < LATELY;
}
