/** Window: which rows of a list of equal ones are on the screen, and a few beyond. Only these are drawn, however long the list. */
import { useCallback, useLayoutEffect, useState, type RefObject } from "react";

/** Rows beyond the edges. */
const BEYOND = 8;

export interface Window {
  readonly rows: readonly number[];
  /** To be told of scrolling. `atEnd` is called when the end comes into sight and `looks` is true. */
  scrolled(atEnd: () => void, looks: boolean): void;
}

export function useWindow(scroller: RefObject<HTMLElement | null>, count: number, height: number): Window {
  const [{ top, room }, setPlace] = useState({ top: 0, room: 800 });
  const look = useCallback(() => {
    const at = scroller.current;
    if (at)
      setPlace((before) =>
        before.top === at.scrollTop && before.room === at.clientHeight
          ? before
          : { top: at.scrollTop, room: at.clientHeight },
      );
  }, [scroller]);
  useLayoutEffect(() => {
    look();
    const at = scroller.current;
    if (!at) return;
    const observer = new ResizeObserver(look);
    observer.observe(at);
    return () => observer.disconnect();
  }, [look, scroller]);
  const first = Math.max(0, Math.min(Math.floor(top / height), count) - BEYOND);
  const last = Math.min(count, Math.ceil((top + room) / height) + BEYOND);
  return {
    rows: Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at),
    scrolled(atEnd, looks) {
      look();
      const at = scroller.current;
      if (looks && at && at.scrollTop + at.clientHeight >= at.scrollHeight - 1) atEnd();
    },
  };
}
