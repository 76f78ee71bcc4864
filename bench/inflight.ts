/** The producer of the durable keys: a thousand sends are on their way at any time, and each is confirmed before the next one takes its place. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { rate, type Sample } from "./measure.ts";
import { partOf } from "./part.ts";
import { payload, type Payload } from "./payload.ts";

/** Messages of one measurement. */
export const MESSAGES = partOf(40_000);
/** Messages of a peer that take their way end to end, since some need long for each. */
export const PEER_MESSAGES = 10_000;
const IN_FLIGHT = 1_000;
/** As many go together where a single one would not be fair: raw SQL, and peers with a call for many. */
export const LOT = 100;

/** Messages stored before the clock starts: the size of most durable keys. */
export const STORED = [5_000, 50_000] as const;

/** Resolves when the message is synced to the disk. */
export type Confirm = (message: Payload, index: number) => unknown;

/** Sends messages `from` up to `to`, and waits for all confirmations. */
export async function keepInFlight(from: number, to: number, send: Confirm): Promise<void> {
  let next = from;
  const lane = async () => {
    while (next < to) {
      const index = next++;
      await send(payload(index), index);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** The same in lots of a hundred. */
export async function keepLotsInFlight(
  from: number,
  to: number,
  send: (lot: Payload[]) => unknown,
): Promise<void> {
  let next = from;
  const lane = async () => {
    while (next < to) {
      const end = Math.min(next + LOT, to);
      const messages = Array.from({ length: end - next }, (_, at) => payload(next + at));
      next = end;
      await send(messages);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT / LOT }, lane));
}

/** How often the event loop is looked at, in ms. */
const LOOK = 1;

/** The rate of `work`, and for how many ms it held the event loop: `delay_p99`. */
export async function rateWithDelay(count: number, work: () => Promise<void>): Promise<Sample> {
  const delay = monitorEventLoopDelay({ resolution: LOOK });
  delay.enable();
  const { value } = await rate(count, work);
  delay.disable();
  // What it counts is the time between two looks, of which one is meant to pass.
  return { value, delay_p99: Math.max(0, delay.percentile(99) / 1e6 - LOOK) };
}
