/** Removal: how an operator ends dead letters and whole mailboxes. */
import type { Address } from "../../core/address.ts";
import type { Attempt, Operated, Operation } from "../../core/store.ts";
import type { Death } from "../shelf/letter.ts";
import { fromBody } from "./body.ts";
import type { Deaths } from "./deaths.ts";
import type { DiskBox } from "./box.ts";
import type { Outcome } from "./journal.ts";
import type { Lines } from "./lines.ts";
import { Change, type WaitingRow } from "./protocol.ts";
import type { DiskShelf } from "./shelf.ts";
import type { States } from "./states.ts";

/** A message that is to be a dead letter, and the number of its row. */
type Doomed = readonly [Death, number];

/** Messages that are taken together: the event loop must not stand still for a long backlog. */
const PIECE = 500;

export class Removal {
  readonly #shelf: DiskShelf;
  readonly #deaths: Deaths;
  readonly #lines: Lines;
  readonly #states: States;
  readonly #leaving = new Map<Address, Promise<unknown>>();

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
  async remove({ mailbox, unserved }: Extract<Operation, { readonly type: "remove" }>): Promise<Operated> {
    if (!this.#shelf.boxes.has(mailbox)) return { status: "missing" };
    // Where nothing can be written nothing is removed; once it has begun, it must come to its end.
    this.#shelf.journal.group().add(Change.probe);
    await this.#written();
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { status: "missing" };
    if (unserved && box.served) return { status: "served" };
    this.#shelf.forget(mailbox);
    this.#states.forget();
    box.removed = true;
    this.#shelf.quarantine.skip(box);
    const volatile = this.#clear(box);
    this.#lines.forget(box);
    box.turnAway({ status: "unknown" });
    const sweeping = this.#sweep(box, volatile);
    this.#leaving.set(mailbox, sweeping);
    const count = await sweeping.finally(() => this.#leaving.delete(mailbox));
    return { status: "done", count };
  }

  /** Waits until a mailbox of this name has gone; undefined where none is going. */
  gone(mailbox: Address): Promise<unknown> | undefined {
    return this.#leaving.get(mailbox);
  }

  /**
   * Makes dead letters of what waits, piece by piece, and then forgets the mailbox. Whatever ends the process meanwhile, a message
   * waits or is a dead letter.
   */
  async #sweep(box: DiskBox, volatile: readonly Doomed[]): Promise<number> {
    let [count, beside] = [0, volatile];
    for (let left = PIECE; left === PIECE; beside = []) {
      const rows = await this.#next(box);
      const dying = [...rows.map((row): Doomed => [deathOf(row, box.address), row.seq]), ...beside];
      dying.sort(([, a], [, b]) => Math.abs(a) - Math.abs(b));
      for (const [death, row] of dying) this.#deaths.tell(death, row, box);
      count += dying.length;
      left = rows.length;
    }
    this.#shelf.journal.group().add(Change.remove, box.number, box.address);
    await this.#written(true);
    return count;
  }

  /** The next piece of what waits in the file. */
  async #next(box: DiskBox): Promise<readonly WaitingRow[]> {
    this.#shelf.journal.group().add(Change.sweep, box.number, PIECE);
    const outcome = await this.#written(true);
    return outcome?.type === "value" ? (outcome.value as WaitingRow[]) : [];
  }

  /** Empties the mailbox; what no row of the file waits for is told of from here. */
  #clear(box: DiskBox): Doomed[] {
    const behind = box.spilled.flatMap((lane) => lane?.behind ?? []);
    const left = box.clear().flatMap(({ envelope, past }): Doomed[] => {
      const row = box.rows.get(envelope) as number;
      return row > 0 ? [] : [[stopped(envelope, box.address, past.attempts, past.generation), row]];
    });
    return [
      ...left,
      ...behind.map(({ envelope, seq }): Doomed => [stopped(envelope, box.address, [], 0), -seq]),
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
