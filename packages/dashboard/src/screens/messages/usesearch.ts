/** Search: since when it lasts, once it lasts so long that somebody may want to stop it. */
import { useEffect, useState } from "react";

/** Milliseconds that nobody minds, and the pause between two pages. */
const PATIENCE = 700;
const BETWEEN = 120;

export function useSearch(isAsking: boolean): number | undefined {
  const [since, setSince] = useState<number>();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (isAsking) return setSince((before) => before ?? Date.now());
    const timer = setTimeout(() => (setSince(undefined), setLong(false)), BETWEEN);
    return () => clearTimeout(timer);
  }, [isAsking]);
  useEffect(() => {
    if (since === undefined) return;
    const timer = setTimeout(() => setLong(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [since]);
  return isLong ? since : undefined;
}
