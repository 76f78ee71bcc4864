/** Late: a value as it was at most a while ago, for what is dear to draw and need not follow at once. */
import { useEffect, useRef, useState } from "react";

export function useLate<T>(value: T, ms: number): T {
  const [late, setLate] = useState(value);
  const newest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    newest.current = value;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setLate(newest.current);
    }, ms);
  }, [value, ms]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return late;
}
