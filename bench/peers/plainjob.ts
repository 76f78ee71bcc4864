/** A queue in a SQLite file, in this thread, over node:sqlite. It asks for synchronous=NORMAL; here it gets FULL, as everybody. */
import { DatabaseSync } from "node:sqlite";
import { defineQueue, defineWorker } from "plainjob";
import { withFile } from "../disk.ts";
import { Tally } from "../flood.ts";
import { keepLotsInFlight, MESSAGES, PEER_MESSAGES, rateWithDelay } from "../inflight.ts";
import { callTimes } from "../laps.ts";

const logger = { error: console.error, warn() {}, info() {}, debug() {} };

/** What it knows as a connection of better-sqlite3. */
function connect(file) {
  const db = new DatabaseSync(file);
  const together =
    (begin, work) =>
    (...args) => {
      db.exec(begin);
      const answer = work(...args);
      db.exec("COMMIT");
      return answer;
    };
  return {
    driver: "better-sqlite3",
    filename: file,
    pragma: (text) => db.exec(`PRAGMA ${text.startsWith("synchronous") ? "synchronous = FULL" : text}`),
    transaction: (work) =>
      Object.assign(together("BEGIN", work), { immediate: together("BEGIN IMMEDIATE", work) }),
    exec: (text) => db.exec(text),
    prepare: (text) => db.prepare(text),
    close: () => db.close(),
  };
}

const withQueue = (stored, work) =>
  withFile(async (file) => {
    const queue = defineQueue({ connection: connect(file), logger });
    await keepLotsInFlight(0, stored, (lot) => queue.addMany("shelf", lot));
    const sample = await work(queue);
    queue.close();
    return sample;
  });

export const durable_enqueue = (stored) =>
  withQueue(stored, (queue) =>
    rateWithDelay(MESSAGES, () => keepLotsInFlight(0, MESSAGES, (lot) => queue.addMany("shelf", lot))),
  );

export const durable_end_to_end = (stored) =>
  withQueue(stored, async (queue) => {
    const tally = new Tally();
    const onCompleted = () => tally.add();
    const worker = defineWorker("sink", async () => {}, { queue, logger, pollIntervall: 1, onCompleted });
    const sample = await rateWithDelay(PEER_MESSAGES, async () => {
      await keepLotsInFlight(0, PEER_MESSAGES, (lot) => queue.addMany("sink", lot));
      void worker.start();
      await tally.reached(PEER_MESSAGES);
    });
    await worker.stop();
    return sample;
  });

export const durable_latency = (stored) =>
  withQueue(stored, (queue) => callTimes(1_500, async (message) => queue.add("shelf", message), 500));
