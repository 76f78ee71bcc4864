/** Ranges: how far back the charts reach, and the filter of a time within them. */
import type { Range } from "../../api/types.ts";

export const ranges = ["5m", "1h", "6h", "24h", "7d"] as const satisfies readonly Range[];

export const isRange = (text: string | undefined): text is Range => ranges.some((each) => each === text);

/** The filter of the messages that were sent in this time, as it is written now: ages, in whole seconds. */
export function wherein(from: number, to: number, now: number): string {
  const younger = Math.max(1, Math.ceil((now - from) / 1000));
  const older = Math.floor((now - to) / 1000);
  return older < 1 ? `age:<${younger}s` : `age:<${younger}s age:>${older}s`;
}
