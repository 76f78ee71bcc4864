/** Pipeline: one after the other, the output of each the input of the next. */
import { aList } from "../core/options.ts";
import {
  ask,
  toStage,
  type Sender,
  type Stage,
  type StageInput,
  type StageOutput,
  type Takes,
} from "./link.ts";

/** Each stage takes what the one before it gives. */
type Chained<S extends readonly Stage[], I> = S extends readonly [
  infer First,
  ...infer Rest extends readonly Stage[],
]
  ? readonly [Takes<First, I>, ...Chained<Rest, StageOutput<First>>]
  : readonly [];

type LastOutput<S extends readonly Stage[]> = S extends readonly [...unknown[], infer Last]
  ? StageOutput<Last>
  : never;

/**
 * Sends the input through the stages: `pipeline(ctx, [[Researcher, "find"], (facts: string) => ({ facts }), [Writer, "write"]], topic)`.
 * A stage is a link, or a function between two of them.
 * @throws what the first stage that fails throws; those behind it are not asked.
 */
export async function pipeline<const S extends readonly [Stage, ...Stage[]]>(
  on: Sender,
  stages: S & Chained<S, StageInput<S[0]>>,
  input: StageInput<S[0]>,
): Promise<LastOutput<S>> {
  const checked = aList("pipeline", stages as readonly unknown[]).map((stage, at) =>
    toStage(`pipeline stage ${at + 1}`, stage),
  );
  let value: unknown = input;
  for (const stage of checked) value = await ask(on, stage, value);
  return value as LastOutput<S>;
}
