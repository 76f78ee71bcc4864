/** Price: what a model's tokens cost. */
import { aRecord, checkOptions } from "./options.ts";
import { toAmount } from "./budget.ts";

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
