/** A machine of one state that handles `take` with an action. Its mailbox is emptied inside `send`. */
import { createActor, setup } from "xstate";
import { castManyRate, castRate, Tally } from "../flood.ts";

const counting = (tally: Tally) => {
  const machine = setup({ actions: { count: () => tally.add() } }).createMachine({
    on: { take: { actions: "count" } },
  });
  return () => createActor(machine).start();
};

export function cast(messages: number) {
  const tally = new Tally();
  const actor = counting(tally)();
  return castRate(messages, (message) => actor.send({ type: "take", message }), tally);
}

export function cast_1000(agents: number) {
  const tally = new Tally();
  const actors = Array.from({ length: agents }, counting(tally));
  return castManyRate(agents, (message, index) => actors[index].send({ type: "take", message }), tally);
}
