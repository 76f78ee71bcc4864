/** Window: which rows of a list of equal ones are on the screen, and a few beyond. Only these are drawn, however long the list. */
import { useCallback, useLayoutEffect, useState, type RefObject } from "react";

/** Rows beyond the edges, unless they cost much to draw. */
const BEYOND = 8;

export interface Window {
  readonly rows: readonly number[];
  /** As many as are ever drawn at a time: a row whose key is its number modulo this is used again, however far one scrolls at once. */
  readonly slots: number;
  /** Of the list, in pixels; endless until it is known. */
  readonly width: number;
  /** To be told of scrolling. `atEnd` is called when the end comes into sight and `looks` is true. */
  scrolled(atEnd: () => void, looks: boolean): void;
}

export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  beyond = BEYOND,
): Window {
  const [{ top, room, width }, setPlace] = useState({ top: 0, room: 800, width: Infinity });
  const look = useCallback(() => {
    const at = scroller.current;
    if (at)
      setPlace((before) =>
        before.top === at.scrollTop && before.room === at.clientHeight && before.width === at.clientWidth
          ? before
          : { top: at.scrollTop, room: at.clientHeight, width: at.clientWidth },
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
  const first = Math.max(0, Math.min(Math.floor(top / height), count) - beyond);
  const last = Math.min(count, Math.ceil((top + room) / height) + beyond);
  return {
    rows: Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at),
    slots: Math.ceil(room / height) + 2 * beyond + 1,
    width,
    scrolled(atEnd, looks) {
      look();
      const at = scroller.current;
      if (looks && at && at.scrollTop + at.clientHeight >= at.scrollHeight - 1) atEnd();
    },
  };
}

/** Scrolls just so far that a row is in sight, below a head that stays; -1 for no row. */
export function reveal(scroller: HTMLElement | null, row: number, height: number, head = 0): void {
  if (!scroller || row < 0) return;
  const [top, room] = [row * height, scroller.clientHeight - head - height];
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
}
