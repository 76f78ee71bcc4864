/** A queue in a PostgreSQL server that syncs each commit. Fetched and completed by hand: its own worker waits half a second between two looks. */
import { PgBoss } from "pg-boss";
import { keepLotsInFlight, LOT, MESSAGES, PEER_MESSAGES, rateWithDelay } from "../inflight.ts";
import { callTimes } from "../laps.ts";
import { withPostgres } from "../servers.ts";

const CONSUMERS = 4;

const withBoss = (stored, work) =>
  withPostgres(async (port) => {
    const boss = new PgBoss({ host: "127.0.0.1", port, user: "bench", database: "postgres", max: 20 });
    // What is reported here of the end of the server is none.
    boss.on("error", () => {});
    await boss.start();
    for (const name of ["shelf", "sink"]) await boss.createQueue(name);
    await keepLotsInFlight(0, stored, (lot) => insert(boss, "shelf", lot));
    const sample = await work(boss);
    await boss.stop({ graceful: false });
    return sample;
  });

const insert = (boss, name, lot) =>
  boss.insert(
    name,
    lot.map((data) => ({ data })),
  );

export const durable_enqueue = (stored) =>
  withBoss(stored, (boss) =>
    rateWithDelay(MESSAGES, () => keepLotsInFlight(0, MESSAGES, (lot) => insert(boss, "shelf", lot))),
  );

export const durable_end_to_end = (stored) =>
  withBoss(stored, (boss) =>
    rateWithDelay(PEER_MESSAGES, async () => {
      const sending = keepLotsInFlight(0, PEER_MESSAGES, (lot) => insert(boss, "sink", lot));
      await Promise.all([sending, consume(boss)]);
    }),
  );

async function consume(boss) {
  let done = 0;
  const handler = async (_message) => {};
  const lane = async () => {
    while (done < PEER_MESSAGES) {
      const jobs = await boss.fetch("sink", { batchSize: LOT });
      if (jobs.length === 0) continue;
      for (const { data } of jobs) await handler(data);
      await boss.complete(
        "sink",
        jobs.map(({ id }) => id),
      );
      done += jobs.length;
    }
  };
  await Promise.all(Array.from({ length: CONSUMERS }, lane));
  if (done > PEER_MESSAGES) throw new Error(`${done} messages handled, ${PEER_MESSAGES} sent`);
}

export const durable_latency = (stored) =>
  withBoss(stored, (boss) => callTimes(1_500, (message) => boss.send("shelf", message), 500));
