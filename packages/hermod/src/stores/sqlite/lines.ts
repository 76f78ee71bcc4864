/**
 * Lines: which waiting messages stand in memory, and which in the file alone. A message becomes visible here when its commit has
 * returned; a lane that is too long goes on in the file, and comes back piece by piece as its front is handed out.
 */
import { isControl, isDelayed, type Envelope } from "../../core/envelope.ts";
import type { Past } from "../../core/mailbox.ts";
import { laneOf, retryBlocks } from "../../core/ordering.ts";
import { defaultRetry } from "../../core/retry.ts";
import type { Attempt, MailboxRule } from "../../core/store.ts";
import { fromBody } from "./body.ts";
import type { DiskBox, Spilled } from "./box.ts";
import { Delays } from "./delays.ts";
import type { Outcome } from "./journal.ts";
import { Change, type WaitingRow } from "./protocol.ts";
import type { DiskShelf } from "./shelf.ts";

/** How many messages stand in memory. */
export interface Window {
  /** Most of one lane of a mailbox. */
  readonly lane: number;
  /** Most of all together; beyond it each lane keeps a hundredth of its window. */
  readonly all: number;
}

const PART = 100;
/** Most messages that are fetched together: reading them must not hold up the event loop. */
const FETCH = 500;

export class Lines {
  readonly #shelf: DiskShelf;
  readonly #window: Window;
  readonly #delays: Delays;
  readonly #waking = new Set<DiskBox>();
  #inMemory = 0;
  /** Messages that were asked for, at most. */
  #coming = 0;

  constructor(shelf: DiskShelf, window: Window) {
    this.#shelf = shelf;
    this.#window = window;
    const coming = {
      load: (box: DiskBox, row: WaitingRow): void => this.#load(box, row),
      left: (box: DiskBox, envelope: Envelope): void => this.left(box, envelope),
    };
    this.#delays = new Delays(shelf, coming, window.lane, FETCH);
  }

  /** How many messages stand in memory. */
  get inMemory(): number {
    return this.#inMemory;
  }

