/** Follow: a list that grows is followed while one is at its end; who looks elsewhere is left in peace, and told how much is new. */
import { useCallback, useEffect, useLayoutEffect, useState, type RefObject } from "react";

export interface Following {
  readonly isFollowing: boolean;
  /** How much came since it was left. */
  readonly behind: number;
  readonly follow: () => void;
  readonly pause: () => void;
  /** To be told of scrolling. */
  readonly scrolled: () => void;
}

/** How near the end is at the end, in pixels. */
const NEAR = 24;
/** Beyond any end: heads and edges are not counted. */
const FAR = 1000;

/** `begins`: whether it is followed at first; undefined until that is known. While it is replayed each new row comes into sight. */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  begins: boolean | undefined,
  isReplayed: boolean,
  /** How long all of it is, in pixels: where the end moves, it is followed. */
  extent: number,
): Following {
  const [isFollowing, setFollowing] = useState(false);
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    if (begins === undefined) return;
    const at = scroller.current;
    setFollowing(begins || (at !== null && at.scrollHeight <= at.clientHeight + NEAR));
    setSeen(count);
    // Only the first time that it is known; how many there are then is what was seen.
  }, [begins !== undefined]);
  useLayoutEffect(() => {
    if (isFollowing || isReplayed) scroller.current?.scrollTo({ top: extent + FAR });
  }, [scroller, isFollowing, isReplayed, extent]);
  const pause = useCallback(() => {
    setFollowing(false);
    setSeen(count);
  }, [count]);
  const follow = useCallback(() => setFollowing(true), []);
  const scrolled = useCallback(() => {
    const at = scroller.current;
    if (!at || begins === undefined || isReplayed) return;
    const isAtEnd = at.scrollTop + at.clientHeight >= at.scrollHeight - NEAR;
    if (isAtEnd === isFollowing) return;
    if (isAtEnd) follow();
    else pause();
  }, [scroller, isFollowing, follow, pause, begins, isReplayed]);
  return {
    isFollowing,
    behind: isFollowing || isReplayed ? 0 : Math.max(0, count - seen),
    follow,
    pause,
    scrolled,
  };
}
