/** Weighs messages that wait: the payloads alone first, in the same process, then what a mailbox full of such payloads holds. */
import { BURST, together, type Send } from "./flood.ts";
import { bytesEach, type Sample } from "./measure.ts";
import { payload } from "./payload.ts";

export interface Box {
  /** Holds the messages, so that they are alive while they are weighed. */
  kept: object;
  send: Send;
}

const WARM_UP = 2_000;
/** The slot of the array that held a payload while it was weighed. */
const SLOT_BYTES = 8;

export async function weighWaiting(messages: number, { kept, send }: Box): Promise<Sample> {
  const weighed = await bytesEach(messages, () =>
    Array.from({ length: messages }, (_, index) => payload(index)),
  );
  const alone = weighed - SLOT_BYTES;
  await fill(WARM_UP, send);
  const whole = await bytesEach(messages, () => fill(messages, send).then(() => kept));
  return { value: whole - alone, payload: alone };
}

async function fill(messages: number, send: Send): Promise<void> {
  for (let sent = 0; sent < messages; sent += BURST)
    await together(sent, Math.min(sent + BURST, messages), send);
}
