/** Capacity on a disk: what waits goes on in the file, so only what waits in memory alone has a budget over all mailboxes. */
import { isControl, isVolatile, type Envelope } from "../../core/envelope.ts";
import { Capacity, type Full } from "../shelf/capacity.ts";
import type { DiskBox } from "./box.ts";
import type { DiskShelf } from "./shelf.ts";

/** Most payload that waits in memory alone, as much as the memory store takes. */
const BUDGET = 256 * 1024 * 1024;

export class DiskCapacity extends Capacity {
  readonly #disk: DiskShelf;

  constructor(shelf: DiskShelf) {
    super(shelf);
    this.#disk = shelf;
  }

  override beyondBudget(envelope: Envelope, size: number): Full | undefined {
    return isVolatile(envelope) ? this.#beyond(envelope, size) : undefined;
  }

  /** Why the copies of a published message that no row waits for find no room. */
  beyondMemory(envelope: Envelope, boxes: readonly DiskBox[]): Full | undefined {
    const live = boxes.filter((box) => !this.#disk.isLasting(box, envelope)).length;
    return live === 0 ? undefined : this.#beyond(envelope, envelope.size * live);
  }

  #beyond(envelope: Envelope, size: number): Full | undefined {
    if (this.#disk.unfiled + size <= BUDGET || isControl(envelope) || envelope.verb === "reply")
      return undefined;
    return { status: "full", limit: "store", most: BUDGET };
  }
}
