/** Restored: the mailboxes of a file that is opened. What waits in them comes when somebody serves them. */
import type { Address } from "../../core/address.ts";
import { DiskBox } from "./box.ts";
import { CAREFUL } from "./handout.ts";
import type { Opened } from "./protocol.ts";
import { ruleFromJson } from "./rulejson.ts";
import type { DiskShelf } from "./shelf.ts";

/** Puts the mailboxes and bindings of the file on the shelf. */
export function restore(shelf: DiskShelf, opened: Opened): void {
  const boxes = mailboxesOf(shelf, opened);
  for (const [number, lane, count, bytes] of opened.lanes)
    Object.assign(boxes.get(number)?.spill(lane) ?? {}, { count, bytes, open: true });
  for (const [number, late] of opened.late) Object.assign(boxes.get(number) ?? {}, { late });
  for (const [number, count, bytes] of opened.later)
    Object.assign(boxes.get(number)?.later ?? {}, { count, bytes });
  const now = shelf.clock.now();
  for (const [pattern, mailbox] of opened.bindings)
    shelf.bindings.add(pattern, mailbox as Address, Infinity, now);
}

function mailboxesOf(shelf: DiskShelf, { mailboxes, clean }: Opened): ReadonlyMap<number, DiskBox> {
  const boxes = new Map<number, DiskBox>();
  for (const [number, address, rule] of mailboxes) {
    const box = new DiskBox(address as Address, ruleFromJson(rule), number);
    if (!clean) box.careful = CAREFUL;
    shelf.open(box);
    boxes.set(number, box);
  }
  return boxes;
}
