/**
 * Carried: what waits in an owner's memory alone, as it tells it to the next owner when it ends in order. Messages that may be lost are so when an owner
 * dies; that another process takes its place is no reason.
 */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { fromBody, toBody } from "./body.ts";
import type { DiskBox } from "./box.ts";
import type { Lines } from "./lines.ts";

/** A message that waits for no row of the file: its mailbox, its number, and itself. */
export type Carried = readonly [mailbox: Address, seq: number, body: string];

export function carriedOf(boxes: Iterable<DiskBox>): readonly Carried[] {
  return [...boxes].flatMap((box) =>
    [...unfiled(box)].map(([seq, envelope]) => toCarried(box, seq, envelope)),
  );
}

/** The next owner lets them be seen where they stood; a mailbox that is gone needs none. */
export function regain(
  carried: readonly Carried[],
  boxes: ReadonlyMap<Address, DiskBox>,
  lines: Lines,
): void {
  for (const [mailbox, seq, body] of carried) {
    const box = boxes.get(mailbox);
    if (box) lines.show(box, fromBody(body), -seq);
  }
}

function toCarried({ address }: DiskBox, seq: number, envelope: Envelope): Carried {
  return [address, seq, toBody(envelope)];
}

function* unfiled(box: DiskBox): IterableIterator<readonly [number, Envelope]> {
  for (const envelope of box.contents()) {
    const row = box.rows.get(envelope);
    if (row !== undefined && row < 0) yield [-row, envelope];
  }
  for (const lane of box.spilled) for (const { seq, envelope } of lane?.behind ?? []) yield [seq, envelope];
}
