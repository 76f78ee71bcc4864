/**
 * Journal: what is to be written, in the order in which it was decided. Groups gather while the writer is busy and cross
 * together, at most two batches at a time; their answers come in the order of the groups. When the file cannot be written, what
 * waits for an answer is refused and what must not be lost is kept for the next try; until one succeeds the journal is sick.
 */
import type { Cancel, Clock } from "../../core/clock.ts";
import { HermodError, type ErrorCode } from "../../core/errors.ts";
import { Change, type BatchAnswer, type GroupAnswer, type StoreTrouble, type Value } from "./protocol.ts";

/** What became of a group: kept (with an answer or without), or not, since the file could not be written. */
export type Outcome = GroupAnswer | { readonly type: "failed"; readonly error: HermodError } | undefined;

/** The way to the writer. */
export interface WriterPort {
  /** True where it holds back for a while what nobody waits for: then the next batch does not wait for that. */
  readonly gathers?: boolean;
  /** Most groups of one batch; default 128. */
  readonly most?: number;
  write(changes: readonly Value[], answer: (answer: BatchAnswer) => void, awaited: boolean): void;
}

/** Who is told what the journal notices by itself. */
export interface JournalListener {
  sickened(error: HermodError): void;
  recovered(): void;
  discarded(id: string, bound: "count" | "age"): void;
  filled(count: number): void;
  grew(bytes: number): void;
}

interface Group {
  readonly start: number;
  readonly answer: ((outcome: Outcome) => void) | undefined;
  /** True for a group that must not be lost: it is tried again until it is kept. */
  readonly insists: boolean;
}

/** Batches that are on their way together: while one is synced, the next is filled. */
const MOST_IN_FLIGHT = 2;
/**
 * Most groups of one batch for a file: whoever is answered mostly sends again at once, and all of it happens in one turn of the event loop. With
 * 1000 sends in flight 128, 512 and 1024 came to the same throughput, with delays (p99) of 9, 18 and 20 ms.
 */
const MOST_GROUPS = 128;
/** From this many groups on a second batch is sent while one is on its way. */
const MANY_GROUPS = 64;
/** Milliseconds between two tries to write a file that could not be written. */
const PROBE = 250;

/** Groups that cross together. */
class Chunk {
  readonly changes: Value[] = [];
  readonly groups: Group[] = [];
  /** True where somebody waits for one of them. */
  isAwaited = false;
  /** Which one it is of those that were sent; Infinity before. */
  number = Infinity;

  /** Takes over the groups of another that must not be lost. */
  takeInsisting({ changes, groups }: Chunk): this {
    groups.forEach((group, at) => {
      if (!group.insists) return;
      this.groups.push({ ...group, start: this.changes.length });
      this.isAwaited = true;
      for (const value of changes.slice(group.start, groups[at + 1]?.start)) this.changes.push(value);
    });
    return this;
  }
}

export class Journal {
  readonly #port: WriterPort;
  readonly #clock: Clock;
  readonly #listener: JournalListener;
  /** What is not sent yet; the last one is being filled. */
  #chunks: Chunk[] = [];
  #chunk = new Chunk();
  #start = 0;
  #sent = 0;
  #inFlight = 0;
  /** How many of those are held back. */
  #held = 0;
  #scheduled = false;
  #sick: HermodError | undefined;
  #probe: Cancel | undefined;
  #isClosed = false;

