/** Fan-out: several are asked the same at the same time; all settle, or as many good answers as are wanted, and the rest is cancelled. */
import { CancelledError, HermodError, toRecord } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, aList, checkOptions, wholeNumber } from "../core/options.ts";
import {
  ask,
  nameOf,
  toLink,
  type Link,
  type Sender,
  type StageInput,
  type StageOutput,
  type Takes,
} from "./link.ts";
import { sideBySide } from "./sidebyside.ts";

/** What is wanted of a fan-out. */
export interface FanOutOptions<R = unknown> {
  /** Most asked at the same time; default all. */
  readonly concurrency?: number;
  /** So many good answers are enough; the rest is cancelled then. Default: all are waited for. */
  readonly quorum?: number;
  /** Which answers are good; default all. */
  readonly good?: (answer: R) => Maybe<boolean>;
  /** What an answer says, in a word: only those that say the same make a quorum. Default: all do. */
  readonly agree?: (answer: R) => string | number | boolean;
}

/** What became of one who was asked: "dropped" where the answer was no longer needed. */
export type Outcome<R = unknown> =
  | { readonly from: string; readonly state: "good" | "bad"; readonly answer: R }
  | { readonly from: string; readonly state: "failed"; readonly error: unknown }
  | { readonly from: string; readonly state: "dropped" };

/** What came of a fan-out. */
export interface FannedOut<R = unknown> {
  /** The good answers, of a quorum those that make it; in the order of the links. */
  readonly answers: R[];
  /** What became of each, in the order of the links. */
  readonly outcomes: Outcome<R>[];
}

/** Each takes the same input. */
type AllTake<L extends readonly Link[], I> = { readonly [K in keyof L]: Takes<L[K], I> };
type Inputs<L extends readonly Link[]> = { [K in keyof L]: (input: StageInput<L[K]>) => void }[number];
/** What all of them take. */
type SharedInput<L extends readonly Link[]> = Inputs<L> extends (input: infer I) => void ? I : never;

/**
 * Asks several the same: `fanOut(ctx, [[Tester, "review"], [Lawyer, "review"]], text)` gives what became of each, in their order. With
 * `quorum` it ends as soon as so many answers are good.
 * @throws HermodError HERMOD_QUORUM as soon as the quorum cannot be reached any more; `details.outcomes` tells of each.
 */
export async function fanOut<const L extends readonly Link[]>(
  on: Sender,
  links: L & AllTake<L, SharedInput<L>>,
  input: SharedInput<L>,
  options: FanOutOptions<StageOutput<L[number]>> = {},
): Promise<FannedOut<StageOutput<L[number]>>> {
  const asked = aList("fanOut", links as readonly Link[]).map((link, at) =>
    toLink(`fanOut link ${at + 1}`, link),
  );
  return (await new Fan(on, asked, toTerms(options as FanOutOptions, asked.length)).ask(input)) as never;
}

/**
 * The first good answer, and the rest is cancelled: `firstGood(ctx, [[Fast, "find"], [Thorough, "find"]], question, { good: (found) => found.length > 0 })`.
 * @throws HermodError HERMOD_QUORUM where none is good.
 */
export async function firstGood<const L extends readonly Link[]>(
  on: Sender,
  links: L & AllTake<L, SharedInput<L>>,
  input: SharedInput<L>,
  options: Omit<FanOutOptions<StageOutput<L[number]>>, "quorum" | "agree"> = {},
): Promise<StageOutput<L[number]>> {
  checkOptions("firstGood", options, ["concurrency", "good"]);
  const { answers } = await fanOut(on, links, input, { ...options, quorum: 1 });
  return answers[0] as StageOutput<L[number]>;
}

interface Terms {
  readonly concurrency: number;
  readonly quorum: number | undefined;
  readonly good: (answer: unknown) => Maybe<boolean>;
  readonly agree: (answer: unknown) => unknown;
}

