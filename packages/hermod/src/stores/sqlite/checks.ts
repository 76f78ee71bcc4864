/** Checks: whether a change can be made, looked up before anything of its group is written. */
import { fingerprint } from "../../core/dedupe.ts";
import { fromBody } from "./body.ts";
import { Change, Check, type GroupAnswer, type Value } from "./protocol.ts";
import type { Spendings } from "./spendings.ts";
import type { Statements } from "./statements.ts";

interface Earlier {
  readonly id: string;
  readonly body: string;
}

/** What was found out about one group. */
export class Findings {
  /** The puts that were there before, with their ids. */
  readonly found = new Map<Value, string>();
  /** The puts for which the budget of their conversation is spent, each with how many messages were sent before. */
  readonly spent: [seq: number, sent: number][] = [];
  /** How many messages each conversation will have sent. */
  readonly sent = new Map<Value, number>();

  /** Why nothing of the group can be written; undefined where all can. */
  refusal(refusal?: GroupAnswer): GroupAnswer | undefined {
    return this.spent.length > 0 ? { type: "spent", spent: this.spent } : refusal;
  }
}

export class Checks {
  readonly #db: Statements;
  readonly #spendings: Spendings;
  readonly #dedupe: number;
  #changes: readonly Value[] = [];
  #since = 0;

  /** `dedupe`: milliseconds in which an idempotency key is recognised. */
  constructor(db: Statements, spendings: Spendings, dedupe: number) {
    this.#db = db;
    this.#spendings = spendings;
    this.#dedupe = dedupe;
  }

  /** A batch begins. */
  begin(changes: readonly Value[], now: number): void {
    this.#changes = changes;
    this.#since = now - this.#dedupe;
  }

  /** Why the change at this place cannot be made; a put that was there before, or is beyond its budget, is noted. */
  look(at: number, findings: Findings): GroupAnswer | undefined {
    const changes = this.#changes;
    switch (changes[at]) {
      case Change.put:
        return changes[at + 13] === Check.known ? this.#put(at, findings.found) : undefined;
      case Change.count:
        return void this.#count(at, findings);
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

  /** What a put of this message would be answered; undefined for a new one. */
  same(id: Value, place: Value, mark: Value, body: string): GroupAnswer | undefined {
    const earlier = this.#earlier(id, place, mark);
    if (earlier === undefined) return undefined;
    return print(earlier.body) === print(body)
      ? { type: "duplicates", found: [[0, earlier.id]] }
      : { type: "conflict", seq: 0, id: earlier.id };
  }

  #put(at: number, found: Map<Value, string>): GroupAnswer | undefined {
    const [, seq, id, place] = this.#changes.slice(at, at + 4) as [number, number, string, string];
    const earlier = this.#earlier(id, place, this.#changes[at + 11] as Value);
    if (earlier === undefined) return undefined;
    if (print(earlier.body) !== print(this.#changes[at + 12] as string))
      return { type: "conflict", seq, id: earlier.id };
    found.set(seq, earlier.id);
    return undefined;
  }

  /** The messages of one group count together. */
  #count(at: number, { found, sent, spent }: Findings): void {
    const [, seq, conversation, most] = this.#changes.slice(at, at + 4) as [number, number, string, number];
    if (found.has(seq)) return;
    const before = sent.get(conversation) ?? this.#spendings.sent(conversation);
    if (before + 1 > most) spent.push([seq, before]);
    else sent.set(conversation, before + 1);
  }

  #earlier(id: Value, place: Value, mark: Value): Earlier | undefined {
    const byId = this.#db.byId.get(id, place);
    const row = byId ?? (mark === null ? undefined : this.#db.byMark.get(mark, this.#since));
    return row as Earlier | undefined;
  }
}

function print(body: string): string {
  return fingerprint(fromBody(body));
}
