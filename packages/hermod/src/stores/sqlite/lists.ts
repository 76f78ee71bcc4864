/**
 * Lists: where messages that may answer a question are found. The lists that are filled late know all up to a mark; what came
 * after it is found by the columns of the messages themselves. Each finds at least all that answer; whoever looks at them decides.
 * Towards the oldest all numbers are told with a minus: so they grow on that way too, and stretches are joined and gathered as on the other.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Asked } from "./asked.ts";
import { demanded } from "../../core/filter.ts";
import { demandedWords } from "./asked.ts";
import type { Stretch, Stretches } from "./pages.ts";

/** Rows passed over by SQLite alone cost a fraction of those that are looked at one by one. */
const CHEAP = 10;
/** How many of them at a time. */
const CHEAP_ROWS = 5000;

const END: Stretch = { seqs: [], upto: Infinity, looked: 0 };

export class Lists {
  readonly #forth: Ways;
  readonly #back: Ways;

  constructor(db: DatabaseSync) {
    this.#forth = new Ways(db, false);
    this.#back = new Ways(db, true);
  }

  /** The shortest way to the messages that answer. */
  of({ conversation, agent, where, order }: Asked): Stretches {
    const ways = order === "newest" ? this.#back : this.#forth;
    const id = demanded(where, "id");
    if (id !== undefined) return ways.where("message", "id = ?", id);
    const talk = conversation ?? demanded(where, "conversation");
    if (talk !== undefined) return this.#conversation(ways, talk);
    const words = demandedWords(where);
    if (words !== undefined) return this.#words(ways, words);
    const who = agent ?? demanded(where, "from") ?? demanded(where, "to");
    return who === undefined ? ways.where("message", "") : this.#agent(ways, who);
  }

  /** The value of a mark: up to which message a list is filled. */
  mark(name: "indexed" | "worded"): number {
    return this.#forth.all("SELECT value AS seq FROM meta WHERE name = ?", name)[0] ?? 0;
  }

  #conversation(ways: Ways, conversation: string): Stretches {
    return ways.joined(
      this.mark("indexed"),
      ways.where("by_conversation", "conversation = ?", conversation),
      ways.passing("message", "conversation = ?", conversation),
    );
  }

  #agent(ways: Ways, agent: string): Stretches {
    const [first, last] = instances(agent);
    const columns =
      "(sender = ? OR reader = ? OR (sender >= ? AND sender < ?) OR (reader >= ? AND reader < ?))";
    return ways.joined(
      this.mark("indexed"),
      ways.where("by_agent", "agent = ?", agent),
      ways.passing("message", columns, agent, agent, first, last, first, last),
    );
  }

  /** Free text: what the messages say, and the errors of their attempts. */
  #words(ways: Ways, words: string): Stretches {
    const phrase = phraseOf(words);
    if (phrase === undefined) return ways.where("message", "");
    const said = ways.where("text", "text MATCH ?", phrase);
    return ways.joined(this.mark("worded"), both(said, this.#errors(ways, words)), ways.where("message", ""));
  }

  /** `LIKE` folds only ASCII letters, so whatever holds another character is looked at as well. */
  #errors(ways: Ways, words: string): Stretches {
    const [word] = words.slice(1).split(" ") as [string];
    const like = /^[\da-z]+$/.test(word) ? `%${word}%` : "%";
    return ways.passing("failure", "(message LIKE ? OR message GLOB '*[^ -~]*')", like);
  }
}

/** Ways: how the tables are read in one direction. */
class Ways {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #isBack: boolean;

  constructor(db: DatabaseSync, isBack: boolean) {
    this.#db = db;
    this.#isBack = isBack;
  }

  /** All rows that fulfil a condition which an index serves. */
  where(table: string, condition: string, ...values: SQLInputValue[]): Stretches {
    const seq = table === "text" ? "rowid" : "seq";
    const and = condition === "" ? "" : `${condition} AND`;
    const { behind, order } = this.#terms(seq);
    const sql = `SELECT ${seq} AS seq FROM ${table} WHERE ${and} ${behind} ORDER BY ${order} LIMIT ?`;
    return (after, rows) => {
      const seqs = this.#told(this.all(sql, ...values, this.#number(after), rows));
      return { seqs, upto: seqs.length < rows ? Infinity : (seqs.at(-1) as number), looked: seqs.length };
    };
  }

