/** Price: what a model's tokens cost, and what a call has used of them. */
import { aRecord, checkOptions } from "../../core/options.ts";
import { toAmount } from "../../core/budget.ts";
import type { ModelRequest, Usage } from "../../core/model.ts";
import { inputTokens } from "../../core/tokens.ts";
import type { SdkReply } from "./sdk.ts";

/** What a million tokens cost, in whatever unit budgets are counted. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** The price, checked. @throws HermodError HERMOD_BAD_OPTION. */
export function toPrice(price: Price | undefined): Price | undefined {
  if (price === undefined) return undefined;
  checkOptions("price", aRecord("price", price), ["input", "output"]);
  return { input: toAmount("price.input", price.input), output: toAmount("price.output", price.output) };
}

/** What so many tokens cost. */
export function costOf(price: Price, input: number, output: number): number {
  return (input * price.input + output * price.output) / 1e6;
}

/** What a call has used: as its endpoint counted, else estimated; its cost as the endpoint says, else by the price. */
export function usageOf(
  said: SdkReply["usage"] | undefined,
  request: ModelRequest,
  answer: number,
  price: Price | undefined,
): Usage {
  const input = said?.inputTokens.total ?? inputTokens(request);
  const output = said?.outputTokens.total ?? answer;
  const cost = amount(said?.raw?.["cost"]) ?? (price && costOf(price, input, output));
  return { inputTokens: input, outputTokens: output, ...(cost !== undefined && { cost }) };
}

function amount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value < Infinity ? value : undefined;
}
