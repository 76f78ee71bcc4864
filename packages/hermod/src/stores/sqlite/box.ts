/**
 * Box: a mailbox of which the file holds more than memory does. Each waiting message has its row's number here; what a lane has
 * beyond its window stays in the file alone, and later messages of that lane join it there, so that order holds.
 */
import type { Address } from "../../core/address.ts";
import { isControl, type Envelope } from "../../core/envelope.ts";
import type { Room } from "../../core/mailbox.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type { MailboxRule } from "../../core/store.ts";
import { Box } from "../shelf/box.ts";

/** A message that waits for no row of the file, but behind some that do. */
export interface Behind {
  readonly envelope: Envelope;
  readonly seq: number;
}

/** What one lane has in the file and not in memory. */
export class Spilled {
  count = 0;
  bytes = 0;
  /** Number of the newest message of the lane that memory got in its turn. */
  after = 0;
  filling = false;
  /** Messages in memory that must not pass those in the file. */
  readonly behind: Behind[] = [];

  get isEmpty(): boolean {
    return this.count === 0 && !this.filling && this.behind.length === 0;
  }
}

const noRoom: Room = Object.freeze({ count: 0, bytes: 0 });

export class DiskBox extends Box {
  /** Names the mailbox in the file. */
  readonly number: number;
  /** The row's number of each message here; negative when no row waits for it. */
  readonly rows = new Map<Envelope, number>();
  readonly spilled: (Spilled | undefined)[] = [];
  /** Rows that memory got out of turn, by number: the lane's filling must pass them over. */
  readonly loose = new Set<number>();
  /** Claims whose start the file knows, by token. */
  readonly noted = new Set<number>();
  /** Room taken by messages that are being written. */
  #reserved: { count: number; bytes: number } = { count: 0, bytes: 0 };
  /** How many messages are being written for this mailbox, control messages too. */
  writing = 0;
  /** How many of the next claims must be known to the file before they are handed out. */
  careful = 0;
  /** True when rows that wait for a time are not in memory yet. */
  late = false;
  removed = false;

  constructor(address: Address, rule: MailboxRule, number: number) {
    super(address, rule);
    this.number = number;
  }

  /** Takes the room of a message that is being written. */
  reserve(envelope: Envelope): void {
    this.writing++;
    if (isControl(envelope)) return;
    this.#reserved.count++;
    this.#reserved.bytes += envelope.size;
  }

  unreserve(envelope: Envelope): void {
    this.writing--;
    if (isControl(envelope)) return;
    this.#reserved.count--;
    this.#reserved.bytes -= envelope.size;
  }

  /** Room that is taken, but not in memory. */
  get elsewhere(): Room {
    const room = { ...this.#reserved };
    for (const lane of this.spilled) {
      room.count += lane?.count ?? 0;
      room.bytes += lane?.bytes ?? 0;
    }
    return room;
  }

  override fullness(envelope: Envelope, planned = noRoom): "total" | "count" | "bytes" | undefined {
    const { count, bytes } = this.elsewhere;
    const limit = super.fullness(envelope, { count: planned.count + count, bytes: planned.bytes + bytes });
    // Where a mailbox spills, its capacity bounds what is in memory.
    return this.rule.overflow === "spill" && limit !== "total" && !isControl(envelope) ? undefined : limit;
  }

  /** True when what waits here and can be seen is beyond the rule with one more. */
  isOverfull(envelope: Envelope): boolean {
    return super.fullness(envelope) !== undefined;
  }

  /** What a lane has in the file alone. */
  spill(lane: number): Spilled {
    return (this.spilled[lane] ??= new Spilled());
  }

  /** Messages of lanes that go on in the file. */
  get hasSpilled(): boolean {
    return this.spilled.some((lane) => lane !== undefined && !lane.isEmpty);
  }

  override counts(): MailboxCounts {
    const counts = super.counts();
    const extra = this.spilled.reduce(
      (sum, lane) => ({
        count: sum.count + (lane?.count ?? 0) + (lane?.behind.length ?? 0),
        bytes: sum.bytes + (lane?.bytes ?? 0),
      }),
      { count: 0, bytes: 0 },
    );
    return { ...counts, waiting: counts.waiting + extra.count, bytes: counts.bytes + extra.bytes };
  }
}
