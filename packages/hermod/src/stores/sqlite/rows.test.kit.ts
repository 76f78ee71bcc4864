/** What the tests of the file share: a temporary file with the tables, and rows in it as the writer would put them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestContext } from "node:test";
import { agentOf, mailboxOf, toAddress } from "../../core/address.ts";
import { Copier } from "../../core/codec.ts";
import { seal, type Envelope } from "../../core/envelope.ts";
import { toRecord } from "../../core/errors.ts";
import type { Attempt } from "../../core/store.ts";
import { blank, type Draft } from "../../testing/store/drafts.ts";
import { toBody } from "./body.ts";
import { steps } from "./schema.ts";

/** A message row to write. */
export interface Written {
  readonly draft?: Draft;
  /** Whose mailbox it waits in; that of its recipient unless given, undefined for nobody's. */
  readonly mailbox?: string | undefined;
  /** The published message that this is a copy of. */
  readonly source?: number;
  /** When it was stored, UTC milliseconds; default: when it was sent. */
  readonly at?: number;
}

export class TestFile {
  readonly db: DatabaseSync;
  readonly #copier = new Copier();
  readonly #envelopes = new Map<number, Envelope>();
  #seq = 0;

  constructor(path: string) {
    this.db = new DatabaseSync(path);
    this.db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
    for (const step of steps) this.db.exec(step);
  }

  run(sql: string, ...values: (string | number | null)[]): void {
    this.db.prepare(sql).run(...values);
  }

  count(sql: string, ...values: (string | number)[]): number {
    return Object.values(this.db.prepare(sql).get(...values) ?? {})[0] as number;
  }

  column(sql: string): unknown[] {
    return this.db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  }

  envelope(seq: number): Envelope {
    return this.#envelopes.get(seq) as Envelope;
  }

  /** Writes a message; answers its number. */
  put({ draft = {}, source, at, ...rest }: Written = {}): number {
    const seq = ++this.#seq;
    const envelope = source === undefined ? this.#message(seq, draft) : this.envelope(source);
    this.#envelopes.set(seq, envelope);
    const { to, from, id, conversationId, sentAt, size } = envelope;
    const mailbox = "mailbox" in rest ? (rest.mailbox ?? null) : to === undefined ? null : mailboxOf(to);
    const place = to ?? `topic ${envelope.topic}${source === undefined ? "" : `@${mailbox}`}`;
    const reader = to === undefined ? mailbox : agentOf(to);
    if (mailbox !== null) {
      this.run("INSERT OR IGNORE INTO mailbox (address, rule) VALUES (?, '{}')", mailbox);
    }
    const body = source === undefined ? toBody(envelope) : null;
    const values = [seq, id, place, mailbox, source ?? null, conversationId, agentOf(from), reader] as const;
    const sql = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)";
    this.run(sql, ...values, at ?? sentAt, size, body);
    return seq;
  }

  /** Writes a published message with its copies; answers the number of the first, whose copies follow. */
  publish(draft: Draft, ...mailboxes: string[]): number {
    const source = this.put({ draft: { verb: "publish", to: undefined, topic: "tide.turned", ...draft } });
    for (const mailbox of mailboxes) this.put({ source, mailbox });
    return source;
  }

  wait(seq: number, lane = 2): void {
    const number = `(SELECT number FROM mailbox WHERE address = (SELECT mailbox FROM message WHERE seq = ${seq}))`;
    this.run(
      `INSERT INTO waiting (mailbox, lane, seq, size, generation) VALUES (${number}, ?, ?, 0, 0)`,
      lane,
      seq,
    );
  }

  unwait(seq: number): void {
    this.run("DELETE FROM waiting WHERE seq = ?", seq);
  }

  /** Writes the end of an attempt, or a move that no attempt made where the number is 0. */
  fate(seq: number, state: string, number = 1, error?: string): Attempt {
    const step = this.count("SELECT count(*) FROM fate WHERE seq = ?", seq) + 1;
    const record = error === undefined ? undefined : toRecord(new Error(error));
    const outcome = error === undefined ? "acked" : "failed";
    const json = record === undefined ? null : JSON.stringify(record);
    this.run("INSERT INTO fate VALUES (?, ?, ?, ?, ?, 5, 7, ?)", seq, step, state, number, outcome, json);
    return { number, startedAt: 5, endedAt: 7, outcome, ...(record && { error: record }) };
  }

  /** Writes a dead letter; answers its number. */
  die(seq: number, reason = "exhausted", error?: string): number {
    const attempts = error === undefined ? [] : [this.fate(seq, "dead", 1, error)];
    const json = attempts[0]?.error === undefined ? null : JSON.stringify(attempts[0].error);
    if (error === undefined) this.fate(seq, "dead", 0);
    const id = `${this.envelope(seq).id}@${seq}`;
    const { mailbox } = this.db.prepare("SELECT mailbox FROM message WHERE seq = ?").get(seq) ?? {};
    this.run(
      "INSERT INTO dead (id, seq, mailbox, reason, error, attempts, died, generation) VALUES (?, ?, ?, ?, ?, ?, 9, 1)",
      ...([id, seq, mailbox as string | null, reason, json, JSON.stringify(attempts)] as const),
    );
    return this.count("SELECT max(number) FROM dead");
  }

  #message(seq: number, { payload, ...draft }: Draft): Envelope {
    const copy = this.#copier.copy(payload ?? { text: "the tide turns" });
    const fields = { ...blank, id: `m${seq}`, sequence: seq, sentAt: seq * 1000, ...draft };
    return seal({ ...fields, payload: copy, size: this.#copier.size });
  }
}

/** A file of its own for a test, gone after it. */
export function testFile(t: TestContext): TestFile {
  const folder = mkdtempSync(join(tmpdir(), "hermod-"));
  const file = new TestFile(join(folder, "test.db"));
  t.after(() => {
    file.db.close();
    rmSync(folder, { recursive: true });
  });
  return file;
}

/** The address of somebody. */
export const named = (name: string) => toAddress(name);
