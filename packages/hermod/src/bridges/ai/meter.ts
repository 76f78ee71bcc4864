/** Meter: what an agent of the AI SDK uses, step by step, paid from the budget of the conversation: set aside before, settled after. */
import type { Spending } from "../../index.ts";
import { tokensOf } from "../../core/tokens.ts";
import { costOf, type Price } from "../../core/price.ts";

/** What the SDK says that a step has used. */
export interface SdkUsage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** Tokens that are set aside for an answer: nothing is known of it. */
const ANSWER = 1000;

export class Meter {
  readonly #budget: Spending;
  readonly #price: Price | undefined;
  /** About how many tokens go in with the next step. */
  #input: number;
  #said = 0;
  #steps = 0;
  #reserved: Awaited<ReturnType<Spending["reserve"]>> | undefined;

  constructor(budget: Spending, prompt: string, price: Price | undefined) {
    this.#budget = budget;
    this.#price = price;
    this.#input = tokensOf(prompt);
  }

  /** A step begins. @throws BudgetError where the conversation has not enough left for it. */
  async begin(): Promise<void> {
    this.#said = 0;
    this.#reserved ??= await this.#budget.reserve({ tokens: this.#input + ANSWER });
  }

  say(text: string): void {
    this.#said += tokensOf(text);
  }

  /** A step has ended. */
  async end({ inputTokens = this.#input, outputTokens = this.#said }: SdkUsage): Promise<void> {
    const reserved = this.#reserved;
    this.#reserved = undefined;
    this.#steps++;
    // The next step is told all of this one.
    this.#input = inputTokens + outputTokens;
    const cost = this.#price && costOf(this.#price, inputTokens, outputTokens);
    await reserved?.settle({ tokens: this.#input, ...(cost !== undefined && { cost }) });
  }

  /** All is over; `total` counts where the agent told of no step. What was cut has cost what was said, and nothing before its first word. */
  async close(total: SdkUsage | undefined): Promise<void> {
    if (total !== undefined && this.#steps === 0) return this.end(total);
    if (this.#said > 0) return this.end({});
    await this.#reserved?.release();
  }
}
