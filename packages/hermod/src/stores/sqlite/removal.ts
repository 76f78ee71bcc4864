/** Removal: how an operator ends dead letters and whole mailboxes. */
import type { Address } from "../../core/address.ts";
import type { Attempt, Operated } from "../../core/store.ts";
import type { Death } from "../shelf/letter.ts";
import { fromBody } from "./body.ts";
import type { Deaths } from "./deaths.ts";
import type { DiskBox } from "./box.ts";
import type { Outcome } from "./journal.ts";
import type { Lines } from "./lines.ts";
import { Change, type WaitingRow } from "./protocol.ts";
import type { DiskShelf } from "./shelf.ts";
import type { States } from "./states.ts";

export class Removal {
  readonly #shelf: DiskShelf;
  readonly #deaths: Deaths;
  readonly #lines: Lines;
  readonly #states: States;

  constructor(shelf: DiskShelf, deaths: Deaths, lines: Lines, states: States) {
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#lines = lines;
    this.#states = states;
  }

  /** Forgets a dead letter. */
  async discard(id: string): Promise<Operated> {
    this.#shelf.journal.group(true).add(Change.undie, id);
    const outcome = await this.#written();
    return outcome?.type === "missing" ? { status: "missing" } : { status: "done", count: 1 };
  }

  /** Removes a mailbox; what waited and ran in it becomes dead letters. */
  async remove(mailbox: Address): Promise<Operated> {
    if (!this.#shelf.boxes.has(mailbox)) return { status: "missing" };
    // Where nothing can be written nothing is removed; once it has begun, it must come to its end.
    this.#shelf.journal.group().add(Change.probe);
    await this.#written();
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { status: "missing" };
    this.#shelf.forget(mailbox);
    this.#states.forget();
    box.removed = true;
    this.#shelf.quarantine.skip(box);
    const volatile = this.#clear(box);
    this.#lines.forget(box);
    this.#shelf.journal.group().add(Change.remove, box.number, mailbox);
    const outcome = await this.#written(true);
    const left = outcome?.type === "value" ? (outcome.value as WaitingRow[]) : [];
    const dying = [...left.map((row): [Death, number] => [deathOf(row, mailbox), row.seq]), ...volatile];
    dying.sort(([, a], [, b]) => Math.abs(a) - Math.abs(b));
    for (const [death, row] of dying) this.#deaths.tell(death, row);
    box.turnAway({ status: "unknown" });
    await this.#shelf.journal.flushed();
    return { status: "done", count: dying.length };
  }

  /** Empties the mailbox; what no row of the file waits for is told of from here. */
  #clear(box: DiskBox): [Death, number][] {
    const behind = box.spilled.flatMap((lane) => lane?.behind ?? []);
    const left = box.clear().flatMap(({ envelope, past }): [Death, number][] => {
      const row = box.rows.get(envelope) as number;
      return row > 0 ? [] : [[stopped(envelope, box.address, past.attempts, past.generation), row]];
    });
    return [
      ...left,
      ...behind.map(({ envelope, seq }): [Death, number] => [stopped(envelope, box.address, [], 0), -seq]),
    ];
  }

  #written(insists = false): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#shelf.journal.end(
        (outcome) => (outcome?.type === "failed" ? reject(outcome.error) : resolve(outcome)),
        insists,
      );
    });
  }
}

function deathOf({ body, attempts, generation }: WaitingRow, mailbox: Address): Death {
  const tried = attempts === null ? [] : (JSON.parse(attempts) as Attempt[]);
  return stopped(fromBody(body), mailbox, tried, generation);
}

function stopped(
  envelope: Death["envelope"],
  mailbox: Address,
  attempts: readonly Attempt[],
  generation: number,
): Death {
  return { envelope, mailbox, reason: "stopped", error: undefined, attempts, generation };
}
