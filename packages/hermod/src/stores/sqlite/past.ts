/**
 * Past: what became of messages. Looks at them in three steps, each only as far as the one before it leaves something: columns and
 * fates of many at once, what the filter says of these, and at last the body.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import { matches, type Filter, type Subject } from "../../core/filter.ts";
import type { Attempt, MessageRecord } from "../../core/store.ts";
import type { Asked } from "./asked.ts";
import { fromBody } from "./body.ts";
import { instances } from "./lists.ts";
import type { Looked } from "./pages.ts";

/** A message as history tells of it; its body is still text. */
export interface PastItem {
  readonly seq: number;
  readonly body: string;
  readonly mailbox?: string;
  readonly state: MessageRecord["state"];
  readonly attempts: readonly Attempt[];
}

interface Columns {
  readonly seq: number;
  readonly conversation: string;
  readonly sender: string;
  readonly reader: string | null;
  readonly mailbox: string | null;
  /** Where the body stands. */
  readonly source: number;
  readonly waiting: number;
  /** Published, and standing for its copies. */
  readonly spread: number;
}

interface Fate {
  readonly seq: number;
  readonly state: string;
  readonly number: number;
  readonly outcome: Attempt["outcome"];
  readonly started: number;
  readonly ended: number;
  readonly error: string | null;
}

/** The part of a filter that needs no envelope, and the rest. */
const OUTCOME = new Set(["state", "attempts", "reason", "error"]);

const COLUMNS = `
  SELECT m.seq, m.conversation, m.sender, m.reader, m.mailbox, coalesce(m.source, m.seq) AS source,
    EXISTS (SELECT 1 FROM waiting WHERE mailbox = (SELECT number FROM mailbox WHERE address = m.mailbox)
      AND lane IN (0, 1, 2, 3, 4, 5) AND seq = m.seq) AS waiting,
    m.mailbox IS NULL AND EXISTS (SELECT 1 FROM message WHERE source = m.seq) AS spread
  FROM json_each(?) AS list CROSS JOIN message AS m ON m.seq = list.value`;

const FATES = `
  SELECT fate.seq, state, number, outcome, started, ended, error
  FROM json_each(?) AS list CROSS JOIN fate ON fate.seq = list.value ORDER BY list.key, step`;

export class Past {
  readonly #columns: StatementSync;
  readonly #fates: StatementSync;
  readonly #bodies: Bodies;

  constructor(db: DatabaseSync, bodies: Bodies) {
    this.#columns = db.prepare(COLUMNS);
    this.#fates = db.prepare(FATES);
    this.#bodies = bodies;
  }

  /** Looks at messages one after the other. */
  *look(seqs: readonly number[], asked: Asked): IterableIterator<Looked<PastItem>> {
    if (seqs.length === 0) return;
    const list = JSON.stringify(seqs);
    const fates = Map.groupBy(this.#fates.all(list) as unknown as Fate[], ({ seq }) => seq);
    const sieve = new Sieve(asked.where ?? [], asked.now);
    for (const row of this.#columns.all(list) as unknown as Columns[]) {
      const found = isAsked(row, asked) ? told(row, fates.get(row.seq) ?? [], asked) : undefined;
      yield this.#judge(row, found, sieve);
    }
  }

  #judge({ seq, source, mailbox }: Columns, found: Told | undefined, sieve: Sieve): Looked<PastItem> {
    if (found === undefined || !sieve.maybe(found)) return { seq, item: undefined, text: 0 };
    const body = this.#bodies.of(source);
    const { state, attempts } = found;
    const item = { seq, body, ...(mailbox !== null && { mailbox }), state, attempts };
    return { seq, item: sieve.passes(found, body) ? item : undefined, text: body.length };
  }
}

/** The bodies, read one at a time: they may be large. */
export class Bodies {
  readonly #body: StatementSync;

  constructor(db: DatabaseSync) {
    this.#body = db.prepare("SELECT body FROM message WHERE seq = ?");
  }

  of(seq: number): string {
    return this.#body.get(seq)?.["body"] as string;
  }
}

/** What became of something: all that a filter can ask for without its envelope. */
export type Outcome = Omit<Subject, "envelope">;

/** A filter in two halves: what needs no envelope is asked first, since reading one costs ten times as much. */
export class Sieve {
  readonly #first: Filter;
  readonly #rest: Filter;
  readonly #now: number;

  constructor(where: Filter, now: number) {
    this.#first = where.filter(({ field }) => OUTCOME.has(field));
    this.#rest = where.filter(({ field }) => !OUTCOME.has(field));
    this.#now = now;
  }

  /** False where no envelope could help. */
  maybe({ outcome }: { readonly outcome: Outcome }): boolean {
    return matches(this.#first, outcome as Subject, this.#now);
  }

  passes({ outcome }: { readonly outcome: Outcome }, body: string): boolean {
    if (this.#rest.length === 0) return true;
    const envelope: Envelope = fromBody(body);
    return matches(this.#rest, { ...outcome, envelope }, this.#now);
  }
}

interface Told {
  readonly state: MessageRecord["state"];
  readonly attempts: readonly Attempt[];
  readonly outcome: Outcome;
}

/** State and attempts; undefined for what stands for nothing, since its copies do. */
function told(row: Columns, fates: readonly Fate[], { live }: Asked): Told | undefined {
  const last = fates.at(-1)?.state;
  if (row.spread || (!row.waiting && last === "replaced")) return undefined;
  const state = live?.get(row.seq) ?? (row.waiting ? "waiting" : ((last ?? "failed") as Told["state"]));
  const attempts = fates.filter(({ number }) => number > 0).map(toAttempt);
  const error = attempts.at(-1)?.error?.message;
  const outcome = { state, attempts: attempts.length, ...(error !== undefined && { error }) };
  return { state, attempts, outcome };
}

function toAttempt({ number, started, ended, outcome, error }: Fate): Attempt {
  const record = error === null ? undefined : (JSON.parse(error) as ErrorRecord);
  return { number, startedAt: started, endedAt: ended, outcome, ...(record && { error: record }) };
}

function isAsked({ conversation, sender, reader }: Columns, asked: Asked): boolean {
  if (asked.conversation !== undefined && asked.conversation !== conversation) return false;
  return asked.agent === undefined || isOf(sender, asked.agent) || isOf(reader, asked.agent);
}

/** True for the agent itself and for its instances. */
function isOf(name: string | null, agent: string): boolean {
  return name === agent || (name?.startsWith(instances(agent)[0]) ?? false);
}
