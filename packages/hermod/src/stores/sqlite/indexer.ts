/**
 * Indexer: fills the lists of history and the words in slices, behind the messages. A slice is written sorted, so that it touches
 * each page of a list once; with each message apart the pages would be written over and over.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { mailboxOf, type Address } from "../../core/address.ts";
import { wordsIn } from "./body.ts";

interface Row {
  readonly seq: number;
  readonly conversation: string;
  readonly sender: Address;
  readonly reader: Address | null;
  readonly source: number;
  /** False for what stands for its copies. */
  readonly listed: number;
}

/** While the lists lag behind, the words get every fourth row of a slice: they take several times as long. */
const WORDS = 4;

const ROWS = `
  SELECT seq, conversation, sender, reader, coalesce(source, seq) AS source,
    mailbox IS NOT NULL OR NOT EXISTS (SELECT 1 FROM message AS copy WHERE copy.source = m.seq) AS listed
  FROM message AS m WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?`;

export class Indexer {
  readonly #newest: StatementSync;
  readonly #mark: StatementSync;
  readonly #marked: StatementSync;
  readonly #rows: StatementSync;
  readonly #body: StatementSync;
  readonly #conversation: StatementSync;
  readonly #agent: StatementSync;
  readonly #words: StatementSync;

  constructor(db: DatabaseSync) {
    this.#newest = db.prepare("SELECT max(seq) AS seq FROM message");
    this.#mark = db.prepare("SELECT value FROM meta WHERE name = ?");
    this.#marked = db.prepare("UPDATE meta SET value = ? WHERE name = ?");
    this.#rows = db.prepare(ROWS);
    this.#body = db.prepare("SELECT body FROM message WHERE seq = ?");
    this.#conversation = db.prepare("INSERT INTO by_conversation VALUES (?, ?)");
    this.#agent = db.prepare("INSERT INTO by_agent VALUES (?, ?)");
    this.#words = db.prepare("INSERT INTO text (rowid, words) VALUES (?, ?)");
  }

  /** How many messages at most are not in all lists yet. */
  get behind(): number {
    const newest = (this.#newest.get()?.["seq"] ?? 0) as number;
    return Math.max(0, newest - Math.min(this.#markOf("indexed"), this.#markOf("worded")));
  }

  /**
   * Lists the next messages, at most `rows`, and the words of as many or fewer; answers how many rows were taken, 0 at the end.
   * Whoever calls holds a transaction. Messages from `below` on are left: what may still be written must not be passed.
   */
  slice(rows: number, below = Number.MAX_SAFE_INTEGER): number {
    const listed = this.#next("indexed", rows, below);
    this.#list(listed.filter(isListed));
    // What is not listed yet must not have words either: whoever forgets a message looks at one mark only.
    const end = Math.min(below, this.#markOf("indexed") + 1);
    const worded = this.#next("worded", listed.length < rows ? rows : Math.ceil(rows / WORDS), end);
    this.#word(worded.filter(isListed));
    return listed.length + worded.length;
  }

  /** The next rows after a mark, which moves behind them. */
  #next(mark: string, rows: number, below: number): Row[] {
    const next = this.#rows.all(this.#markOf(mark), below, rows) as unknown as Row[];
    const last = next.at(-1);
    if (last) this.#marked.run(last.seq, mark);
    return next;
  }

  #list(rows: readonly Row[]): void {
    const talks = rows.map(({ conversation, seq }) => [conversation, seq] as const);
    const agents = rows.flatMap((row) => agentsOf(row).map((agent) => [agent, row.seq] as const));
    for (const [conversation, seq] of talks.sort(byName)) this.#conversation.run(conversation, seq);
    for (const [agent, seq] of agents.sort(byName)) this.#agent.run(agent, seq);
  }

  /** The copies of a published message mostly follow one another, so that its words are cut once. */
  #word(rows: readonly Row[]): void {
    let [last, words] = [0, ""];
    for (const { seq, source } of rows) {
      if (source !== last) words = wordsIn(this.#body.get(source)?.["body"] as string);
      last = source;
      this.#words.run(seq, words);
    }
  }

  #markOf(name: string): number {
    return this.#mark.get(name)?.["value"] as number;
  }
}

function isListed({ listed }: Row): boolean {
  return listed !== 0;
}

/** Whose history a message belongs to: who sent and who got it, each once; where that was an instance, its agent too. */
export function agentsOf({ sender, reader }: Pick<Row, "sender" | "reader">): Address[] {
  const agents = reader === null ? [sender] : [sender, reader];
  return [...new Set([...agents, ...agents.map(mailboxOf)])];
}

function byName(a: readonly [string, number], b: readonly [string, number]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1];
}
