/** Raw NATS: the floor of a message over several machines: nats.js alone publishes, consumes and acks, each confirmed. */
import { Tally } from "./flood.ts";
import { keepInFlight } from "./inflight.ts";

/** Where raw requests and messages go. */
export const RAW = "raw";

export interface RawRoad {
  /** Sends so many messages, a thousand on their way at any time; ends when the last is acked. */
  run(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A stream, a consumer, an ack for each message. */
export async function rawRoad(url: string): Promise<RawRoad> {
  const { connect } = await import("@nats-io/transport-node");
  const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: RAW, subjects: [RAW] });
  await manager.consumers.add(RAW, { durable_name: "reader", max_ack_pending: 2_000 });
  const js = jetstream(connection);
  const tally = new Tally();
  const handler = async (_message: unknown) => {};
  const consumer = await js.consumers.get(RAW, "reader");
  const messages = await consumer.consume({
    max_messages: 1_000,
    callback: (message) => {
      void handler(JSON.parse(message.string()))
        .then(() => message.ackAck())
        .then(() => tally.add());
    },
  });
  return {
    run: async (count) => {
      tally.restart();
      await keepInFlight(0, count, (message) => js.publish(RAW, JSON.stringify(message)));
      await tally.reached(count);
    },
    close: async () => {
      messages.stop();
      await connection.close();
    },
  };
}
