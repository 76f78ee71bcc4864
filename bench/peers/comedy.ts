/** Actors in memory, which is the default mode. There is no mailbox: each message starts its handler in a later microtask. */
import comedy from "comedy";
import { castManyRate, castRate, Tally } from "../flood.ts";
import { callTimes } from "../laps.ts";

async function quietRoot() {
  const system = comedy.createSystem({});
  system.getLog().setLevel(system.getLog().levels().Silent);
  return system.rootActor();
}

export async function cast(messages: number) {
  const tally = new Tally();
  const root = await quietRoot();
  const actor = await root.createChild({ take: async () => tally.add() });
  return castRate(messages, (message) => actor.send("take", message), tally);
}

export async function cast_1000(agents: number) {
  const tally = new Tally();
  const root = await quietRoot();
  const actors = await Promise.all(
    Array.from({ length: agents }, () => root.createChild({ take: async () => tally.add() })),
  );
  return castManyRate(agents, (message, index) => actors[index].send("take", message), tally);
}

export async function call(calls: number) {
  const root = await quietRoot();
  const actor = await root.createChild({ ask: async (message: unknown) => message });
  return callTimes(calls, (message) => actor.sendAndReceive("ask", message));
}
