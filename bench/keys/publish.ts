import { fanOutRate } from "../fanout.ts";
import { Tally } from "../flood.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import type { Key, Measurement } from "./key.ts";

const DELIVERIES = 40_000_000;

function floor(subscribers: number): Promise<Sample> {
  const tally = new Tally();
  const functions = Array.from({ length: subscribers }, () => (_message: Payload) => tally.add());
  const publish = (message: Payload) => {
    for (const subscriber of functions) subscriber(message);
  };
  return fanOutRate({ subscribers, deliveries: DELIVERIES }, publish, tally);
}

/** To a plain topic name, or to a topic whose schema checks the event for each subscriber. */
const publishTo =
  (subject: "Plain" | "Checked"): Measurement =>
  async (subscribers) => {
    const { openEmpty, subjects } = await import("../sink.ts");
    const tally = new Tally();
    const system = await openEmpty();
    for (let index = 0; index < subscribers; index++)
      await system.subscribe(subjects[subject], () => tally.add());
    const publish = (message: Payload) => system.publish(subjects[subject], message);
    const sample = await fanOutRate({ subscribers, deliveries: DELIVERIES }, publish, tally);
    await system.close();
    return sample;
  };

export const publish: Key = {
  name: "publish",
  about: "1 publisher, 1000 live subscribers of its topic; floor: an array of functions called in a loop",
  unit: "deliveries/s",
  better: "higher",
  sizes: [1_000, 10_000],
  floor,
  ours: publishTo("Plain"),
  variants: { with_schema: publishTo("Checked") },
  target: { value: { atLeast: 20_000_000 } },
};
