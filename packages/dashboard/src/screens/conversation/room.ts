/** Room: how wide an element is, as it is now. */
import { useLayoutEffect, useState, type RefObject } from "react";

export function useRoom(element: RefObject<HTMLElement | null>): number {
  const [room, setRoom] = useState(900);
  useLayoutEffect(() => {
    const at = element.current;
    if (!at) return;
    const look = (): void => setRoom(at.clientWidth);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(at);
    return () => observer.disconnect();
  }, [element]);
  return room;
}