  constructor(port: WriterPort, clock: Clock, listener: JournalListener) {
    this.#port = port;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Why the file cannot be written now; undefined while it can. */
  get sick(): HermodError | undefined {
    return this.#sick;
  }

  /** Begins a group. */
  group(checked = false): this {
    if (this.#chunk.groups.length >= (this.#port.most ?? MOST_GROUPS)) {
      this.#chunks.push(this.#chunk);
      this.#chunk = new Chunk();
    }
    this.#start = this.#chunk.changes.length;
    this.#chunk.changes.push(Change.group, checked ? 1 : 0);
    return this;
  }

  /** Adds a change to the group that was begun last. */
  add(...values: readonly Value[]): this {
    const { changes } = this.#chunk;
    for (let at = 0; at < values.length; at++) changes.push(values[at] as Value);
    return this;
  }

  /** Ends the group; one that `insists` is never answered by "failed", but tried until it is kept. One that is not `awaited` may take its time. */
  end(answer?: (outcome: Outcome) => void, insists = answer === undefined, awaited = true): void {
    const error = this.#sick;
    if (error && !insists) {
      this.#chunk.changes.length = this.#start;
      return this.#clock.defer(() => answer?.({ type: "failed", error }));
    }
    this.#chunk.groups.push({ start: this.#start, answer, insists });
    if (awaited) this.#chunk.isAwaited = true;
    this.#schedule();
  }

  /**
   * Waits until all that was written down so far has its answer, and for nothing that comes later: who writes without a pause must not
   * keep others from reading. What cannot be written is not waited for.
   */
  async flushed(): Promise<void> {
    if (this.#sick || (this.#inFlight === 0 && this.#isEmpty)) return;
    // A group of nothing: its answer comes behind all others.
    await new Promise<void>((resolve) => this.group().end(() => resolve(), false));
  }

  /** Ends the tries to write a file that cannot be written. What is refused from now on is no trouble of the file: it is not there any more. */
  close(): void {
    this.#isClosed = true;
    this.#rest();
  }

  #rest(): void {
    this.#probe?.();
    this.#probe = undefined;
  }

  get #isEmpty(): boolean {
    return this.#chunks.length === 0 && this.#chunk.groups.length === 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#sick || !this.#maySend()) return;
    this.#scheduled = true;
    this.#clock.defer(() => {
      this.#scheduled = false;
      this.#sendMany();
    });
  }

  #sendMany(): void {
    while (!this.#sick && this.#maySend()) this.#send(this.#next());
  }

  #maySend(): boolean {
    if (this.#isEmpty || this.#inFlight >= MOST_IN_FLIGHT) return false;
    const isFree = this.#inFlight === (this.#chunk.isAwaited ? this.#held : 0);
    return isFree || this.#chunks.length > 0 || this.#chunk.groups.length >= MANY_GROUPS;
  }

  #next(): Chunk {
    const chunk = this.#chunks.shift() ?? this.#chunk;
    if (chunk === this.#chunk) this.#chunk = new Chunk();
    return chunk;
  }

  #send(chunk: Chunk): void {
    this.#inFlight++;
    if (chunk.number === Infinity) chunk.number = ++this.#sent;
    if (this.#isHeld(chunk)) this.#held++;
    this.#port.write(chunk.changes, (answer) => this.#answered(chunk, answer), chunk.isAwaited);
  }

  #isHeld({ isAwaited }: Chunk): boolean {
    return this.#port.gathers === true && !isAwaited;
  }

  #answered(chunk: Chunk, answer: BatchAnswer): void {
    this.#inFlight--;
    if (this.#isHeld(chunk)) this.#held--;
    if (answer.type === "failed") this.#failed(chunk, answer.error);
    else this.#kept(chunk.groups, answer);
    if (this.#sick && this.#inFlight === 0) this.#refuseWaiting(this.#sick);
    this.#sendMany();
  }

  #kept(groups: readonly Group[], kept: BatchAnswer & { readonly type: "kept" }): void {
    if (this.#sick) this.#recover();
    let next = 0;
    for (let at = 0; at < groups.length; at++) {
      const own = kept.answers[next]?.[0] === at ? kept.answers[next++] : undefined;
      (groups[at] as Group).answer?.(own?.[1]);
    }
    for (const [id, bound] of kept.discarded) this.#listener.discarded(id, bound);
    if (kept.filled !== undefined) this.#listener.filled(kept.filled);
    if (kept.log !== undefined) this.#listener.grew(kept.log);
  }

  /** What must not be lost goes back to its place; the rest hears that nothing of it happened. */
  #failed(chunk: Chunk, trouble: StoreTrouble): void {
    const error = toError(trouble);
    this.#putBack(chunk);
    this.#sicken(error);
    refuse(chunk, error);
  }

  /** Two may have been on their way: they are tried again in the order in which they were sent. */
  #putBack(chunk: Chunk): void {
    const again = new Chunk().takeInsisting(chunk);
    again.number = chunk.number;
    const later = this.#chunks.findIndex(({ number }) => number > chunk.number);
    if (again.groups.length > 0) this.#chunks.splice(later < 0 ? this.#chunks.length : later, 0, again);
  }

  /** Who waits behind what failed hears it now: tried batch by batch, the last of many would hear it minutes later. */
  #refuseWaiting(error: HermodError): void {
    const waiting = [...this.#chunks.filter(({ number }) => number === Infinity), this.#chunk];
    this.#chunks = this.#chunks.filter(({ number }) => number < Infinity);
    this.#chunk = new Chunk();
    for (const chunk of waiting) this.#chunk.takeInsisting(chunk);
    for (const chunk of waiting) refuse(chunk, error);
  }

  #sicken(error: HermodError): void {
    const isKnown = this.#sick !== undefined || this.#isClosed;
    this.#sick = error;
    this.#rest();
    if (!isKnown) this.#listener.sickened(error);
    if (!this.#isClosed) this.#probe = this.#clock.after(PROBE, () => this.#try(), true);
  }

  /** What waits is sent as a try; where nothing waits, something that changes nothing. */
  #try(): void {
    this.#probe = undefined;
    if (this.#inFlight > 0) return;
    if (!this.#isEmpty) return this.#send(this.#next());
    const chunk = new Chunk();
    chunk.changes.push(Change.group, 0, Change.probe);
    this.#send(chunk);
  }

  #recover(): void {
    this.#sick = undefined;
    this.#rest();
    this.#listener.recovered();
  }
}

function refuse({ groups }: Chunk, error: HermodError): void {
  for (const { answer, insists } of groups) if (!insists) answer?.({ type: "failed", error });
}

export function toError({ code, message, hint, details, cause }: StoreTrouble): HermodError {
  return new HermodError(code as ErrorCode, message, {
    ...(hint !== undefined && { hint }),
    ...(details && { details }),
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}
