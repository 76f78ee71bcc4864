/**
 * The recorded writer: a durable store at work, opened and closed a few times, so that its log is begun, written back and cut
 * off within the recording.
 *   store.writer.ts FOLDER MARKS durability seed
 */
import { openSync } from "node:fs";
import { join } from "node:path";
import { sqlite, type SqliteOptions } from "hermod/sqlite";
import { begin } from "../workload/life.ts";
import { notesTo } from "../workload/lines.ts";

type Durability = NonNullable<SqliteOptions["durability"]>;

const [folder, marks, durability, seed] = process.argv.slice(2) as [string, string, Durability, string];
/** How often it is opened, and how long it works each time, in milliseconds. */
const LIVES = 4;
const WORK = 250;

const note = notesTo(openSync(marks, "a"));
for (let life = 0; life < LIVES; life++) {
  const store = sqlite(join(folder, "store.db"), { durability });
  const { system, send } = await begin({ store, note, seed: Number(seed) + life, name: `w${life}` });
  const until = performance.now() + WORK;
  await send(() => performance.now() > until);
  await system.close();
  note({ kind: "restart" });
}
