/** Options of real models: what a user says about one. */
import type { ModelLimits } from "../../core/model.ts";
import type { Price } from "../../core/price.ts";

/** Options of a model of the AI SDK. */
export interface AiSdkOptions {
  /** What a million tokens cost; default what the endpoint says of each call, if it does. */
  readonly price?: Price;
  /** Its name in logs and reports; default the model's own id. */
  readonly name?: string;
  /** Most characters of an answer, those of its tool calls included; default 1,000,000. */
  readonly maxAnswer?: number;
  /** What its endpoint takes a minute and at once, kept by a system for all its agents together; default no limit. */
  readonly limits?: ModelLimits;
}

export const aiSdkOptions = ["price", "name", "maxAnswer", "limits"];
/** Most characters of an answer, unless something else is said. */
export const MOST_ANSWER = 1_000_000;
