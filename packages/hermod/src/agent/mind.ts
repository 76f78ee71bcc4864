/** Mind: which model an agent asks, and what becomes of its work when a conversation's budget runs out. */
import { aShare, aText, checkOptions } from "../core/options.ts";
import type { Model, TextModel } from "../core/model.ts";
import { toModel } from "../core/textmodel.ts";

/** What is done when the tokens or the cost of a conversation's budget run out; where nothing is said the work stops with a BudgetError. */
export interface OverspendOptions {
  /** Asked in the model's place once the conversation has spent the share `from`, or the model would not fit. */
  readonly cheaper?: TextModel;
  /** Of the budget, from 0 to 1; default 0.8. */
  readonly from?: number;
  /** The person who may allow as much again; the work waits for the answer, as long as its message may take. */
  readonly ask?: string;
}

/** How an agent thinks. */
export interface MindOptions {
  /** The model behind `ctx.model`, at the least `{ name, text(prompt) }`; default the system's. */
  readonly model?: TextModel;
  /** What is done when a conversation's budget runs out; default what the system does, which by default stops. */
  readonly overspend?: OverspendOptions;
}

/** What is done when a budget runs out, checked and complete. */
export interface Overspend {
  readonly cheaper: Model | undefined;
  readonly from: number;
  readonly ask: string | undefined;
}

/** How an agent thinks, checked. */
export interface Mind {
  readonly model: Model | undefined;
  readonly overspend: Overspend | undefined;
}

export const mindOptions = ["model", "overspend"] as const;
/** The mind of most agents, shared by them. */
const none: Mind = Object.freeze({ model: undefined, overspend: undefined });

/** @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toMind({ model, overspend }: MindOptions): Mind {
  if (model === undefined && overspend === undefined) return none;
  return Object.freeze({
    model: model === undefined ? undefined : toModel(model),
    overspend: overspend === undefined ? undefined : toOverspend(overspend),
  });
}

function toOverspend(options: OverspendOptions): Overspend {
  checkOptions("overspend", options, ["cheaper", "from", "ask"]);
  const { cheaper, from = 0.8, ask } = options;
  return Object.freeze({
    cheaper: cheaper === undefined ? undefined : toModel(cheaper),
    from: aShare("overspend.from", from),
    ask: ask === undefined ? undefined : aText("overspend.ask", ask),
  });
}
