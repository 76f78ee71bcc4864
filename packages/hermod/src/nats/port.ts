/**
 * Port: the way to a partition for the lanes of its owner: what is to be written goes into the journal first, one record at a time, and into the
 * copy when it stands there. What only asks goes to the copy alone.
 */
import { systemClock, type Cancel, type Clock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Carried } from "../stores/sqlite/carried.ts";
import type { CompactStep, FileLimits } from "../stores/sqlite/file.ts";
import type { FilePort } from "../stores/sqlite/port.ts";
import type { BatchAnswer, Opened, Value } from "../stores/sqlite/protocol.ts";
import type { Question, Reply } from "../stores/sqlite/questions.ts";
import type { Copy } from "./copies.ts";
import { Duty } from "./duty.ts";
import { Resigned, type Pen } from "./pen.ts";
import type { Replay } from "./replay.ts";
import type { Space } from "./space.ts";
import { isSilent, toText, type JournalRecord } from "./record.ts";

/** What a port is made with. */
export interface PortParts {
  readonly pen: Pen;
  readonly replay: Replay;
  readonly copy: Copy;
  readonly limits: FileLimits;
  /** Who owns the partition from now on, for whoever reads the journal. */
  readonly owner: string;
  /** Its number, where the journal knows of no greater one. */
  readonly epoch: number;
  readonly clock: Clock;
  /** Hears how the journal grows, and keeps room in it. */
  readonly space: Pick<Space, "grew" | "room" | "isShort">;
  /** Once: this owner can write no more, whatever the reason. */
  readonly lost: (error: Error) => void;
}

interface Job {
  readonly changes: readonly Value[];
  readonly answer: (answer: BatchAnswer) => void;
}

const OVER: BatchAnswer = {
  type: "failed",
  error: { code: "HERMOD_CLOSED", message: "this process owns the partition no more" },
};
/** What is answered where an owner ends whose servers answer nothing. */
const UNHEARD: BatchAnswer = {
  type: "failed",
  error: {
    code: "HERMOD_CLOSED",
    message: "the store was closed before its servers had confirmed this: whether it stands there is unknown",
    hint: "Look for it when the servers are back, or send it again under the same idempotency key.",
  },
};
/** Milliseconds for which a batch that nobody waits for is held back: others come meanwhile, and each record is a way to the server and back. */
const GATHER = 25;

export class JournalPort implements FilePort {
  readonly gathers = true;
  /** A batch is a way to the server and back: with 1000 sends in flight 128 and 256 came to 0.75 and 0.8 of it, 1024 to the same. */
  readonly most = 512;
  readonly #parts: PortParts;
  readonly #jobs: Job[] = [];
  /** Those that have no answer yet. */
  readonly #open = new Set<Job>();
  readonly #duty = new Duty();
  #running: Promise<void> | undefined;
  /** Over when the copy has all that was written. */
  #applied: Promise<void> | undefined;
  #resting: Cancel | undefined;
  #gathering: Cancel | undefined;
  #isOpen = false;
  #isOver = false;
  /** What is answered when it is over. */
  #last = OVER;
  /** What the owner before has carried here, and what this one carries to the next. */
  #found: readonly Carried[] = [];
  #carried: readonly Carried[] = [];

  constructor(parts: PortParts) {
    this.#parts = parts;
  }

  /** Takes over: the journal says so first, so that nobody else's words come after what is read here. */
  async open(signal?: AbortSignal): Promise<Opened> {
    const { pen, replay } = this.#parts;
    const end = (): void => (pen.resign(), replay.stop());
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    try {
      return await this.#begin();
    } finally {
      signal?.removeEventListener("abort", end);
    }
  }

  async #begin(): Promise<Opened> {
    const { pen, replay, limits, owner, epoch, space } = this.#parts;
    const number = await pen.begin(toText({ type: "epoch", owner, epoch, limits }));
    let opened: Opened | undefined;
    await replay.upTo(number, async (record, place, bytes) => {
      // Another owner that has begun meanwhile has taken it with it.
      if (place !== number) this.#found = record.type === "end" ? (record.carried ?? []) : [];
      opened = (await this.#replayed(record, place)) ?? opened;
      space.grew(bytes);
    });
    pen.found(replay.before);
    this.#isOpen = true;
    this.look();
    return opened as Opened;
  }

  /** What the owner before had in its memory when it ended in order. */
  get found(): readonly Carried[] {
    return this.#found;
  }

  /** The next owner is to have this from memory. */
  carry(carried: readonly Carried[]): void {
    this.#carried = carried;
  }

