/** Pipeline: one after the other, the output of each the input of the next. */
import { aList } from "../core/options.ts";
import {
  ask,
  toStage,
  type Link,
  type Sender,
  type Stage,
  type StageInput,
  type StageOutput,
  type Takes,
} from "./link.ts";

/** What a place without a stage is to the compiler. */
interface Free {
  readonly free: never;
}

/** What may stand behind a stage: said so that a function's input needs no type of its own. */
type Next<Before> = Link | ((input: StageOutput<Before>, on: Sender) => unknown) | Free;
/** It takes what the one before it gives; a free place takes nothing. */
type Fit<S, Before> = [Free] extends [S] ? unknown : Takes<S, StageOutput<Before>>;
/** What the last stage gives. */
type Ended<S extends readonly unknown[]> = S extends readonly [...infer Before, infer Last]
  ? [Free] extends [Last]
    ? Ended<Before>
    : StageOutput<Last>
  : never;

/**
 * Sends the input through up to six stages: `pipeline(ctx, [[Researcher, "find"], (facts) => ({ facts }), [Writer, "write"]], topic)`. A stage is a
 * link, or a function, which may be a pipeline too. Of two functions in a row the second says the type of its input.
 * @throws what the first stage that fails throws; those behind it are not asked.
 */
export async function pipeline<
  const A extends Stage,
  const B extends Next<A>,
  const C extends Next<B>,
  const D extends Next<C>,
  const E extends Next<D>,
  const F extends Next<E>,
>(
  on: Sender,
  stages: readonly [
    A & Takes<A, StageInput<A>>,
    (B & Fit<B, A>)?,
    (C & Fit<C, B>)?,
    (D & Fit<D, C>)?,
    (E & Fit<E, D>)?,
    (F & Fit<F, E>)?,
  ],
  input: StageInput<A>,
): Promise<Ended<[A, B, C, D, E, F]>> {
  const checked = aList("pipeline", stages as readonly unknown[]).map((stage, at) =>
    toStage(`pipeline stage ${at + 1}`, stage),
  );
  let value: unknown = input;
  for (const stage of checked) value = await ask(on, stage, value);
  return value as Ended<[A, B, C, D, E, F]>;
}
