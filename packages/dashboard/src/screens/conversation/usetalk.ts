/** A conversation as it is now; the caller is drawn again when something happens in it. */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { live, useLive } from "../../live/live.ts";
import { isOpen } from "./drawn.ts";
import { Talk } from "./talk.ts";

/** How often what is open is asked for: that something has begun to run is not told live. */
const OFTEN = 2000;

/** `follows`: whether the live log is this conversation's; without it, it is asked for every few seconds. */
export function useTalk(id: string, follows: boolean): Talk {
  const talk = useMemo(() => new Talk(id), [id]);
  useSyncExternalStore(talk.subscribe, talk.snapshot);
  const { version } = useLive(follows ? `conversation:${JSON.stringify(id)}` : undefined);
  useEffect(() => talk.begin(), [talk]);
  // Whoever looks at the log next finds it as it was: of everything.
  useEffect(() => (follows ? () => live.wants("") : undefined), [talk, follows]);
  useEffect(() => {
    if (follows) talk.nudge();
  }, [talk, version, follows]);
  const looks = !follows || talk.records.some(isOpen);
  useEffect(() => {
    if (!looks) return;
    const timer = setInterval(() => talk.look(), OFTEN);
    return () => clearInterval(timer);
  }, [talk, looks]);
  return talk;
}
