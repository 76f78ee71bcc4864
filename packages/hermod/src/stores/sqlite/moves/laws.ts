/** Laws: what must hold between the rows of a file, each as a question that counts the rows which break it. */

export interface Law {
  readonly check: string;
  /** Counts the rows that break it. */
  readonly sql: string;
  /** Behind the number of such rows. */
  readonly text: string;
}

/** What must hold between the rows, which SQLite knows nothing of. */
export const laws: readonly Law[] = [
  {
    check: "waiting",
    sql: "SELECT count(*) FROM waiting w WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.seq = w.seq)",
    text: "waiting without their message",
  },
  {
    check: "mailboxes",
    sql: "SELECT count(*) FROM waiting w WHERE NOT EXISTS (SELECT 1 FROM mailbox b WHERE b.number = w.mailbox)",
    text: "waiting in a mailbox that does not exist",
  },
  {
    check: "dead",
    sql: "SELECT count(*) FROM dead d WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.seq = d.seq)",
    text: "dead letters without their message",
  },
  {
    check: "copies",
    sql: `SELECT count(*) FROM message c WHERE c.source IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM message m WHERE m.seq = c.source AND m.body IS NOT NULL)`,
    text: "copies of a published message that is gone",
  },
  {
    check: "messages",
    sql: `SELECT count(*) FROM message WHERE CASE WHEN body IS NULL THEN source IS NULL
      WHEN NOT json_valid(body) THEN 1 ELSE json_extract(body, '$[1]') IS NOT id END`,
    text: "messages that cannot be read",
  },
  {
    check: "fates",
    sql: "SELECT count(*) FROM fate f WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.seq = f.seq)",
    text: "ends of messages that do not exist",
  },
  {
    check: "states",
    sql: "SELECT count(*) FROM state WHERE NOT json_valid(json)",
    text: "states of agents that cannot be read",
  },
];
