/** Steps: the keys that go from message to message in the chat and the list. */
import { useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import type { Following } from "./follow.ts";
import { saidBeside, type Said } from "./shownrecords.ts";

export function useSteps(
  said: readonly Said[],
  chosen: string | undefined,
  pick: (id: string) => void,
  { follow, pause, isFollowing }: Pick<Following, "follow" | "pause" | "isFollowing">,
  isOpen: boolean,
): void {
  useKeys(
    useMemo(() => {
      const step = (by: 1 | -1) => () => {
        const next = saidBeside(said, chosen, by);
        if (next !== undefined) pick(next);
      };
      return [
        { keys: "]", does: "Next message", run: step(1) },
        { keys: "[", does: "Message before", run: step(-1) },
        { keys: "j", does: "Next message", run: step(1) },
        { keys: "k", does: "Message before", run: step(-1) },
        { keys: "G", does: "Follow the newest", run: follow },
        ...(isOpen ? [{ keys: " ", does: "Pause or follow", run: isFollowing ? pause : follow }] : []),
      ];
    }, [said, chosen, pick, follow, pause, isFollowing, isOpen]),
  );
}
