/** The producer of events: one publish is handled by every subscriber, and each handling counts. */
import { BURST, together, type Send, type Tally } from "./flood.ts";
import { rate, type Sample } from "./measure.ts";

export interface FanOut {
  subscribers: number;
  /** How many handlings are measured, whatever the number of subscribers. */
  deliveries: number;
  /** Publishes before the handlers are waited for. */
  burst?: number;
}

const WARM_UP = 0.2;

/** Handlings per second. */
export async function fanOutRate(
  { subscribers, deliveries, burst = BURST }: FanOut,
  publish: Send,
  tally: Tally,
): Promise<Sample> {
  const publishes = Math.ceil(deliveries / subscribers);
  const flood = (count: number) => floodAll(count, subscribers, burst, publish, tally);
  await flood(Math.ceil(publishes * WARM_UP));
  return rate(publishes * subscribers, () => flood(publishes));
}

/** As for casts: the last publish of a burst is awaited, and no burst begins before the one before it is handled by everybody. */
async function floodAll(
  publishes: number,
  subscribers: number,
  burst: number,
  publish: Send,
  tally: Tally,
): Promise<void> {
  tally.restart();
  for (let sent = 0; sent < publishes;) {
    const end = Math.min(sent + burst, publishes);
    await together(sent, end, publish);
    sent = end;
    await tally.reached(sent * subscribers);
  }
}
