/** `hermod/patterns`: how several agents work together, as functions over calls and tasks. Small, and made to be put together. */
export { blackboard, type BlackboardOptions, type Board, type Gathered } from "./blackboard.ts";
export {
  debate,
  type Debated,
  type DebateOptions,
  type DebateRound,
  type DebateTurn,
  type Said,
} from "./debate.ts";
export { fanOut, firstGood, type FannedOut, type FanOutOptions, type Outcome } from "./fanout.ts";
export type { Link, LinkOptions, Sender, Stage, StageInput, StageOutput } from "./link.ts";
export { orchestrate, type OrchestrateOptions, type WorkDone } from "./orchestrate.ts";
export { pipeline } from "./pipeline.ts";
export {
  reviewLoop,
  type Review,
  type Reviewed,
  type ReviewLoopOptions,
  type ReviewRound,
  type WriteRound,
} from "./reviewloop.ts";
