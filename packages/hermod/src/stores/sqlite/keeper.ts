/**
 * Keeper: applies batches to the file, each one transaction. A group that must be checked is looked at before anything of it is
 * written, so that what is refused needs no undoing; whatever the file itself refuses takes back the whole batch.
 */
import type { DatabaseSync } from "node:sqlite";
import { fingerprint } from "../../core/dedupe.ts";
import { fromBody } from "./body.ts";
import { Presence } from "./presence.ts";
import {
  Change,
  Check,
  arity,
  type Batch,
  type BatchAnswer,
  type GroupAnswer,
  type Value,
} from "./protocol.ts";
import { prepare, type Statements } from "./statements.ts";
import { toTrouble } from "./trouble.ts";

/** What a file's keeper must know of the store's options. */
export interface KeeperLimits {
  /** Milliseconds in which an idempotency key is recognised. */
  readonly dedupe: number;
  readonly deadLetters: { readonly count: number; readonly age: number };
}

/** Part of the dead letters' bound at which the operator is told. */
const ALARM = 0.8;

/** Values of a change that name its message, by the change's code. */
const seqAt: Readonly<Record<number, number>> = {
  [Change.put]: 1,
  [Change.wait]: 3,
  [Change.fate]: 1,
  [Change.die]: 2,
};

export class Keeper {
  readonly #db: Statements;
  readonly #limits: KeeperLimits;
  readonly #file: string;
  readonly #presence: Presence;
  #changes: readonly Value[] = [];
  #now = 0;
  #letters: number;
  #discarded: [string, "count" | "age"][] = [];
  #filled: number | undefined;
  /** Numbers of rows that were there already, for those that were quietly put again in this batch. */
  readonly #aliases = new Map<Value, number>();

  constructor(db: DatabaseSync, limits: KeeperLimits, file: string) {
    this.#db = prepare(db);
    this.#limits = limits;
    this.#file = file;
    this.#presence = new Presence(file);
    this.#letters = this.#count();
  }

  /** Writes a batch; never throws. */
  apply({ changes, now }: Batch): BatchAnswer {
    this.#changes = changes;
    this.#now = now;
    this.#discarded = [];
    this.#filled = undefined;
    this.#aliases.clear();
    try {
      this.#presence.check();
      this.#db.begin.run();
      const answers = this.#groups();
      this.#db.commit.run();
      const filled = this.#filled;
      return {
        type: "kept",
        answers,
        discarded: this.#discarded,
        ...(filled !== undefined && { filled }),
      };
    } catch (error) {
      return this.#undo(error);
    }
  }

  #undo(error: unknown): BatchAnswer {
    try {
      this.#db.rollback.run();
    } catch {
      // A full disk may have ended the transaction already.
    }
    const { code, message, hint, details, cause } = toTrouble(error, this.#file);
    this.#letters = this.#count();
    return {
      type: "failed",
      error: { code, message, hint, details, ...(cause instanceof Error && { cause: cause.message }) },
    };
  }

  #count(): number {
    try {
      return Number(this.#db.letters.get()?.["count"]);
    } catch {
      return 0;
    }
  }

