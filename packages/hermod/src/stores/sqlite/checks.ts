/** Checks: whether a change can be made, looked up before anything of its group is written. */
import { fingerprint } from "../../core/dedupe.ts";
import { fromBody } from "./body.ts";
import { Change, Check, type GroupAnswer, type Value } from "./protocol.ts";
import type { Statements } from "./statements.ts";

interface Earlier {
  readonly id: string;
  readonly body: string;
}

export class Checks {
  readonly #db: Statements;
  readonly #dedupe: number;
  #changes: readonly Value[] = [];
  #since = 0;

  /** `dedupe`: milliseconds in which an idempotency key is recognised. */
  constructor(db: Statements, dedupe: number) {
    this.#db = db;
    this.#dedupe = dedupe;
  }

  /** A batch begins. */
  begin(changes: readonly Value[], now: number): void {
    this.#changes = changes;
    this.#since = now - this.#dedupe;
  }

  /** Why the change at this place cannot be made; a put that was there before is noted in `found`. */
  look(at: number, found: Map<Value, string>): GroupAnswer | undefined {
    const changes = this.#changes;
    switch (changes[at]) {
      case Change.put:
        return changes[at + 13] === Check.known ? this.#put(at, found) : undefined;
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

  #earlier(id: Value, place: Value, mark: Value): Earlier | undefined {
    const byId = this.#db.byId.get(id, place);
    const row = byId ?? (mark === null ? undefined : this.#db.byMark.get(mark, this.#since));
    return row as Earlier | undefined;
  }
}

function print(body: string): string {
  return fingerprint(fromBody(body));
}
