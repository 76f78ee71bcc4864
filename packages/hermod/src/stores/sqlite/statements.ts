/** Statements: all SQL that the writer runs, prepared once. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

const texts = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",
  put: "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  putQuietly: "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  byId: `SELECT m.seq, m.id, coalesce(m.body, s.body) AS body FROM message m LEFT JOIN message s ON s.seq = m.source
    WHERE m.id = ? AND m.place = ?`,
  byMark: `SELECT seq, id, body FROM message WHERE mark = ? AND at > ? ORDER BY at DESC LIMIT 1`,
  wait: "INSERT OR REPLACE INTO waiting (mailbox, lane, seq, size, generation, due) VALUES (?, ?, ?, ?, ?, ?)",
  gone: "DELETE FROM waiting WHERE mailbox = ? AND lane = ? AND seq = ?",
  again: "UPDATE waiting SET due = ?, attempts = ? WHERE mailbox = ? AND lane = ? AND seq = ?",
  fate: "INSERT INTO fate VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  die: `INSERT OR REPLACE INTO dead (id, seq, mailbox, reason, error, attempts, died, generation)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  undie: "DELETE FROM dead WHERE id = ?",
  letter: "SELECT 1 FROM dead WHERE id = ?",
  letters: "SELECT count(*) AS count FROM dead",
  oldestLetter: "SELECT number, id, died FROM dead ORDER BY number LIMIT 1",
  bury: "DELETE FROM dead WHERE number = ?",
  version: "SELECT version FROM state WHERE key = ?",
  state: "INSERT OR REPLACE INTO state (key, version, json, mailbox) VALUES (?, ?, ?, ?)",
  forgetStates: "DELETE FROM state WHERE mailbox = ?",
  mailbox: `INSERT INTO mailbox VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET rule = excluded.rule`,
  forgetMailbox: "DELETE FROM mailbox WHERE number = ?",
  clear: "DELETE FROM waiting WHERE mailbox = ?",
  bind: "INSERT OR IGNORE INTO binding (pattern, mailbox) VALUES (?, ?)",
  unbind: "DELETE FROM binding WHERE pattern = ? AND mailbox = ?",
  unbindAll: "DELETE FROM binding WHERE mailbox = ?",
  lastPart: "SELECT coalesce(max(number), 0) AS number FROM part WHERE id = ?",
  part: "INSERT INTO part VALUES (?, ?, ?)",
  spent: "SELECT amounts FROM spent WHERE conversation = ?",
  spend: "INSERT OR REPLACE INTO spent VALUES (?, ?)",
  fill: rows(
    "w.mailbox = ? AND w.lane = ? AND w.seq > ? AND w.due IS NULL AND w.attempts IS NULL",
    "w.seq LIMIT ?",
  ),
  late: rows("w.mailbox = ? AND w.attempts IS NOT NULL AND (w.due IS NULL OR ? = 1)", "w.seq"),
  later: rows("w.mailbox = ? AND w.due IS NOT NULL AND (w.due, w.seq) > (?, ?)", "w.due, w.seq LIMIT ?"),
  sought: rows("w.mailbox = ? AND m.id = ? AND w.due IS NOT NULL", "w.due LIMIT 1"),
  sweep: rows("w.mailbox = ?", "w.lane, w.seq LIMIT ?"),
  oneLane: "UPDATE waiting SET lane = 1 WHERE mailbox = ?",
  lanes: `UPDATE waiting SET lane = (SELECT json_extract(coalesce(m.body, s.body), '$[8]') FROM message m
    LEFT JOIN message s ON s.seq = m.source WHERE m.seq = waiting.seq) WHERE mailbox = ?`,
  claimed: "INSERT OR REPLACE INTO running VALUES (?, ?, ?, ?)",
  unclaimed: "DELETE FROM running WHERE seq = ? AND mailbox = ?",
  acquit: "DELETE FROM suspect WHERE seq = ?",
  probe: "UPDATE meta SET value = value + 1 WHERE name = 'probes'",
} as const;

function rows(where: string, order?: string): string {
  return `SELECT w.seq, w.size, w.generation, w.due, w.attempts, coalesce(m.body, s.body) AS body FROM waiting w
    JOIN message m ON m.seq = w.seq LEFT JOIN message s ON s.seq = m.source
    WHERE ${where}${order === undefined ? "" : ` ORDER BY ${order}`}`;
}

/** The writer's statements by name. */
export type Statements = { readonly [Name in keyof typeof texts]: StatementSync };

export function prepare(db: DatabaseSync): Statements {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, db.prepare(text)]),
  ) as unknown as Statements;
}
