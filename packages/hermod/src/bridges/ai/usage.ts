/** Usage: what a call has used and cost, as far as anybody knows. */
import type { ModelRequest, Usage } from "../../core/model.ts";
import { inputTokens } from "../../core/tokens.ts";
import { costOf, type Price } from "../../core/price.ts";
import type { SdkReply } from "./sdk.ts";

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
