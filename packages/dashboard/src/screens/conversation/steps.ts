/** Steps: the keys that go from message to message, in every view of a conversation. */
import { useCallback, useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import type { Following } from "./follow.ts";
import { saidBeside, type Said } from "./shownrecords.ts";

/** Hand in the same function while nothing changes. */
export type Beside = (by: 1 | -1) => string | undefined;

export function useSteps(
  beside: Beside,
  pick: (id: string) => void,
  { follow, pause, isFollowing }: Pick<Following, "follow" | "pause" | "isFollowing">,
  isOpen: boolean,
): void {
  useKeys(
    useMemo(() => {
      const step = (by: 1 | -1) => () => {
        const next = beside(by);
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
    }, [beside, pick, follow, pause, isFollowing, isOpen]),
  );
}

/** The message before or after the chosen one of a list. */
export function useSaidBeside(said: readonly Said[], chosen: string | undefined): Beside {
  return useCallback((by) => saidBeside(said, chosen, by), [said, chosen]);
}
