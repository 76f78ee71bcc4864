/** Debate: sides that answer one another in turn, and a judge who ends it. */
import { aList, checkOptions, wholeNumber } from "../core/options.ts";
import {
  ask,
  nameOf,
  numbered,
  toLink,
  type Gives,
  type Link,
  type Sender,
  type StageOutput,
  type Takes,
} from "./link.ts";

/** Somebody's words. */
export interface Said<S = unknown> {
  readonly from: string;
  readonly says: S;
}

/** What a side gets: the question, and the last words of the others. */
export interface DebateTurn<Q = unknown, S = unknown> {
  readonly question: Q;
  /** From 1 up. */
  readonly round: number;
  readonly heard: Said<S>[];
}

/** What the judge gets after each round: all that was said, oldest first. In the `last` round it has to decide. */
export interface DebateRound<Q = unknown, S = unknown> {
  readonly question: Q;
  readonly round: number;
  readonly last: boolean;
  readonly said: Said<S>[];
}

/** Who debates, who judges, and how long. */
export interface DebateOptions<Q, L extends readonly Link[], J extends Link> {
  /** They speak in this order. */
  readonly sides: L & SidesTake<L, DebateTurn<Q, StageOutput<L[number]>>>;
  /** Says after each round whether it is `over`, with whatever else it has to say. */
  readonly judge: J & Takes<J, DebateRound<Q, StageOutput<L[number]>>> & Gives<J, { readonly over: boolean }>;
  /** Most rounds. */
  readonly rounds: number;
}

type SidesTake<L extends readonly Link[], I> = { readonly [K in keyof L]: Takes<L[K], I> };

/** How a debate ended. */
export interface Debated<S = unknown, V = unknown> {
  /** The judge's last word. */
  readonly verdict: V;
  readonly rounds: number;
  readonly said: Said<S>[];
}

/**
 * Lets sides debate a question: `debate(ctx, { sides: [[Optimist, "argue"], [Sceptic, "argue"]], judge: [Judge, "rule"], rounds: 3 }, question)`.
 * It ends when the judge says that it is over, or after the last round.
 * @throws what a side or the judge fails with.
 */
export async function debate<Q, const L extends readonly Link[], const J extends Link>(
  on: Sender,
  options: DebateOptions<Q, L, J>,
  question: Q,
): Promise<Debated<StageOutput<L[number]>, StageOutput<J>>> {
  checkOptions("debate", options, ["sides", "judge", "rounds"]);
  const sides = aList("debate.sides", options.sides as readonly Link[]).map((side) =>
    toLink("debate.sides", side),
  );
  const judge = toLink("debate.judge", options.judge);
  const rounds = wholeNumber("debate.rounds", options.rounds, 1, 1000);
  const said: Said[] = [];
  for (let round = 1; ; round++) {
    for (const [at, side] of sides.entries()) {
      const heard = lastWords(said, sides.length, at);
      const turn = { question, round, heard } satisfies DebateTurn;
      said.push({ from: nameOf(side), says: await ask(on, numbered(side, round), turn) });
    }
    const last = round === rounds;
    const verdict = await ask(on, numbered(judge, round), {
      question,
      round,
      last,
      said,
    } satisfies DebateRound);
    if (last || (verdict as { readonly over: boolean }).over)
      return { verdict, rounds: round, said } as never;
  }
}

/** The last words of each but the side in this place, whose turn it is; oldest first. */
function lastWords(said: readonly Said[], sides: number, at: number): Said[] {
  const first = Math.max(0, said.length - sides);
  return said.slice(first).filter((_, back) => (first + back) % sides !== at);
}
