/**
 * Delays: which of the messages that wait for a time stand in memory. Those that are due first do; the others wait in the file alone,
 * and come when there is room for them again.
 */
import type { Envelope } from "../../core/envelope.ts";
import type { DiskBox } from "./box.ts";
import { Change, type WaitingRow } from "./protocol.ts";
import type { DiskShelf } from "./shelf.ts";

/** How the messages of a mailbox come into memory. */
export interface Coming {
  load(box: DiskBox, row: WaitingRow): void;
  left(box: DiskBox, envelope: Envelope): void;
}

export class Delays {
  readonly #shelf: DiskShelf;
  readonly #lines: Coming;
  /** Most that stand in memory of one mailbox; up to twice as many before some are put off. */
  readonly #most: number;
  readonly #fetch: number;

  constructor(shelf: DiskShelf, lines: Coming, most: number, fetch: number) {
    this.#shelf = shelf;
    this.#lines = lines;
    this.#most = most;
    this.#fetch = Math.min(fetch, most);
  }

  /** Lets a stored message wait in the file alone, where it stands behind others that do; false when it must be here. */
  keeps(box: DiskBox, { size }: Envelope, due: number, row: number): boolean {
    if (row < 0 || !box.later.isBehind(due, row)) return false;
    box.later.add(due, row, size);
    return true;
  }

  /** Leaves the latest to the file when too many stand here. */
  trim(box: DiskBox): void {
    if (box.delaysHere <= this.#most * 2) return;
    const numberOf = (envelope: Envelope): number | undefined => {
      const row = box.rows.get(envelope) as number;
      return row > 0 ? row : undefined;
    };
    for (const { at, number, envelope } of box.putOff(this.#most, numberOf)) {
      this.#lines.left(box, envelope);
      box.later.add(at, number, envelope.size);
    }
  }

  /** Fetches the next ones when few are left here. */
  fill(box: DiskBox): void {
    const { later } = box;
    if (later.count === 0 || later.fetching || box.waiting > this.#most / 2) return;
    later.fetching = true;
    const { journal } = this.#shelf;
    journal.group().add(Change.later, box.number, later.due, later.seq, this.#fetch);
    journal.end((outcome) => {
      later.fetching = false;
      if (outcome?.type === "value" && !box.removed) this.#fetched(box, outcome.value as WaitingRow[]);
      box.arrived();
    });
  }

  #fetched(box: DiskBox, rows: readonly WaitingRow[]): void {
    const { later } = box;
    const here = new Set(box.rows.values());
    for (const row of rows) {
      [later.due, later.seq] = [row.due as number, row.seq];
      if (here.has(row.seq)) continue;
      later.take(row.size);
      this.#lines.load(box, row);
    }
    if (rows.length < this.#fetch) later.count = later.bytes = 0;
    this.#shelf.stir(box);
  }
}
