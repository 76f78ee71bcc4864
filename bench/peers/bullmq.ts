/** A queue in a redis-server that syncs each write; a job counts as done when the server has said so. */
import { Queue, Worker } from "bullmq";
import { Tally } from "../flood.ts";
import { keepLotsInFlight, MESSAGES, PEER_MESSAGES, rateWithDelay } from "../inflight.ts";
import { callTimes } from "../laps.ts";
import { withRedis } from "../servers.ts";

const named = (messages) => messages.map((data) => ({ name: "take", data }));

const withQueue = (stored, work) =>
  withRedis(async (port) => {
    const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
    const shelf = new Queue("shelf", { connection });
    await keepLotsInFlight(0, stored, (lot) => shelf.addBulk(named(lot)));
    const sample = await work(shelf, connection);
    await shelf.close();
    return sample;
  });

export const durable_enqueue = (stored) =>
  withQueue(stored, (shelf) =>
    rateWithDelay(MESSAGES, () => keepLotsInFlight(0, MESSAGES, (lot) => shelf.addBulk(named(lot)))),
  );

export const durable_end_to_end = (stored) =>
  withQueue(stored, async (_shelf, connection) => {
    const tally = new Tally();
    const queue = new Queue("sink", { connection });
    const worker = new Worker("sink", async () => {}, { connection, concurrency: 100 });
    worker.on("completed", () => tally.add());
    await worker.waitUntilReady();
    const sample = await rateWithDelay(PEER_MESSAGES, async () => {
      await keepLotsInFlight(0, PEER_MESSAGES, (lot) => queue.addBulk(named(lot)));
      await tally.reached(PEER_MESSAGES);
    });
    await worker.close(true);
    await queue.close();
    return sample;
  });

export const durable_latency = (stored) =>
  withQueue(stored, (shelf) => callTimes(1_500, (message) => shelf.add("take", message), 500));
