/** Each listener is called inside `emit` and says when it is done; patterns are looked up by qlobber. */
import mqemitter from "mqemitter";
import { fanOutRate } from "../fanout.ts";
import { castRate, Tally } from "../flood.ts";
import { patternAt, topicSource } from "../patterns.ts";

const create = () => mqemitter({ separator: ".", wildcardOne: "*", wildcardSome: ">" });

const counting = (tally: Tally) => (_message: unknown, done: () => void) => {
  tally.add();
  done();
};

export function publish(subscribers: number) {
  const tally = new Tally();
  const emitter = create();
  for (let index = 0; index < subscribers; index++) emitter.on("event", counting(tally));
  return fanOutRate(
    { subscribers, deliveries: 40_000_000 },
    (payload) => emitter.emit({ topic: "event", payload }),
    tally,
  );
}

export function wildcard(patterns: number) {
  const tally = new Tally();
  const nextTopic = topicSource(patterns);
  const emitter = create();
  for (let index = 0; index < patterns; index++) emitter.on(patternAt(index), counting(tally));
  return castRate(400_000, (payload) => emitter.emit({ topic: nextTopic(), payload }), tally);
}
