/** The look-up of patterns alone: what it finds is called here. */
import qlobber from "qlobber";
import { castRate, Tally } from "../flood.ts";
import { patternAt, topicSource } from "../patterns.ts";

export function wildcard(patterns: number) {
  const tally = new Tally();
  const nextTopic = topicSource(patterns);
  const matcher = new qlobber.Qlobber({ separator: ".", wildcard_one: "*", wildcard_some: ">" });
  for (let index = 0; index < patterns; index++) matcher.add(patternAt(index), () => tally.add());
  const publish = (message: unknown) => {
    for (const subscriber of matcher.match(nextTopic())) subscriber(message);
  };
  return castRate(400_000, publish, tally);
}
