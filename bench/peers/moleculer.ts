/** One broker in memory, no transporter: events for casts, actions for calls. There is no mailbox. */
import { ServiceBroker } from "moleculer";
import { castManyRate, castRate, Tally } from "../flood.ts";
import { callTimes } from "../laps.ts";

const quietBroker = () => new ServiceBroker({ logger: false });

export async function cast(messages: number) {
  const tally = new Tally();
  const broker = quietBroker();
  broker.createService({ name: "sink", events: { "sink.take": async () => tally.add() } });
  await broker.start();
  return castRate(messages, (message) => broker.emit("sink.take", message), tally);
}

export async function cast_1000(agents: number) {
  const tally = new Tally();
  const broker = quietBroker();
  const events = Array.from({ length: agents }, (_, index) => `sink-${index}.take`);
  events.forEach((event, index) =>
    broker.createService({ name: `sink-${index}`, events: { [event]: async () => tally.add() } }),
  );
  await broker.start();
  return castManyRate(agents, (message, index) => broker.emit(events[index], message), tally);
}

export async function call(calls: number) {
  const broker = quietBroker();
  broker.createService({ name: "sink", actions: { ask: async ({ params }) => params } });
  await broker.start();
  return callTimes(calls, (message) => broker.call("sink.ask", message, { timeout: 30_000 }));
}
