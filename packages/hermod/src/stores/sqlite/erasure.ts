/** Erasure: takes messages out of the file with all that stands beside them. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { agentsOf } from "./indexer.ts";
import type { Address } from "../../core/address.ts";

/** What must be known of a message to remove it. */
export interface Removed {
  readonly seq: number;
  readonly id: string;
  readonly source: number | null;
  readonly conversation: string;
  readonly sender: Address;
  readonly reader: Address | null;
}

/** Conversations that have an amount and neither a listed message nor one that is not listed yet. */
const SPENT = `
  DELETE FROM spent WHERE conversation IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM by_conversation AS listed WHERE listed.conversation = spent.conversation)
    AND conversation NOT IN
      (SELECT conversation FROM message WHERE seq > (SELECT value FROM meta WHERE name = 'indexed'))`;

export class Erasure {
  readonly #worded: StatementSync;
  readonly #word: StatementSync;
  readonly #conversation: StatementSync;
  readonly #agent: StatementSync;
  readonly #rows: readonly StatementSync[];
  readonly #parts: StatementSync;
  readonly #hasSpent: StatementSync;
  readonly #spent: StatementSync;

  constructor(db: DatabaseSync) {
    this.#worded = db.prepare("SELECT value FROM meta WHERE name = 'worded'");
    this.#word = db.prepare("DELETE FROM text WHERE rowid = ?");
    this.#conversation = db.prepare("DELETE FROM by_conversation WHERE conversation = ? AND seq = ?");
    this.#agent = db.prepare("DELETE FROM by_agent WHERE agent = ? AND seq = ?");
    const those = "seq IN (SELECT value FROM json_each(?))";
    this.#rows = ["fate", "failure", "message"].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE ${those}`),
    );
    this.#parts = db.prepare(
      `DELETE FROM part WHERE id IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = part.id)`,
    );
    this.#hasSpent = db.prepare("SELECT 1 FROM spent WHERE conversation = ?");
    this.#spent = db.prepare(SPENT);
  }

  /** Removes messages that the lists know; parts and amounts go with the last message of their id or conversation. */
  remove(rows: readonly Removed[]): void {
    if (rows.length === 0) return;
    this.#unlist(rows);
    const seqs = JSON.stringify(rows.map(({ seq }) => seq));
    for (const statement of this.#rows) statement.run(seqs);
    this.#parts.run(JSON.stringify([...new Set(rows.map(({ id }) => id))]));
    const talks = [...new Set(rows.map(({ conversation }) => conversation))];
    const spent = talks.filter((conversation) => this.#hasSpent.get(conversation));
    if (spent.length > 0) this.#spent.run(JSON.stringify(spent));
  }

  #unlist(rows: readonly Removed[]): void {
    const worded = this.#worded.get()?.["value"] as number;
    for (const { seq, conversation } of rows) {
      this.#conversation.run(conversation, seq);
      if (seq <= worded) this.#word.run(seq);
    }
    for (const row of rows) for (const agent of agentsOf(row)) this.#agent.run(agent, row.seq);
  }
}