  #groups(): [number, GroupAnswer][] {
    const changes = this.#changes;
    const answers: [number, GroupAnswer][] = [];
    for (let at = 0, group = 0; at < changes.length; group++) {
      const end = this.#endOf(at);
      const answer = this.#group(at + 2, end, changes[at + 1] === 1);
      if (answer) answers.push([group, answer]);
      at = end;
    }
    return answers;
  }

  #endOf(start: number): number {
    const changes = this.#changes;
    let at = start + 2;
    while (at < changes.length && changes[at] !== Change.group) at += 1 + this.#arityAt(at);
    return at;
  }

  #arityAt(at: number): number {
    return arity[this.#changes[at] as number] as number;
  }

  #group(start: number, end: number, checked: boolean): GroupAnswer | undefined {
    const found = new Map<Value, string>();
    for (let at = start; checked && at < end; at += 1 + this.#arityAt(at)) {
      const refusal = this.#check(at, found);
      if (refusal) return refusal;
    }
    const known = new Set<Value>(found.keys());
    let answer: GroupAnswer | undefined;
    for (let at = start; at < end; at += 1 + this.#arityAt(at)) {
      if (known.size === 0 || !this.#isKnown(at, known)) answer = this.#write(at) ?? answer;
    }
    if (found.size === 0) return answer;
    return { type: "duplicates", found: [...found].map(([seq, id]) => [Number(seq), id] as const) };
  }

  /** True for what belongs to a message that was there before, or to a copy of one. */
  #isKnown(at: number, known: Set<Value>): boolean {
    const place = seqAt[this.#changes[at] as number];
    if (place === undefined) return false;
    const seq = this.#changes[at + place] as Value;
    if (this.#changes[at] === Change.put && known.has(this.#changes[at + 5] as Value)) known.add(seq);
    return known.has(seq);
  }

  /** Looks whether a change can be made; a put that was there before is noted in `found`. */
  #check(at: number, found: Map<Value, string>): GroupAnswer | undefined {
    const changes = this.#changes;
    switch (changes[at]) {
      case Change.put:
        return changes[at + 13] === Check.known ? this.#checkPut(at, found) : undefined;
      case Change.state: {
        const version = this.#db.version.get(changes[at + 1] as Value)?.["version"] ?? 0;
        return version === changes[at + 2] ? undefined : { type: "state" };
      }
      case Change.undie:
        return this.#db.letter.get(changes[at + 1] as Value) ? undefined : { type: "missing" };
      default:
        return undefined;
    }
  }

  #checkPut(at: number, found: Map<Value, string>): GroupAnswer | undefined {
    const [, seq, id, place] = this.#changes.slice(at, at + 4) as [number, number, string, string];
    const mark = this.#changes[at + 11] as Value;
    const body = this.#changes[at + 12] as string;
    const earlier = this.#earlier(id, place, mark);
    if (earlier === undefined) return undefined;
    if (print(earlier.body) !== print(body)) return { type: "conflict", seq, id: earlier.id };
    found.set(seq, earlier.id);
    return undefined;
  }

  #earlier(id: Value, place: Value, mark: Value): { id: string; body: string } | undefined {
    const since = this.#now - this.#limits.dedupe;
    const row =
      this.#db.byId.get(id, place) ?? (mark === null ? undefined : this.#db.byMark.get(mark, since));
    return row as { id: string; body: string } | undefined;
  }

  #write(at: number): GroupAnswer | undefined {
    const db = this.#db;
    const v = (place: number): Value => this.#changes[at + place] as Value;
    switch (this.#changes[at]) {
      case Change.put: {
        const put = v(13) === Check.quiet ? db.putQuietly : db.put;
        const { changes } = put.run(
          v(1),
          v(2),
          v(3),
          v(4),
          v(5),
          v(6),
          v(7),
          v(8),
          v(9),
          v(10),
          v(11),
          v(12),
        );
        if (changes === 0) this.#aliases.set(v(1), Number(db.byId.get(v(2), v(3))?.["seq"]));
        return undefined;
      }
      case Change.wait:
        return void db.wait.run(v(1), v(2), v(3), v(4), v(5), v(6));
      case Change.gone:
        return void db.gone.run(v(1), v(2), v(3));
      case Change.again:
        return void db.again.run(v(4), v(5), v(1), v(2), v(3));
      case Change.fate:
        return void db.fate.run(v(1), v(2), v(3), v(4), v(5), v(6), v(7), v(8));
      case Change.state:
        if (v(4) !== null) db.state.run(v(1), v(3), v(4), v(5));
        return undefined;
      case Change.claimed:
        return void db.claimed.run(v(1), v(2), v(3), v(4));
      case Change.unclaimed:
        db.acquit.run(v(1));
        return void db.unclaimed.run(v(1), v(2));
      default:
        return this.#writeRarely(v);
    }
  }

  #writeRarely(v: (place: number) => Value): GroupAnswer | undefined {
    const db = this.#db;
    switch (v(0)) {
      case Change.die:
        return this.#die(v);
      case Change.undie:
        this.#letters -= Number(db.undie.run(v(1)).changes);
        return undefined;
      case Change.mailbox:
        return void db.mailbox.run(v(1), v(2), v(3));
      case Change.remove:
        return value(this.#remove(v(1), v(2)));
      case Change.bind:
        return void db.bind.run(v(1), v(2));
      case Change.unbind:
        return void db.unbind.run(v(1), v(2));
      case Change.part:
        return value(this.#part(v(1), v(2)));
      case Change.spend:
        return value(this.#spend(v(1), v(2) as string, v(3) as string));
      case Change.fill:
        return value(db.fill.all(v(1), v(2), v(3), v(4)));
      case Change.late:
        return value(db.late.all(v(1), v(1)));
      case Change.relane:
        return void (v(2) === 1 ? db.oneLane : db.lanes).run(v(1));
      case Change.trim:
        return this.#trim();
      case Change.probe:
        return void db.probe.run();
      case Change.look:
        return this.#look(v);
      default:
        return undefined;
    }
  }

  #look(v: (place: number) => Value): GroupAnswer | undefined {
    const earlier = this.#earlier(v(1), v(2), v(3));
    if (earlier === undefined) return undefined;
    const same = print(earlier.body) === print(v(4) as string);
    return same
      ? { type: "duplicates", found: [[0, earlier.id]] }
      : { type: "conflict", seq: 0, id: earlier.id };
  }

  #die(v: (place: number) => Value): undefined {
    const { count } = this.#limits.deadLetters;
    const replaced = this.#db.letter.get(v(1)) !== undefined;
    this.#db.die.run(v(1), this.#aliases.get(v(2)) ?? v(2), v(3), v(4), v(5), v(6), v(7), v(8));
    if (!replaced) this.#letters++;
    this.#trim();
    if (!replaced && this.#letters === Math.ceil(count * ALARM)) this.#filled = this.#letters;
  }

  /** Discards what is too old or too much; letters stand in the order of their deaths. */
  #trim(): undefined {
    const { count, age } = this.#limits.deadLetters;
    for (let oldest = this.#oldest(); oldest; oldest = this.#oldest()) {
      const tooMany = this.#letters > count;
      if (!tooMany && oldest.died + age >= this.#now) return;
      this.#db.bury.run(oldest.number);
      this.#letters--;
      this.#discarded.push([oldest.id, tooMany ? "count" : "age"]);
    }
  }

  #oldest(): { number: number; id: string; died: number } | undefined {
    if (this.#letters === 0) return undefined;
    return this.#db.oldestLetter.get() as { number: number; id: string; died: number } | undefined;
  }

  #remove(number: Value, address: Value): unknown {
    const left = this.#db.inMailbox.all(number);
    this.#db.clear.run(number);
    this.#db.forgetMailbox.run(number);
    this.#db.unbindAll.run(address);
    this.#db.forgetStates.run(address);
    return left;
  }

  #part(id: Value, json: Value): number {
    const number = Number(this.#db.lastPart.get(id)?.["number"]) + 1;
    this.#db.part.run(id, number, json);
    return number;
  }

  /** The name of the amount that would pass its limit; else the amounts are spent. */
  #spend(conversation: Value, amounts: string, limits: string): string | undefined {
    const row = this.#db.spent.get(conversation);
    const spent = { ...(row && (JSON.parse(row["amounts"] as string) as Record<string, number>)) };
    const most = JSON.parse(limits) as Record<string, number>;
    for (const [name, amount] of Object.entries(JSON.parse(amounts) as Record<string, number>)) {
      spent[name] = (spent[name] ?? 0) + amount;
      if (spent[name] > (most[name] ?? Infinity)) return name;
    }
    this.#db.spend.run(conversation, JSON.stringify(spent));
    return undefined;
  }
}

function value(given: unknown): GroupAnswer {
  return { type: "value", value: given };
}

function print(body: string): string {
  return fingerprint(fromBody(body));
}
