import { castRate, oneByOne, Tally, together, type Burst } from "../flood.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import type { Key, Measurement } from "./key.ts";

function floor(messages: number): Promise<Sample> {
  const tally = new Tally();
  const mailbox = new BareMailbox<Payload>(async () => tally.add());
  return castRate(messages, (message) => mailbox.push(message), tally);
}

/** The same road with history switched off is the floor of `with_history`. */
export const castWith =
  (burst: Burst, options: { history?: false } = {}): Measurement =>
  async (messages) => {
    const { openSink, Sink } = await import("../sink.ts");
    const tally = new Tally();
    const system = await openSink(async () => tally.add(), options);
    const sample = await castRate(messages, (message) => system.cast(Sink, "take", message), tally, burst);
    await system.close();
    return sample;
  };

export const cast: Key = {
  name: "cast",
  about:
    "1 producer, 1 agent with an async handler, bursts of 256; floor: a bare ring buffer and an awaited handler",
  unit: "messages/s",
  better: "higher",
  sizes: [1_000_000, 10_000_000],
  floor,
  ours: castWith(together),
  variants: { cast_awaited: castWith(oneByOne) },
  target: { value: { atLeast: 2_500_000 }, ratio: { atLeast: 0.18 } },
  stretch: 4_500_000,
};