  /** Lets a stored message be seen; `row` is negative when no row of the file waits for it. */
  show(box: DiskBox, envelope: Envelope, row: number): void {
    if (box.removed) return;
    box.received++;
    if (row < 0) this.#shelf.unfiled += envelope.size;
    const seq = Math.abs(row);
    const due = this.#dueOf(envelope);
    if (due !== undefined && this.#delays.keeps(box, envelope, due, row)) return;
    const spilled = this.#goesOn(box, envelope, seq);
    if (spilled === undefined) this.#put(box, envelope, row, undefined, due);
    else if (row < 0) spilled.behind.push({ envelope, seq });
    else {
      spilled.count++;
      spilled.bytes += envelope.size;
    }
    this.#shelf.awaitDue(box);
    this.#wakeSoon(box);
  }

  /** Lets a message be seen that comes back from the dead letters: in memory, where it stood in line before. */
  showAgain(box: DiskBox, envelope: Envelope, row: number, generation: number): void {
    box.loose.add(row);
    this.#put(box, envelope, row, { attempts: [], generation }, this.#dueOf(envelope));
    this.#shelf.stir(box);
  }

  /** A message has left the mailbox for good. */
  left(box: DiskBox, envelope: Envelope): void {
    const row = box.rows.get(envelope);
    if (row === undefined) return;
    box.rows.delete(envelope);
    this.#inMemory--;
    if (row < 0) this.#shelf.unfiled -= envelope.size;
  }

  /** A mailbox is removed with all that stands in it. */
  forget(box: DiskBox): void {
    for (const envelope of [...box.rows.keys()]) this.left(box, envelope);
    for (const lane of box.spilled)
      for (const { envelope } of lane?.behind.splice(0) ?? []) this.#shelf.unfiled -= envelope.size;
  }

  /** A message that had left is back in its old place. */
  returned(box: DiskBox, envelope: Envelope, row: number): void {
    box.rows.set(envelope, row);
    this.#inMemory++;
    if (row < 0) this.#shelf.unfiled += envelope.size;
  }

  /** Fetches from the file what there is room for again; `further` where nothing that stands in memory is wanted. */
  fill(box: DiskBox, further = false): void {
    if (!box.served || this.#shelf.journal.sick) return;
    if (!box.isFetching && (box.late > 0 || this.#hasBlocked(box))) this.#fetchLate(box);
    this.#delays.fill(box);
    if (this.#isCrowded && !box.isStarving) return;
    for (let lane = 1; lane <= 4; lane++) {
      const spilled = box.spilled[lane];
      if (!spilled || spilled.filling || spilled.isEmpty) continue;
      if (further || box.inLane(lane) <= this.#size(box) / 2) this.#fetch(box, lane, spilled);
    }
  }

  /** Fetches one message that waits for a time in the file alone, if it is there. */
  async seek(box: DiskBox, id: string): Promise<void> {
    if (box.later.count === 0) return;
    const { journal } = this.#shelf;
    journal.group().add(Change.sought, box.number, id);
    const outcome = await new Promise<Outcome>((resolve) => journal.end(resolve, false));
    if (outcome?.type !== "value" || box.removed) return;
    const here = new Set(box.rows.values());
    for (const row of outcome.value as WaitingRow[]) {
      if (here.has(row.seq)) continue;
      box.later.take(row.size);
      this.#load(box, row);
    }
  }

  /** Goes by another rule: lanes of the file that were for priorities are one now, or the other way round. */
  relane(box: DiskBox, before: MailboxRule | undefined): void {
    box.isBlockedHere = false;
    if (before === undefined || (before.order === "priority") === (box.rule.order === "priority")) return;
    if (!box.hasSpilled) return;
    for (const { envelope, seq } of box.respill()) this.#put(box, envelope, -seq);
  }

  /** Wakes who watches a little later: senders hear first that their messages are stored. */
  #wakeSoon(box: DiskBox): void {
    if (this.#waking.size === 0)
      this.#shelf.clock.pause(() => {
        const waking = [...this.#waking];
        this.#waking.clear();
        for (const each of waking) each.wake();
      });
    this.#waking.add(box);
  }

  #size({ rule }: DiskBox): number {
    const { lane } = this.#window;
    const most = rule.overflow === "spill" ? Math.min(lane, rule.count) : lane;
    return !this.#isCrowded ? most : Math.max(1, Math.ceil(most / PART));
  }

  get #isCrowded(): boolean {
    return this.#inMemory + this.#coming >= this.#window.all;
  }

  /** What the lane has in the file, where the message must join it. */
  #goesOn(box: DiskBox, envelope: Envelope, seq: number): Spilled | undefined {
    if (this.#dueOf(envelope) !== undefined || isControl(envelope)) return undefined;
    const lane = laneOf(envelope, box.rule);
    const known = box.spilled[lane];
    if (known && !known.isEmpty) return known;
    if (box.rule.overflow === "drop-oldest" || box.inLane(lane) < this.#size(box)) return undefined;
    const spilled = box.spill(lane);
    spilled.after = seq - 1;
    spilled.open = true;
    return spilled;
  }

  #dueOf(envelope: Envelope): number | undefined {
    return isDelayed(envelope, this.#shelf.clock.now()) ? envelope.notBefore : undefined;
  }

  #put(box: DiskBox, envelope: Envelope, row: number, past?: Past, due?: number): void {
    if (!box.rows.has(envelope)) this.#inMemory++;
    box.rows.set(envelope, row);
    box.put(envelope, Math.abs(row), past, due);
    if (due !== undefined) this.#delays.trim(box);
  }

  /** True when retries that hold up their keys may be in the file alone: after a start, and only then. */
  #hasBlocked(box: DiskBox): boolean {
    return !box.isBlockedHere && box.later.count > 0 && retryBlocks(box.rule);
  }

  #fetch(box: DiskBox, lane: number, spilled: Spilled): void {
    spilled.filling = true;
    const most = Math.min(FETCH, Math.max(1, Math.ceil(this.#size(box) / 2)));
    this.#coming += most;
    const { journal } = this.#shelf;
    journal.group().add(Change.fill, box.number, lane, spilled.after, most);
    journal.end((outcome) => {
      spilled.filling = false;
      this.#coming -= most;
      // After a change of order the lane is another.
      if (outcome?.type === "value" && !box.removed && box.spilled[lane] === spilled) {
        this.#filled(box, spilled, outcome.value as WaitingRow[], most);
        this.#shelf.stir(box);
        // What came may have been here already.
        this.fill(box);
      }
      box.arrived();
    });
  }

  /** Answers come in the order of the groups: what was committed before is in the rows, and what comes after is not. */
  #filled(box: DiskBox, spilled: Spilled, rows: readonly WaitingRow[], most: number): void {
    for (const row of rows) {
      this.#catchUp(box, spilled, row.seq);
      spilled.after = row.seq;
      if (box.loose.delete(row.seq)) continue;
      spilled.count--;
      spilled.bytes -= row.size;
      this.#load(box, row);
    }
    if (rows.length === most) return;
    spilled.open = false;
    this.#catchUp(box, spilled, Infinity);
    box.closeLanes();
  }

  #catchUp(box: DiskBox, spilled: Spilled, before: number): void {
    while ((spilled.behind[0]?.seq ?? Infinity) < before) {
      const { envelope, seq } = spilled.behind.shift() as { envelope: Envelope; seq: number };
      this.#put(box, envelope, -seq);
    }
  }

  /** One that is damaged stays in the file alone: it is told of, and those behind it go on. */
  #load(box: DiskBox, row: WaitingRow): void {
    try {
      this.#loadOne(box, row);
    } catch (error) {
      this.#shelf.env.reports.emit({ type: "store.failed", step: "fill", error });
    }
  }

  #loadOne(box: DiskBox, { seq, body, attempts, generation, due }: WaitingRow): void {
    const envelope = fromBody(body);
    const past = { attempts: attempts === null ? [] : (JSON.parse(attempts) as Attempt[]), generation };
    const isPast = past.attempts.length > 0 || generation > 0;
    // Also what has become due meanwhile: such messages stand in line in the order of their times.
    const show = (): void => this.#put(box, envelope, seq, isPast ? past : undefined, due ?? undefined);
    const isLast = past.attempts.length >= (envelope.retry ?? defaultRetry).retries;
    this.#shelf.quarantine.admit({ row: seq, box, isLast, show });
  }

  #fetchLate(box: DiskBox): void {
    const { journal } = this.#shelf;
    box.isFetching = true;
    journal.group().add(Change.late, box.number, retryBlocks(box.rule) ? 1 : 0);
    journal.end((outcome) => {
      box.isFetching = false;
      if (outcome?.type === "value" && !box.removed) this.#loadLate(box, outcome.value as WaitingRow[]);
      box.arrived();
    });
  }

  #loadLate(box: DiskBox, rows: readonly WaitingRow[]): void {
    box.late = 0;
    box.isBlockedHere = true;
    const held = new Set(box.rows.values());
    for (const row of rows) {
      if (held.has(row.seq)) continue;
      if (row.due !== null) box.later.take(row.size);
      this.#load(box, row);
    }
    this.#shelf.stir(box);
  }
}
