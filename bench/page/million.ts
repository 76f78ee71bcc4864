/** Million: a file in which many messages have been stored, gone when it is not needed any more. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { agent, start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { many } from "./sender.ts";

export interface Stored extends AsyncDisposable {
  readonly file: string;
}

const names = ["planner", "writer", "critic", "editor", "printer"];

export async function stored(messages: number): Promise<Stored> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-million-"));
  const file = join(folder, "hub.db");
  const agents = names.map((name) => agent(name, { concurrency: 64, on: { notification: () => undefined } }));
  {
    await using system = await start({ agents, store: sqlite(file) });
    await many(system, messages, () => undefined);
  }
  const kept = new DatabaseSync(file, { readOnly: true });
  const { count } = kept.prepare("SELECT count(*) AS count FROM message").get() as { count: number };
  kept.close();
  if (count < messages) throw new Error(`only ${count} of ${messages} messages are remembered`);
  return {
    file,
    [Symbol.asyncDispose]: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  };
}
