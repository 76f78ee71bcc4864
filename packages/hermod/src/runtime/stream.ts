/**
 * Stream: drives a handler that is a generator. What it yields is recorded as the parts of its task, in order, and no more than a few
 * ahead of what the store has kept; its return is the result.
 */
import type { Hearer, Speech } from "../agent/speech.ts";
import type { Clock } from "../core/clock.ts";
import type { Copier } from "../core/codec.ts";
import { TooLargeError } from "../core/errors.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import { check, type Schema } from "../core/schema.ts";
import type { Store } from "../core/store.ts";
import { storeError } from "./asking.ts";
import { Window } from "./credit.ts";
import type { Run } from "./run.ts";

/** What driving needs. */
export interface StreamParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly copier: Copier;
}

/** Parts on their way to the store; the generator waits beyond them. */
const AHEAD = 64;
/** Every how many parts timers and I/O have their turn: a generator that never waits would starve them. */
const BURST = 256;
/** Most parts of one attempt: a generator that never ends must not fill the disk. */
export const MOST_PARTS = 100_000;

const marks = new Set(["[object AsyncGenerator]", "[object Generator]"]);

/** True for what a generator function returns. Most values are told by their lack of `next`: every result passes here. */
export function isGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, undefined> {
  if (typeof value !== "object" || value === null || value instanceof Promise) return false;
  return (
    typeof (value as { next?: unknown }).next === "function" &&
    marks.has(Object.prototype.toString.call(value))
  );
}

/** Runs a generator to its end; gives what it returns. @throws what it throws, or why it was told to stop. */
export async function drive(
  parts: StreamParts,
  run: Run,
  generator: AsyncGenerator<unknown, unknown, undefined>,
): Promise<unknown> {
  const writer = new Writer(parts, run);
  for (;;) {
    const step = await generator.next();
    if (step.done) {
      await writer.settled();
      return step.value;
    }
    try {
      // A generator that does not look at its signal is ended where it yields.
      run.throwIfAborted();
      const written = writer.write(step.value);
      if (isPromise(written)) await written;
    } catch (error) {
      await generator.return(undefined);
      throw error;
    }
  }
}

/** The same of an answer that its handler says itself. */
export async function speak(parts: StreamParts, run: Run, speech: Speech): Promise<unknown> {
  const writer = new Writer(parts, run);
  const result = await speech.hold(writer);
  await writer.settled();
  return result;
}

/** Writes parts with a few of them under way at a time. */
class Writer implements Hearer {
  readonly #parts: StreamParts;
  readonly #run: Run;
  // What each part needs of the run is kept at hand: between two tokens of a stream all that they touch goes cold.
  readonly #id: string;
  readonly #isTask: boolean;
  readonly #chunk: Schema | undefined;
  readonly #attempt: number;
  readonly #window: Window | undefined;
  readonly #pending = new Set<Promise<unknown>>();
  #failure: { readonly error: unknown } | undefined;
  #count = 0;

  constructor(parts: StreamParts, run: Run) {
    this.#parts = parts;
    this.#run = run;
    this.#id = run.envelope.id;
    this.#isTask = run.envelope.verb === "task";
    this.#chunk = run.handling?.spec?.chunk;
    this.#attempt = run.attempt;
    const { ahead } = run.envelope.task ?? {};
    if (ahead !== undefined) this.#window = run.window = new Window(ahead);
  }

  /** Keeps what is said, while anybody wants it. */
  hear(piece: string): Maybe<void> {
    this.#run.throwIfAborted();
    return this.write(piece);
  }

  /** Keeps a part. Most need neither promise nor closure: tokens come by the thousand a second. */
  write(value: unknown): Maybe<void> {
    if (++this.#count % BURST === 0 || this.#chunk) return this.#checked(value);
    return this.#keep(value);
  }

  async #checked(value: unknown): Promise<void> {
    const { envelope, self } = this.#run;
    if (this.#chunk)
      await check(this.#chunk, value, () => `${self}.${envelope.operation} part`, "HERMOD_BAD_REPLY");
    if (this.#count % BURST === 0) await new Promise<void>((resolve) => this.#parts.clock.pause(resolve));
    await this.#keep(value);
  }

  #keep(value: unknown): Maybe<void> {
    if (!this.#isTask || this.#run.hasEnd) return;
    if (this.#count > MOST_PARTS) throw tooMany(this.#run);
    return this.#window ? this.#inWindow(this.#window, value) : this.#put(value);
  }

  #inWindow(window: Window, value: unknown): Maybe<void> {
    return chain(
      window.room(() => this.#pending.size, this.#run.signal),
      () => this.#put(value),
    );
  }

  #put(value: unknown): Maybe<void> {
    this.#run.progressed();
    this.#record(this.#parts.copier.copy(value));
    if (this.#pending.size >= AHEAD) return this.#thinned();
    this.#check();
  }

  async #thinned(): Promise<void> {
    while (this.#pending.size >= AHEAD) await Promise.race(this.#pending);
    this.#check();
  }

  /** Ends when all parts are kept. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
    this.#check();
  }

  #record(value: unknown): void {
    const recorded = this.#parts.store.record(this.#id, { type: "part", attempt: this.#attempt, value });
    if (isPromise(recorded)) this.#await(recorded as Promise<number>);
    else this.#window?.wrote(recorded as number);
  }

  #await(recorded: Promise<number>): void {
    const window = this.#window;
    const kept = recorded
      .then((number) => window?.wrote(number))
      .catch((error: unknown) => void (this.#failure ??= { error: storeError("record", error) }))
      .finally(() => {
        this.#pending.delete(kept);
        window?.kept();
      });
    this.#pending.add(kept);
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

function tooMany({ self, envelope }: Run): TooLargeError {
  return new TooLargeError(
    `${self}.${envelope.operation} has yielded ${MOST_PARTS} parts, the most of one attempt`,
    {
      details: { task: envelope.id, most: MOST_PARTS },
      hint: "Yield larger parts, or split the work into several tasks.",
    },
  );
}
