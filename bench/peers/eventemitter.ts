/** Node's own EventEmitter: each listener is called inside `emit`. */
import { EventEmitter } from "node:events";
import { fanOutRate } from "../fanout.ts";
import { Tally } from "../flood.ts";

export function publish(subscribers: number) {
  const tally = new Tally();
  const emitter = new EventEmitter().setMaxListeners(0);
  for (let index = 0; index < subscribers; index++) emitter.on("event", () => tally.add());
  return fanOutRate(
    { subscribers, deliveries: 40_000_000 },
    (message) => emitter.emit("event", message),
    tally,
  );
}
