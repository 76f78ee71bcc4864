/** Reader: interim, scans. */
import type { DatabaseSync } from "node:sqlite";
import { matches } from "../../core/filter.ts";
import { fromBody } from "./body.ts";
import type { HistoryRow, LetterRow, Question, Reply, Rows } from "./questions.ts";

export class Reader {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    this.#db = db;
  }
  answer<Q extends Question>(question: Q): Reply<Q> {
    return this.#answer(question) as Reply<Q>;
  }
  #answer(q: Question): unknown {
    switch (q.type) {
      case "history":
        return this.#history(q);
      case "dead": {
        const all = this.#letters("1").filter((l) => l.number > Number(q.after ?? 0));
        const fit = all.filter(
          (l) =>
            !q.where ||
            matches(
              q.where,
              {
                envelope: fromBody(l.body),
                reason: l.reason,
                state: "dead",
                attempts: l.attempts.length,
                ...(l.error && { error: l.error.message }),
              },
              q.now,
            ),
        );
        return pageOf(fit, q.limit ?? 100, (l) => l.number);
      }
      case "letter":
        return this.#letters("d.id = ?", q.id)[0];
      case "waiting":
        return this.#db
          .prepare(`SELECT w.seq, coalesce(m.body, s.body) AS body FROM waiting w JOIN message m ON m.seq = w.seq LEFT JOIN message s ON s.seq = m.source
          WHERE w.mailbox = ? AND w.lane = ? AND w.seq > ? AND w.due IS NULL AND w.attempts IS NULL ORDER BY w.seq LIMIT ?`)
          .all(q.mailbox, q.lane, q.after, q.limit);
      case "state":
        return this.#db.prepare("SELECT json, version FROM state WHERE key = ?").get(q.key);
      case "parts":
        return this.#db
          .prepare("SELECT json FROM part WHERE id = ? AND number > ? ORDER BY number LIMIT ?")
          .all(q.id, q.after, q.limit)
          .map((r) => r["json"]);
    }
  }
  #letters(where: string, ...given: string[]): LetterRow[] {
    return this.#db
      .prepare(
        `SELECT d.*, coalesce(m.body, s.body) AS body FROM dead d JOIN message m ON m.seq = d.seq LEFT JOIN message s ON s.seq = m.source WHERE ${where} ORDER BY d.number`,
      )
      .all(...given)
      .map((r) => ({
        number: Number(r["number"]),
        id: r["id"] as string,
        seq: Number(r["seq"]),
        body: r["body"] as string,
        ...(r["mailbox"] !== null && { mailbox: r["mailbox"] as string }),
        reason: r["reason"] as string,
        ...(r["error"] !== null && { error: JSON.parse(r["error"] as string) }),
        attempts: JSON.parse(r["attempts"] as string),
        diedAt: Number(r["died"]),
        generation: Number(r["generation"]),
      }));
  }
  #history(q: Question & { type: "history" }): Rows<HistoryRow> {
    const rows = this.#db
      .prepare(`SELECT m.seq, m.mailbox, m.sender, m.reader, m.conversation, coalesce(m.body, s.body) AS body, (SELECT count(*) FROM waiting w WHERE w.seq = m.seq) AS waits,
      (SELECT count(*) FROM message c WHERE c.source = m.seq) AS copies FROM message m LEFT JOIN message s ON s.seq = m.source WHERE m.seq > ? ORDER BY m.seq`)
      .all(Number(q.after ?? 0));
    const items: HistoryRow[] = [];
    for (const r of rows) {
      if (Number(r["copies"]) > 0) continue;
      if (q.conversation !== undefined && r["conversation"] !== q.conversation) continue;
      const fits = (a: unknown): boolean =>
        a === q.agent || (typeof a === "string" && a.startsWith(`${q.agent}#`));
      if (q.agent !== undefined && !fits(r["sender"]) && !fits(r["reader"])) continue;
      const fates = this.#db.prepare("SELECT * FROM fate WHERE seq = ? ORDER BY step").all(Number(r["seq"]));
      const state =
        Number(r["waits"]) > 0 ? "waiting" : ((fates.at(-1)?.["state"] as string | undefined) ?? "failed");
      if (state === "replaced") continue;
      const attempts = fates
        .filter((f) => Number(f["number"]) > 0)
        .map((f) => ({
          number: Number(f["number"]),
          startedAt: Number(f["started"]),
          endedAt: Number(f["ended"]),
          outcome: f["outcome"] as never,
          ...(f["error"] !== null && { error: JSON.parse(f["error"] as string) }),
        }));
      const error = attempts.at(-1)?.error?.message;
      if (
        q.where &&
        !matches(
          q.where,
          {
            envelope: fromBody(r["body"] as string),
            state,
            attempts: attempts.length,
            ...(error !== undefined && { error }),
          },
          q.now,
        )
      )
        continue;
      items.push({
        seq: Number(r["seq"]),
        body: r["body"] as string,
        ...(r["mailbox"] !== null && { mailbox: r["mailbox"] as string }),
        state: state as never,
        attempts,
      });
    }
    return pageOf(items, q.limit ?? 100, (i) => i.seq);
  }
}
function pageOf<T>(all: T[], limit: number, at: (t: T) => number): Rows<T> {
  const items = all.slice(0, limit);
  return { items, ...(all.length > limit && { next: String(at(items.at(-1) as T)) }) };
}
