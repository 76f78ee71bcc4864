/** Orchestrate: a plan of jobs, workers that do them side by side, and somebody who combines what came of them. */
import { endsWork } from "../agent/dialogue.ts";
import { show } from "../core/duration.ts";
import { HermodError, toRecord, type ErrorRecord } from "../core/errors.ts";
import { aList, checkOptions, wholeNumber } from "../core/options.ts";
import {
  ask,
  numbered,
  toLink,
  toStage,
  type Link,
  type Sender,
  type Stage,
  type StageInput,
  type StageOutput,
  type Takes,
} from "./link.ts";
import { sideBySide } from "./sidebyside.ts";

/** What the one who combines gets: each job with its result or its error, in the order of the plan. */
export interface WorkDone<I = unknown, J = unknown, R = unknown> {
  readonly input: I;
  readonly done: { readonly job: J; readonly result: R }[];
  readonly failed: { readonly job: J; readonly error: ErrorRecord }[];
}

type Job<P> = StageOutput<P> extends readonly (infer J)[] ? J : unknown;

/** Who does what. */
export interface OrchestrateOptions<P extends Stage, W extends Link | readonly Link[], C extends Stage> {
  /** Makes of the input a list of jobs. */
  readonly plan: P & IsPlan<P>;
  /** Does one job: one link, to a pool where several are to work, or a list of links that take turns. */
  readonly worker: W & WorkersTake<W, Job<P>>;
  /** Makes the whole of the parts; it is told of jobs that failed. */
  readonly combine: C & Takes<C, Work<P, W>>;
  /** Most jobs at the same time. */
  readonly concurrency: number;
  /** How often a job that fails is given out, each time to the next worker; default 1. */
  readonly attempts?: number;
}

/** A link, or a function, whose input needs no type of its own. */
type Combine<P, W> = Link | ((work: Work<P, W>, on: Sender) => unknown);
type Work<P, W> = WorkDone<StageInput<P>, Job<P>, WorkerOutput<W>>;
type IsPlan<P> = StageOutput<P> extends readonly unknown[] ? unknown : { readonly gives: readonly unknown[] };
type WorkersTake<W, J> = W extends Link ? Takes<W, J> : { readonly [K in keyof W]: Takes<W[K], J> };
type WorkerOutput<W> = W extends Link
  ? StageOutput<W>
  : W extends readonly Link[]
    ? StageOutput<W[number]>
    : never;

/**
 * Plans, works and combines: `orchestrate(ctx, { plan: [Planner, "plan"], worker: [Worker, "run", { as: "task" }], combine: [Editor, "join"],
 * concurrency: 4 }, order)`. A job that fails ends nothing: `combine` is told.
 * @throws what `plan` or `combine` throws; HermodError HERMOD_BAD_REPLY where the plan is no list.
 */
export async function orchestrate<
  const P extends Stage,
  const W extends Link | readonly Link[],
  const C extends Combine<P, W>,
>(on: Sender, options: OrchestrateOptions<P, W, C>, input: StageInput<P>): Promise<StageOutput<C>> {
  const { plan, workers, combine, concurrency, attempts } = toTerms(options as unknown as Given);
  const jobs = toJobs(await ask(on, plan, input));
  const ends = await sideBySide(jobs, concurrency, (job, at) => tried(on, workers, job, at, attempts));
  const done = ends.flatMap((end) => ("error" in end ? [] : [end]));
  const failed = ends.flatMap((end) => ("error" in end ? [end] : []));
  return (await ask(on, combine, { input, done, failed } satisfies WorkDone)) as StageOutput<C>;
}

interface Given {
  readonly plan: unknown;
  readonly worker: unknown;
  readonly combine: unknown;
  readonly concurrency: unknown;
  readonly attempts?: unknown;
}

function toTerms(options: Given) {
  checkOptions("orchestrate", options, ["plan", "worker", "combine", "concurrency", "attempts"]);
  const { plan, worker, combine, concurrency, attempts = 1 } = options;
  return {
    plan: toStage("orchestrate.plan", plan),
    workers: toWorkers(worker),
    combine: toStage("orchestrate.combine", combine),
    concurrency: wholeNumber("orchestrate.concurrency", concurrency, 1),
    attempts: wholeNumber("orchestrate.attempts", attempts, 1, 100),
  };
}

/** One link, or a list of them. */
function toWorkers(given: unknown): readonly [Link, ...Link[]] {
  const isList = Array.isArray(given) && Array.isArray(given[0]);
  const [first, ...others] = (isList ? (given as unknown[]) : [given]).map((link) =>
    toLink("orchestrate.worker", link),
  );
  return [first as Link, ...others];
}

function toJobs(planned: unknown): readonly unknown[] {
  if (Array.isArray(planned)) return aList("plan", planned as unknown[]);
  throw new HermodError("HERMOD_BAD_REPLY", `the plan must be a list of jobs, got ${show(planned)}`);
}

type End =
  | { readonly job: unknown; readonly result: unknown }
  | { readonly job: unknown; readonly error: ErrorRecord };

/** A job, given to one worker after the other until one has done it; a bound of the whole work is nothing to try again. */
async function tried(
  on: Sender,
  workers: readonly [Link, ...Link[]],
  job: unknown,
  at: number,
  attempts: number,
): Promise<End> {
  for (let attempt = 1; ; attempt++) {
    const worker = workers[(at + attempt - 1) % workers.length] ?? workers[0];
    const times = at * attempts + attempt;
    try {
      return { job, result: await ask(on, numbered(worker, times), job) };
    } catch (error) {
      if (attempt === attempts || endsWork(error)) return { job, error: toRecord(error) };
    }
  }
}
