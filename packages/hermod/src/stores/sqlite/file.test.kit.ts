/** What the tests of the file share: a directory of its own, a file with some rows, and what lies there byte for byte. */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { sample } from "../../core/samples.test.kit.ts";
import { toBody } from "./body.ts";
import { closeWriter } from "./checkpoint.ts";
import { openWriter } from "./open.ts";

/** A directory that goes with the test. */
export function directory(t: Pick<TestContext, "after">): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "hermod-file-")));
  t.after(() => {
    chmodSync(made, 0o700);
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

/** A closed store with this many messages, each of them waiting but every tenth, which is dead. */
export function store(file: string, count: number): string {
  const db = openWriter(file, { durability: "durable" });
  fill(db, 1, count);
  closeWriter(db);
  return file;
}

/** Rows as the store writes them, in one transaction. */
export function fill(db: DatabaseSync, first: number, count: number): void {
  const message = db.prepare(
    "INSERT INTO message VALUES (?, ?, 'critic', 'critic', NULL, 'c1', 'writer', 'critic', ?, 30, NULL, ?)",
  );
  const waiting = db.prepare("INSERT INTO waiting VALUES (1, 2, ?, 30, 0, NULL, NULL)");
  const dead = db.prepare(
    "INSERT INTO dead VALUES (NULL, ?, ?, 'critic', 'exhausted', NULL, '[]', 1700000000000, 0)",
  );
  db.exec("BEGIN IMMEDIATE; INSERT OR IGNORE INTO mailbox VALUES (1, 'critic', '{}')");
  for (let seq = first; seq < first + count; seq++) {
    const envelope = sample({ id: `m${seq}`, payload: { text: `the tide turns ${seq}` } });
    message.run(seq, envelope.id, envelope.sentAt, toBody(envelope));
    if (seq % 10 === 0) dead.run(`d${seq}`, seq);
    else waiting.run(seq);
  }
  db.exec("COMMIT");
}

/**
 * Every file of a directory with a hash of its content: what a refusal must leave as it is. Of a -shm only that it is there, since
 * readers note in it where they are.
 */
export function contents(folder: string): Record<string, string> {
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex")
      .slice(0, 16);
  const names = readdirSync(folder).toSorted();
  return Object.fromEntries(names.map((name) => [name, name.endsWith("-shm") ? "" : hash(name)]));
}

/** A process that runs `code` as a module with `file` as its argument, and its first line of output. */
export async function child(
  t: Pick<TestContext, "after">,
  code: string,
  file: string,
): Promise<ChildProcess> {
  const from = `import { Owner } from ${JSON.stringify(new URL("owner.ts", import.meta.url).href)};
    import { openWriter } from ${JSON.stringify(new URL("open.ts", import.meta.url).href)};
    import { fill } from ${JSON.stringify(import.meta.url)};
    const file = process.argv[1];
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "-e", `${from}\n${code}\nconsole.log("ready")`, file];
  const made = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => made.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    made.stdout.once("data", () => resolve());
    made.once("exit", (status) => reject(new Error(`the child ended with ${String(status)}`)));
  });
  return made;
}

/** Kills the process as a crash does, and waits until it is gone. */
export async function killed(process: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => process.once("exit", resolve));
  process.kill("SIGKILL");
  await gone;
}
