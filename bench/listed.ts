import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";

const BEHIND =
  "SELECT 1 FROM meta WHERE name IN ('indexed', 'worded') AND value < (SELECT max(seq) FROM message)";

/** Waits until the lists and words of the history, which a store fills behind its messages, are complete: then it rests. */
export async function listed(file: string): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true });
  const behind = db.prepare(BEHIND);
  while (behind.get() !== undefined) await setTimeout(50);
  db.close();
}
