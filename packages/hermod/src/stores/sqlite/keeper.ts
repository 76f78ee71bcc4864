/**
 * Keeper: applies batches to the file, each one transaction. A group that must be checked is looked at before anything of it is
 * written, so that what is refused needs no undoing; whatever the file itself refuses takes back the whole batch.
 */
import type { DatabaseSync } from "node:sqlite";
import { Checks, Findings } from "./checks.ts";
import { Letters, type LetterBounds } from "./letters.ts";
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
import { Spendings } from "./spendings.ts";
import { prepare, type Statements } from "./statements.ts";
import { toTrouble } from "./trouble.ts";

/** What a file's keeper must know of the store's options. */
export interface KeeperLimits {
  /** Milliseconds in which an idempotency key is recognised. */
  readonly dedupe: number;
  readonly deadLetters: LetterBounds;
}

/** Values of a change that name its message, by the change's code. */
const seqAt: Readonly<Record<number, number>> = {
  [Change.put]: 1,
  [Change.wait]: 3,
  [Change.fate]: 1,
  [Change.die]: 2,
  [Change.count]: 1,
};

export class Keeper {
  readonly #db: Statements;
  readonly #file: string;
  readonly #letters: Letters;
  readonly #spendings: Spendings;
  readonly #checks: Checks;
  readonly #presence: Presence;
  #changes: readonly Value[] = [];
  /** Numbers of rows that were there already, for those that were quietly put again in this batch. */
  readonly #aliases = new Map<Value, number>();

  constructor(db: DatabaseSync, limits: KeeperLimits, file: string) {
    this.#db = prepare(db);
    this.#file = file;
    this.#letters = new Letters(this.#db, limits.deadLetters);
    this.#spendings = new Spendings(this.#db);
    this.#checks = new Checks(this.#db, this.#spendings, limits.dedupe);
    this.#presence = new Presence(file);
  }

  /** Writes a batch; never throws. */
  apply({ changes, now, mark }: Batch): BatchAnswer {
    this.#changes = changes;
    this.#letters.begin(now);
    this.#checks.begin(changes, now);
    this.#aliases.clear();
    try {
      this.#presence.check();
      this.#db.begin.run();
      const answers = this.#groups();
      mark?.();
      this.#db.commit.run();
      return { type: "kept", answers, ...this.#letters.told };
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
    this.#letters.recount();
    return {
      type: "failed",
      error: { code, message, hint, details, ...(cause instanceof Error && { cause: cause.message }) },
    };
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
    const findings = new Findings();
    let refusal: GroupAnswer | undefined;
    for (let at = start; checked && !refusal && at < end; at += 1 + this.#arityAt(at))
      refusal = this.#checks.look(at, findings);
    refusal = findings.refusal(refusal);
    if (refusal) return refusal;
    const { found } = findings;
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
        this.#letters.add([v(1), this.#aliases.get(v(2)) ?? v(2), v(3), v(4), v(5), v(6), v(7), v(8)]);
        return undefined;
      case Change.undie:
        this.#letters.remove(v(1));
        return undefined;
      case Change.mailbox:
        return void db.mailbox.run(v(1), v(2), v(3));
      case Change.remove:
        return this.#remove(v(1), v(2));
      case Change.bind:
        return void db.bind.run(v(1), v(2));
      case Change.unbind:
        return void db.unbind.run(v(1), v(2));
      case Change.part:
        return value(this.#part(v(1), v(2)));
      case Change.spend:
        return value(this.#spendings.spend(v(1), v(2) as string, v(3) as string));
      case Change.count:
        return void this.#spendings.count(v(2));
      case Change.fill:
        return value(db.fill.all(v(1), v(2), v(3), v(4)));
      case Change.late:
        return value(db.late.all(v(1), v(2)));
      case Change.later:
        return value(db.later.all(v(1), v(2), v(3), v(4)));
      case Change.sought:
        return value(db.sought.all(v(1), v(2)));
      case Change.sweep:
        return value(db.sweep.all(v(1), v(2)));
      case Change.relane:
        return void (v(2) === 1 ? db.oneLane : db.lanes).run(v(1));
      case Change.trim:
        this.#letters.trim();
        return value(this.#letters.count);
      case Change.probe:
        return void db.probe.run();
      case Change.look:
        return this.#checks.same(v(1), v(2), v(3), v(4) as string);
      default:
        return undefined;
    }
  }

  #remove(number: Value, address: Value): undefined {
    this.#db.clear.run(number);
    this.#db.forgetMailbox.run(number);
    this.#db.unbindAll.run(address);
    this.#db.forgetStates.run(address);
  }

  #part(id: Value, json: Value): number {
    const number = Number(this.#db.lastPart.get(id)?.["number"]) + 1;
    this.#db.part.run(id, number, json);
    return number;
  }
}

function value(given: unknown): GroupAnswer {
  return { type: "value", value: given };
}
