import { castRate, Tally } from "../flood.ts";
import type { Sample } from "../measure.ts";
import { patternAt, prefixAt, topicSource } from "../patterns.ts";
import type { Payload } from "../payload.ts";
import type { Key } from "./key.ts";

const MESSAGES = 400_000;

/** Told what a topic begins with, nobody has to look for patterns. */
function floor(patterns: number): Promise<Sample> {
  const tally = new Tally();
  const nextTopic = topicSource(patterns);
  const subscribers = new Map<string, (message: Payload) => void>();
  for (let index = 0; index < patterns; index++) subscribers.set(prefixAt(index), () => tally.add());
  const publish = (message: Payload) => {
    const topic = nextTopic();
    subscribers.get(topic.slice(0, topic.lastIndexOf(".")))?.(message);
  };
  return castRate(MESSAGES, publish, tally);
}

async function ours(patterns: number): Promise<Sample> {
  const { openEmpty } = await import("../sink.ts");
  const tally = new Tally();
  const nextTopic = topicSource(patterns);
  const system = await openEmpty();
  for (let index = 0; index < patterns; index++) await system.subscribe(patternAt(index), () => tally.add());
  const sample = await castRate(MESSAGES, (message) => system.publish(nextTopic(), message), tally);
  await system.close();
  return sample;
}

export const wildcard: Key = {
  name: "wildcard",
  about:
    "10,000 patterns with wildcards, a live subscriber each, every topic new and fitting one of them; floor: Map.get and a call",
  unit: "publishes/s",
  better: "higher",
  sizes: [10_000, 100_000],
  floor,
  ours,
  target: { value: { atLeast: 1_200_000 } },
};
