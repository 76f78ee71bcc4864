/**
 * Box: a mailbox of which the file holds more than memory does. Each waiting message has its row's number here; what a lane has
 * beyond its window stays in the file alone, and later messages of that lane join it there, so that order holds.
 */
import type { Address } from "../../core/address.ts";
import { isControl, type Envelope } from "../../core/envelope.ts";
import type { Planned } from "../../core/mailbox.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type { MailboxRule } from "../../core/store.ts";
import { Box } from "../shelf/box.ts";
import { Later } from "./later.ts";

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
  /** True while the file may hold more of the lane. */
  open = false;
  /** Messages in memory that must not pass those in the file. */
  readonly behind: Behind[] = [];

  get isEmpty(): boolean {
    return !this.open && !this.filling && this.behind.length === 0;
  }
}

const noRoom: Planned = Object.freeze({ count: 0, bytes: 0 });

export class DiskBox extends Box {
  /** Names the mailbox in the file. */
  readonly number: number;
  /** The row's number of each message here; negative when no row waits for it. */
  readonly rows = new Map<Envelope, number>();
  spilled: (Spilled | undefined)[] = [];
  /** Rows that memory got out of turn, by number: the lane's filling must pass them over. */
  readonly loose = new Set<number>();
  /** Claims whose start the file knows, by token. */
  readonly noted = new Set<number>();
  /** Room taken by messages that are being written. */
  #reserved = { count: 0, bytes: 0, held: 0 };
  /** How many messages are being written for this mailbox, control messages too. */
  writing = 0;
  /** How many of the next claims must be known to the file before they are handed out. */
  careful = 0;
  /** How many rows that have attempts behind them, and wait for no time, are not in memory yet. */
  late = 0;
  /** What waits for a time in the file alone. */
  readonly later = new Later();
  /** True while they are on their way. */
  isFetching = false;
  /** True when all that holds up a key is in memory. */
  isBlockedHere = false;
  /** Suspects of this mailbox that wait for their turn: nothing that stands behind them is handed out. */
  quarantined = 0;
  /** Suspects that are here, and how many of them have not begun. */
  suspects = 0;
  standing = 0;
  removed = false;
  #arrivals: (() => void)[] = [];

  constructor(address: Address, rule: MailboxRule, number: number) {
    super(address, rule);
    this.number = number;
  }

  /** Takes the room of a message that is being written; `isHeld` for one that will wait for a time. */
  reserve(envelope: Envelope, isHeld: boolean): void {
    this.#change(envelope, isHeld, 1);
  }

  /** Gives the room back, with the same words. */
  unreserve(envelope: Envelope, isHeld: boolean): void {
    this.#change(envelope, isHeld, -1);
  }

  override fullness(
    envelope: Envelope,
    planned = noRoom,
    now = Infinity,
  ): "total" | "count" | "bytes" | undefined {
    const limit = super.fullness(envelope, this.#beside(planned), now);
    // Where a mailbox spills, its capacity bounds what is in memory.
    return this.rule.overflow === "spill" && limit !== "total" && !isControl(envelope) ? undefined : limit;
  }

  /** True when what waits here and can be seen is beyond the rule with one more. */
  isOverfull(envelope: Envelope, now: number): boolean {
    return super.fullness(envelope, noRoom, now) !== undefined;
  }

  /** True while messages of the file are on their way. */
  get isExpecting(): boolean {
    return this.isFetching || this.later.fetching || this.spilled.some((lane) => lane?.filling);
  }

  /** Resolves when the next of them have come, or will not. */
  arrival(): Promise<void> {
    return new Promise((resolve) => this.#arrivals.push(resolve));
  }

  /** Tells who waits for what was on its way. */
  arrived(): void {
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const resolve of arrivals) resolve();
  }

  /** What a lane has in the file alone. */
  spill(lane: number): Spilled {
    return (this.spilled[lane] ??= new Spilled());
  }

  /** Takes the lanes of the file as new ones, in which anything may stand; answers what stood behind the old ones. */
  respill(): readonly Behind[] {
    const { count, bytes } = this.#inFile;
    const behind = this.spilled.flatMap((lane) => lane?.behind ?? []);
    this.spilled = [];
    for (let lane = 1; lane <= 4; lane++) this.spill(lane).open = true;
    // The sum is known, and nobody asks for its parts.
    Object.assign(this.spill(1), { count: count - behind.length, bytes });
    for (const row of this.rows.values()) if (row > 0) this.loose.add(row);
    return behind;
  }

  /** Lanes of the file have come to their end: where all have, nothing is left of their numbers. */
  closeLanes(): void {
    if (this.spilled.some((lane) => lane?.open || lane?.filling)) return;
    for (const lane of this.spilled) if (lane) lane.count = lane.bytes = 0;
    this.loose.clear();
  }

  /** Messages of lanes that go on in the file. */
  get hasSpilled(): boolean {
    return this.spilled.some((lane) => lane !== undefined && !lane.isEmpty);
  }

  /** True when nothing stands in a lane here, nor aside for the key of what runs: that waits for the key, and would only grow. */
  get isStarving(): boolean {
    if ([1, 2, 3, 4].some((lane) => this.inLane(lane) > 0)) return false;
    return this.running.length === 0 || super.counts().waiting === 0;
  }

  override counts(): MailboxCounts {
    const counts = super.counts();
    const { count, bytes } = this.#inFile;
    const { waiting, delayed } = counts;
    return {
      ...counts,
      waiting: waiting + count,
      delayed: delayed + this.late + this.quarantined + this.later.count,
      bytes: counts.bytes + bytes + this.later.bytes,
    };
  }

  #change(envelope: Envelope, isHeld: boolean, sign: 1 | -1): void {
    this.writing += sign;
    if (isControl(envelope)) return;
    this.#reserved.count += sign;
    this.#reserved.bytes += sign * envelope.size;
    if (isHeld) this.#reserved.held += sign;
  }

  /** What lanes have in the file alone, and behind it. */
  get #inFile(): { count: number; bytes: number } {
    const room = { count: 0, bytes: 0 };
    for (const lane of this.spilled) {
      room.count += (lane?.count ?? 0) + (lane?.behind.length ?? 0);
      room.bytes += lane?.bytes ?? 0;
    }
    return room;
  }

  /** What takes room beside what is in memory. */
  #beside({ count, bytes, held = noRoom }: Planned): Planned {
    const file = this.spilled.length === 0 ? noRoom : this.#inFile;
    const { later } = this;
    return {
      count: count + this.#reserved.count + file.count + later.count,
      bytes: bytes + this.#reserved.bytes + file.bytes + later.bytes,
      held: { count: held.count + this.#reserved.held + later.count, bytes: held.bytes + later.bytes },
    };
  }
}
