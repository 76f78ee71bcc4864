/** Options of real models: what a user says about one. */
import type { Price } from "../../core/price.ts";

/** Options of a model of the AI SDK. */
export interface AiSdkOptions {
  /** What a million tokens cost; default what the endpoint says of each call, if it does. */
  readonly price?: Price;
  /** Its name in logs and reports; default the model's own id. */
  readonly name?: string;
  /** Most characters of an answer, those of its tool calls included; default 1,000,000. */
  readonly maxAnswer?: number;
}

export const aiSdkOptions = ["price", "name", "maxAnswer"];
/** Most characters of an answer, unless something else is said. */
export const MOST_ANSWER = 1_000_000;