  /** All rows that fulfil a condition which no index serves: the rows passed over are bounded, too. */
  passing(table: string, condition: string, ...values: SQLInputValue[]): Stretches {
    const { behind, notBehind, order } = this.#terms("seq");
    const end = `SELECT seq FROM ${table} WHERE ${behind} ORDER BY ${order} LIMIT 1 OFFSET ?`;
    const sql = `SELECT DISTINCT seq FROM ${table} WHERE ${condition} AND ${behind} AND ${notBehind} ORDER BY ${order} LIMIT ?`;
    return (after, rows) => {
      const from = this.#number(after);
      const upto = this.#told(this.all(end, from, CHEAP_ROWS))[0] ?? Infinity;
      const seqs = this.#told(this.all(sql, ...values, from, this.#number(upto), rows));
      const passed = CHEAP_ROWS / CHEAP;
      if (seqs.length < rows) return { seqs, upto, looked: passed + seqs.length };
      return { seqs, upto: seqs.at(-1) as number, looked: passed + seqs.length };
    };
  }

  /** What a list knows up to its mark, and all that was stored since. */
  joined(mark: number, listed: Stretches, since: Stretches): Stretches {
    return this.#isBack ? joined(-mark - 1, since, listed) : joined(mark, listed, since);
  }

  #terms(seq: string): { readonly behind: string; readonly notBehind: string; readonly order: string } {
    return this.#isBack
      ? { behind: `${seq} < ?`, notBehind: `${seq} >= ?`, order: `${seq} DESC` }
      : { behind: `${seq} > ?`, notBehind: `${seq} <= ?`, order: seq };
  }

  /** The number of the message that is told so. */
  #number(told: number): number {
    const number = this.#isBack ? -told : told;
    return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(number, Number.MAX_SAFE_INTEGER));
  }

  #told(seqs: number[]): number[] {
    return this.#isBack ? seqs.map((seq) => -seq) : seqs;
  }

  all(sql: string, ...values: SQLInputValue[]): number[] {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement.all(...values).map(({ seq }) => seq as number);
  }
}

/**
 * The words as SQLite searches for them. All words that begin with one character are too many to be put in line for each page, so
 * a last word of one is left to whoever looks; undefined where it is the only one.
 */
function phraseOf(words: string): string | undefined {
  const short = /^(.*) .$/u.exec(words);
  if (short === null) return `"${words.slice(1)}" *`;
  return short[1] ? `"${short[1].slice(1)}"` : undefined;
}

/** From where to where the names of an agent's instances lie. */
export function instances(agent: string): readonly [first: string, last: string] {
  return [`${agent}#`, `${agent}$`];
}

/** What the first finds up to a mark, and what the other finds behind it. */
function joined(mark: number, first: Stretches, rest: Stretches): Stretches {
  return (after, rows) => {
    if (after >= mark) return rest(after, rows);
    const { seqs, upto, looked } = first(after, rows);
    if (upto < mark) return { seqs, upto, looked };
    return { seqs: seqs.filter((seq) => seq <= mark), upto: mark, looked };
  };
}

/** What either finds, in order. */
function both(one: Stretches, other: Stretches): Stretches {
  return (after, rows) => {
    const [a, b] = [one(after, rows), other(after, rows)];
    const upto = Math.min(a.upto, b.upto);
    const seqs = [...new Set([...a.seqs, ...b.seqs])].filter((seq) => seq <= upto).sort((x, y) => x - y);
    return { seqs, upto, looked: a.looked + b.looked };
  };
}

/** Only what lies between two numbers. */
export function within(stretches: Stretches, first: number, last: number): Stretches {
  return (after, rows) => {
    const { seqs, upto, looked } = after >= last ? END : stretches(Math.max(after, first - 1), rows);
    return { seqs: seqs.filter((seq) => seq <= last), upto: upto >= last ? Infinity : upto, looked };
  };
}
