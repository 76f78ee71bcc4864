/** Review loop: one writes, another reviews, and what is wrong is written anew, in a bounded number of rounds. */
import { checkOptions, wholeNumber } from "../core/options.ts";
import {
  ask,
  numbered,
  toStage,
  type Gives,
  type Link,
  type Sender,
  type Stage,
  type StageOutput,
  type Takes,
} from "./link.ts";

/** What the writer gets: from the second round on with its last text and all that was said of those before. */
export interface WriteRound<I = unknown, T = unknown> {
  readonly input: I;
  readonly text?: T;
  /** What the reviewer has said so far, oldest first. */
  readonly notes: string[];
}

/** What the reviewer gets. */
export interface ReviewRound<I = unknown, T = unknown> {
  readonly input: I;
  readonly text: T;
}

/** What the reviewer says. */
export interface Review {
  readonly ok: boolean;
  readonly note: string;
}

/** Who writes, who reviews, and how often. */
export interface ReviewLoopOptions<I, W extends Stage, R extends Stage> {
  readonly write: W & Takes<W, WriteRound<I, StageOutput<W>>>;
  readonly review: R & Takes<R, ReviewRound<I, StageOutput<W>>> & Gives<R, Review>;
  /** Most texts that are written. */
  readonly rounds: number;
}

/** A link, or a function, whose input needs no type of its own. */
type Reviewer<I, W> = Link | ((round: ReviewRound<I, StageOutput<W>>, on: Sender) => unknown);

/** The last text, and what was said of all of them. */
export interface Reviewed<T = unknown> {
  readonly text: T;
  /** False where the last round was over before the reviewer was content. */
  readonly accepted: boolean;
  readonly rounds: number;
  /** One for each round, oldest first. */
  readonly notes: string[];
}

/**
 * Writes until the reviewer is content: `reviewLoop(ctx, { write: [Writer, "write"], review: [Critic, "review"], rounds: 3 }, topic)`.
 * @throws what the writer or the reviewer fails with.
 */
export async function reviewLoop<I, const W extends Stage, const R extends Reviewer<I, W>>(
  on: Sender,
  options: ReviewLoopOptions<I, W, R>,
  input: I,
): Promise<Reviewed<StageOutput<W>>> {
  checkOptions("reviewLoop", options, ["write", "review", "rounds"]);
  const write = toStage("reviewLoop.write", options.write);
  const review = toStage("reviewLoop.review", options.review);
  const most = wholeNumber("reviewLoop.rounds", options.rounds, 1, 1000);
  const notes: string[] = [];
  let before = {};
  for (let rounds = 1; ; rounds++) {
    const text = await ask(on, numbered(write, rounds), {
      input,
      ...before,
      notes: [...notes],
    } satisfies WriteRound);
    const { ok, note } = (await ask(on, numbered(review, rounds), {
      input,
      text,
    } satisfies ReviewRound)) as Review;
    notes.push(note);
    if (ok || rounds === most) return { text, accepted: ok, rounds, notes } as Reviewed<StageOutput<W>>;
    before = { text };
  }
}
