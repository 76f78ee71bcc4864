/** Stock: what a file holds when it is opened, and what the end of its last owner left undone. */
import type { DatabaseSync } from "node:sqlite";
import type { Attempt } from "../../core/store.ts";
import { defaultRetry } from "../../core/retry.ts";
import { letterId } from "../shelf/letter.ts";
import { fromBody } from "./body.ts";
import { clearDesks } from "./desks.ts";
import type { Opened } from "./protocol.ts";

/** Takes stock in one transaction, with what is to be marked: counts the start, from `least` on, and notes the deliveries that ended with the process. */
export function takeStock(db: DatabaseSync, least = 0, mark: () => void = () => undefined): Opened {
  db.exec("BEGIN IMMEDIATE");
  try {
    const opened = stock(db, least);
    mark();
    db.exec("COMMIT");
    return opened;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function stock(db: DatabaseSync, least: number): Opened {
  const meta = (name: string): number =>
    Number(db.prepare("SELECT value FROM meta WHERE name = ?").get(name)?.["value"]);
  const list = (text: string): never => db.prepare(text).all().map(Object.values) as never;
  const clean = meta("clean") === 1;
  const epoch = Math.max(meta("epoch") + 1, least);
  db.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(epoch);
  db.exec("UPDATE meta SET value = 0 WHERE name = 'clean'");
  const killers = clean ? [] : noteKilled(db, epoch * 2 ** 32);
  clearDesks(db);
  db.exec(`DELETE FROM running; DELETE FROM suspect WHERE NOT EXISTS
    (SELECT 1 FROM waiting WHERE attempts IS NOT NULL AND seq = suspect.seq)`);
  return {
    epoch,
    clean,
    killers,
    suspects: db
      .prepare("SELECT seq FROM suspect ORDER BY seq")
      .all()
      .map(({ seq }) => Number(seq)),
    seq: Number(db.prepare(NEWEST).get()?.["seq"]),
    mailboxes: list("SELECT number, address, rule FROM mailbox ORDER BY number"),
    lanes: list(
      `SELECT mailbox, lane, count(*), sum(size) FROM waiting WHERE due IS NULL AND attempts IS NULL
       GROUP BY mailbox, lane`,
    ),
    late: list(
      `SELECT mailbox, count(*) FROM waiting WHERE attempts IS NOT NULL AND due IS NULL GROUP BY mailbox`,
    ),
    later: list(`SELECT mailbox, count(*), sum(size) FROM waiting WHERE due IS NOT NULL GROUP BY mailbox`),
    bindings: list("SELECT pattern, mailbox FROM binding ORDER BY sequence"),
  };
}

/** A number is never given again, though its message is forgotten: the lists and the retention have passed it. */
const NEWEST = `
  SELECT max(coalesce((SELECT max(seq) FROM message), 0),
    (SELECT max(value) FROM meta WHERE name IN ('indexed', 'worded')),
    coalesce((SELECT json_extract(value, '$.counted') FROM meta WHERE name = 'retention'), 0)) AS seq`;

interface Killed {
  readonly seq: number;
  readonly mailbox: string;
  readonly number: number;
  readonly at: number;
  readonly body: string;
  readonly attempts: string | null;
  readonly generation: number;
}

/** An attempt that ended with the process counts; a message whose attempts all did so becomes a dead letter. */
function noteKilled(db: DatabaseSync, firstStep: number): string[] {
  const killed = db
    .prepare(
      `SELECT r.*, w.attempts, w.generation, coalesce(m.body, s.body) AS body FROM running r
       JOIN mailbox b ON b.address = r.mailbox JOIN waiting w ON w.seq = r.seq AND w.mailbox = b.number
       JOIN message m ON m.seq = r.seq LEFT JOIN message s ON s.seq = m.source`,
    )
    .all() as unknown as Killed[];
  const dead = killed.flatMap((each, at) => noteAttempt(db, each, firstStep + at) ?? []);
  return dead;
}

/** The id of its dead letter when the message died of it. */
function noteAttempt(db: DatabaseSync, killed: Killed, step: number): string | undefined {
  const { seq, mailbox, number, at, generation } = killed;
  const attempt: Attempt = { number, startedAt: at, endedAt: at, outcome: "lease-expired" };
  const attempts = [...(JSON.parse(killed.attempts ?? "[]") as Attempt[]), attempt];
  const envelope = fromBody(killed.body);
  const isDead = attempts.length > (envelope.retry ?? defaultRetry).retries;
  const json = JSON.stringify(attempts);
  db.prepare("INSERT INTO fate VALUES (?, ?, ?, ?, ?, ?, ?, NULL)").run(
    ...([seq, step, isDead ? "dead" : "waiting", number, "lease-expired", at, at] as const),
  );
  if (!isDead) {
    db.prepare(`UPDATE waiting SET attempts = ? WHERE ${ITS_ROW}`).run(json, seq, mailbox);
    db.prepare("INSERT OR IGNORE INTO suspect VALUES (?)").run(seq);
    return undefined;
  }
  const id = letterId(envelope, mailbox);
  db.prepare(
    `INSERT OR REPLACE INTO dead (id, seq, mailbox, reason, attempts, died, generation)
     VALUES (?, ?, ?, 'exhausted', ?, ?, ?)`,
  ).run(id, seq, mailbox, json, at, generation);
  db.prepare(`DELETE FROM waiting WHERE ${ITS_ROW}`).run(seq, mailbox);
  return id;
}

const ITS_ROW = "seq = ? AND mailbox = (SELECT number FROM mailbox WHERE address = ?)";
