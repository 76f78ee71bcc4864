/** An actor a sink. `dispatch` queues behind the handler that runs; each message waits for a setImmediate. */
import nact from "nact";
import { castManyRate, castRate, Tally } from "../flood.ts";
import { callTimes } from "../laps.ts";
import { weighWaiting } from "../waiting.ts";

const { dispatch, query, spawnStateless, start } = nact;

const counting = (tally: Tally, name = "sink", system = start()) =>
  spawnStateless(system, async () => tally.add(), name);

export function cast(messages: number) {
  const tally = new Tally();
  const actor = counting(tally);
  return castRate(messages, (message) => dispatch(actor, message), tally);
}

export function cast_1000(agents: number) {
  const tally = new Tally();
  const system = start();
  const actors = Array.from({ length: agents }, (_, index) => counting(tally, `sink-${index}`, system));
  return castManyRate(agents, (message, index) => dispatch(actors[index], message), tally);
}

export function call(calls: number) {
  const actor = spawnStateless(start(), async ({ message, sender }) => dispatch(sender, message), "sink");
  return callTimes(calls, (message) => query(actor, (sender) => ({ message, sender }), 30_000));
}

/** The first message never ends, so that the others wait. */
export function waiting_message(messages: number) {
  const system = start();
  const actor = spawnStateless(system, () => new Promise(() => {}), "sink");
  return weighWaiting(messages, { kept: { system, actor }, send: (message) => dispatch(actor, message) });
}
