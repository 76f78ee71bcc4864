/** Listeners are called inside `emit`; patterns are looked up in a tree. */
import eventemitter2 from "eventemitter2";
import { fanOutRate } from "../fanout.ts";
import { castRate, Tally } from "../flood.ts";
import { patternAt, topicSource } from "../patterns.ts";

const { EventEmitter2 } = eventemitter2;

export function publish(subscribers: number) {
  const tally = new Tally();
  const emitter = new EventEmitter2({ maxListeners: 0 });
  for (let index = 0; index < subscribers; index++) emitter.on("event", () => tally.add());
  return fanOutRate(
    { subscribers, deliveries: 40_000_000 },
    (message) => emitter.emit("event", message),
    tally,
  );
}

export function wildcard(patterns: number) {
  const tally = new Tally();
  const nextTopic = topicSource(patterns);
  const emitter = new EventEmitter2({ wildcard: true, delimiter: ".", maxListeners: 0 });
  for (let index = 0; index < patterns; index++)
    emitter.on(patternAt(index, { one: "*", rest: "**" }), () => tally.add());
  return castRate(400_000, (message) => emitter.emit(nextTopic(), message), tally);
}
