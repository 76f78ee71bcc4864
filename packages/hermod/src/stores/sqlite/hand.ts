/** Hand: what an operator does to one message that waits for a time: lets it run now, or takes it out. */
import type { Address } from "../../core/address.ts";
import type { Operated } from "../../core/store.ts";
import { CANCELLED } from "../shelf/letter.ts";
import type { DiskBox } from "./box.ts";
import type { Deaths } from "./deaths.ts";
import type { Lines } from "./lines.ts";
import { again } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";

const MISSING: Operated = Object.freeze({ status: "missing" });
const DONE: Operated = Object.freeze({ status: "done", count: 1 });

export class Hand {
  readonly #shelf: DiskShelf;
  readonly #deaths: Deaths;
  readonly #lines: Lines;

  constructor(shelf: DiskShelf, deaths: Deaths, lines: Lines) {
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#lines = lines;
  }

  /** Lets it stand in line now; also after a crash it is due. */
  async hasten(mailbox: Address, id: string): Promise<Operated> {
    const box = await this.#boxWith(mailbox, id);
    const envelope = box?.hasten(id);
    if (!box || !envelope) return MISSING;
    const { journal, clock } = this.#shelf;
    const { attempts } = box.pastOf(envelope);
    again(journal.group(), box, envelope, box.rows.get(envelope) as number, attempts, clock.now());
    const kept = new Promise<void>((resolve) => journal.end(() => resolve(), true));
    this.#shelf.stir(box);
    await kept;
    return DONE;
  }

  /** Takes it out: it is a dead letter, and its asker hears. */
  async cancel(mailbox: Address, id: string): Promise<Operated> {
    const box = await this.#boxWith(mailbox, id);
    const taken = box?.takeDelayed(id);
    if (!box || !taken) return MISSING;
    const { envelope, past } = taken;
    const row = box.rows.get(envelope) as number;
    this.#lines.left(box, envelope);
    this.#deaths.tell({ envelope, mailbox, reason: "stopped", error: CANCELLED, ...past }, row, box);
    this.#shelf.stir(box);
    await this.#shelf.journal.flushed();
    return DONE;
  }

  /** The mailbox, once the message stands in memory where the file alone has it. */
  async #boxWith(mailbox: Address, id: string): Promise<DiskBox | undefined> {
    const box = this.#shelf.boxes.get(mailbox);
    if (box && !box.delayed().some(({ envelope }) => envelope.id === id)) await this.#lines.seek(box, id);
    return box?.removed === true ? undefined : box;
  }
}