  write(changes: readonly Value[], answer: (answer: BatchAnswer) => void, awaited = true): void {
    const done = Promise.withResolvers<void>();
    this.#parts.clock.during?.(done.promise);
    const job: Job = {
      changes,
      answer: (given) => {
        if (!this.#open.delete(job)) return;
        answer(given);
        done.resolve();
      },
    };
    this.#open.add(job);
    if (this.#isOver) return job.answer(this.#last);
    this.#jobs.push(job);
    // A clock that a test moves stands still meanwhile: nothing else would come.
    if (awaited || this.#parts.clock.during) this.#run();
    else this.#gathering ??= systemClock.after(GATHER, () => this.#run());
  }

  /** Writes a record for its own sake. @throws Error where the journal does not take it. */
  prove(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#duty.press();
      this.write([], (answer) => (answer.type === "failed" ? reject(new Resigned()) : resolve()));
    });
  }

  /** Room has become short, perhaps: then the chores are to go on. */
  look(): void {
    if (this.#isOpen && !this.#running && this.#parts.space.isShort) this.#rest();
  }

  ask<Q extends Question>(question: Q): Promise<Reply<Q>> {
    return this.#watched(this.#parts.copy.ask(question));
  }

  compact(step: CompactStep): Promise<number> {
    return this.#watched(this.#parts.copy.compact(step));
  }

  /** Who wants a partition asks the bucket of the owners. */
  tell(): void {
    return undefined;
  }

  /** Writes what is to be written, waits until the copy has it too, and writes that it was an end in order. */
  async close(): Promise<void> {
    this.#resting?.();
    if (this.#jobs.length > 0) this.#run();
    await this.#running;
    if (!this.#isOver) await this.#applied;
    if (this.#isOver) return;
    this.#isOver = true;
    const carried = this.#carried;
    const end = toText({ type: "end", ...(carried.length > 0 && { carried }) });
    await this.#parts.pen.write(end).catch(() => undefined);
  }

  /** Writes nothing more, and ends: nobody answers. */
  desert(): void {
    if (this.#isOver) this.#parts.pen.resign();
    else this.#end(UNHEARD);
  }

  /** Writes nothing more. What waits for an answer may stand in the journal or not: whoever asked must not hear this one. */
  resign(): void {
    this.#end(OVER);
  }

  #end(last: BatchAnswer): void {
    this.#isOver = true;
    this.#last = last;
    this.#resting?.();
    this.#parts.pen.resign();
    for (const { answer } of [...this.#open]) answer(last);
  }

  #watched<T>(work: Promise<T>): Promise<T> {
    this.#parts.clock.during?.(work);
    return work;
  }

  // Reading

  /** What stands in the journal is done again, one after the other; a batch that the file refused then is refused now. */
  async #replayed(record: JournalRecord, place: number): Promise<Opened | undefined> {
    const { copy } = this.#parts;
    if (record.type === "epoch") return copy.begin(record.limits, place, record.epoch);
    if (record.type === "end") await copy.finish();
    else await this.#apply(record.changes, record.now, record.chores, place);
    return undefined;
  }

  /** Between the changes and the chores of one record the copy stands at no place. */
  async #apply(
    changes: readonly Value[],
    now: number,
    chores: boolean | undefined,
    place: number,
  ): Promise<BatchAnswer> {
    const { copy } = this.#parts;
    const written = copy.write(changes, now, chores ? place - 0.5 : place);
    const more = chores === true && copy.doChores(now, place);
    const answer = await written;
    if (await more) this.#duty.more();
    return answer;
  }

  // Writing

  #run(): void {
    this.#gathering?.();
    this.#gathering = undefined;
    if (this.#running || this.#isOver) return;
    this.#resting?.();
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (this.#jobs.length > 0) this.#run();
      else this.#rest();
    });
  }

  async #work(): Promise<void> {
    for (let job = this.#jobs.shift(); job && !this.#isOver; job = this.#jobs.shift()) await this.#do(job);
  }

  async #do({ changes, answer }: Job): Promise<void> {
    const now = this.#parts.clock.now();
    const [chores, silent] = [this.#duty.isDue(changes.length), isSilent(changes)];
    if (!chores && silent) return this.#settle(this.#parts.copy.write(changes, now), answer);
    const record: JournalRecord = { type: "batch", now, changes, ...(chores && { chores }) };
    const text = toText(record);
    const bytes = Buffer.byteLength(text);
    let place: number;
    try {
      await this.#parts.space.room(bytes, silent);
      place = await this.#parts.pen.write(text);
    } catch (error) {
      return this.#refused(error, answer);
    }
    this.#duty.wrote(changes.length, chores);
    // The next record may go out while this one is applied.
    this.#settle(this.#apply(changes, now, chores, place), answer);
    this.#parts.space.grew(bytes);
  }

  #settle(applied: Promise<BatchAnswer>, answer: (answer: BatchAnswer) => void): void {
    this.#applied = applied.then(
      (given) => {
        if (this.#isOver) return;
        // It stands in the journal, and not in the copy: this copy is no copy any more.
        if (given.type === "failed") return this.#lose(new HermodError("HERMOD_STORE", given.error.message));
        answer(given);
        // There may be more chores than went with it, which is known only now.
        if (!this.#running) this.#rest();
      },
      (error: unknown) => this.#lose(error as Error),
    );
  }

  #refused(error: unknown, answer: (answer: BatchAnswer) => void): void {
    if (error instanceof Resigned || !(error instanceof HermodError)) return this.#lose(error as Error);
    const { code, message, hint, details } = error;
    answer({ type: "failed", error: { code, message, hint, details } });
  }

  #lose(error: Error): void {
    if (this.#isOver) return;
    this.resign();
    this.#parts.lost(error);
  }

  #rest(): void {
    this.#resting?.();
    const ms = this.#duty.wait(systemClock.monotonic(), this.#parts.space.isShort);
    if (this.#isOver || ms === undefined) return;
    this.#resting = systemClock.after(ms, () => this.#doChores(), true);
  }

  /** Nothing is to be written: time for a record of chores alone. */
  #doChores(): void {
    this.#duty.begin();
    void this.prove().catch(() => undefined);
  }
}
