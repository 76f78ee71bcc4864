/** Costs: what calls of language models have used, as it is written. */
import { countText } from "../../parts/text.ts";

export interface Costs {
  readonly tokens?: number;
  readonly cost?: number;
}

/** All of them together; a cost only where some call has one. */
export function sumOf(
  calls: readonly { readonly inputTokens: number; readonly outputTokens: number; readonly cost?: number }[],
): Costs {
  const tokens = calls.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
  const known = calls.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  return { tokens, ...(known.length > 0 && { cost: known.reduce((sum, each) => sum + each, 0) }) };
}

/** "0.012 · 1,204 tokens"; nothing where nothing was used. */
export function costText({ tokens, cost }: Costs = {}): string {
  return [
    ...(cost === undefined ? [] : [cost.toLocaleString("en", { maximumSignificantDigits: 3 })]),
    ...(tokens === undefined ? [] : [`${countText(tokens)} tokens`]),
  ].join(" · ");
}