function toTerms(options: FanOutOptions, count: number): Terms {
  checkOptions("fanOut", options, ["concurrency", "quorum", "good", "agree"]);
  const { concurrency = Math.max(1, count), quorum, good = () => true, agree = () => true } = options;
  return {
    concurrency: wholeNumber("fanOut.concurrency", concurrency, 1),
    quorum: quorum === undefined ? undefined : wholeNumber("fanOut.quorum", quorum, 1, count),
    good: aFunction("fanOut.good", good),
    agree: aFunction("fanOut.agree", agree),
  };
}

class Fan {
  readonly #on: Sender;
  readonly #links: readonly Link[];
  readonly #terms: Terms;
  readonly #ending = new AbortController();
  /** The good answers by what they say, each with the place of its link. */
  readonly #said = new Map<unknown, Map<number, unknown>>();
  #left: number;

  constructor(on: Sender, links: readonly Link[], terms: Terms) {
    this.#on = on;
    this.#links = links;
    this.#terms = terms;
    this.#left = links.length;
  }

  async ask(input: unknown): Promise<FannedOut> {
    try {
      const { concurrency, quorum } = this.#terms;
      const outcomes = await sideBySide(this.#links, concurrency, (link, at) => this.#one(link, at, input));
      if (quorum !== undefined && this.#most().size < quorum)
        throw noQuorum(quorum, this.#most().size, outcomes);
      return { answers: this.#answers(), outcomes };
    } finally {
      // What still runs when a function of the user's throws is cancelled as well.
      this.#ending.abort(new CancelledError("its answer is no longer needed"));
    }
  }

  async #one(link: Link, at: number, input: unknown): Promise<Outcome> {
    const from = nameOf(link);
    let answer: unknown;
    try {
      answer = await ask(this.#on, link, input, this.#ending.signal);
    } catch (error) {
      if (this.#ending.signal.aborted) return { from, state: "dropped" };
      this.#settled();
      return { from, state: "failed", error };
    }
    const good = await this.#terms.good(answer);
    if (this.#ending.signal.aborted) return { from, state: "dropped" };
    if (good) this.#count(at, answer);
    this.#settled();
    return { from, state: good ? "good" : "bad", answer };
  }

  #count(at: number, answer: unknown): void {
    const says = this.#terms.agree(answer);
    const same = this.#said.get(says) ?? new Map<number, unknown>();
    this.#said.set(says, same.set(at, answer));
  }

  /** Ends the rest when the quorum is reached, and when it cannot be reached any more. */
  #settled(): void {
    this.#left--;
    const { quorum } = this.#terms;
    const most = this.#most().size;
    if (quorum === undefined || (most < quorum && most + this.#left >= quorum)) return;
    this.#ending.abort(new CancelledError("its answer is no longer needed"));
  }

  /** The answers of those, most of all, that say the same. */
  #most(): ReadonlyMap<number, unknown> {
    return [...this.#said.values()].reduce((most, same) => (same.size > most.size ? same : most), new Map());
  }

  #answers(): unknown[] {
    const good = this.#terms.quorum === undefined ? [...this.#said.values()] : [this.#most()];
    const placed = good.flatMap((same) => [...same]);
    return placed.toSorted(([a], [b]) => a - b).map(([, answer]) => answer);
  }
}

function noQuorum(quorum: number, good: number, outcomes: readonly Outcome[]): HermodError {
  const told = outcomes.map((outcome) =>
    outcome.state === "failed" ? { ...outcome, error: toRecord(outcome.error) } : outcome,
  );
  const failed = outcomes.filter((outcome) => outcome.state === "failed");
  const states = outcomes.map(({ from, state }) => `${from} ${state}`).join(", ");
  return new HermodError("HERMOD_QUORUM", `${quorum} good answers are wanted, ${good} came: ${states}`, {
    ...(failed[0] && { cause: failed[0].error }),
    details: { quorum, good, outcomes: told },
    retryable: failed.some(({ error }) => error instanceof HermodError && error.retryable),
  });
}
