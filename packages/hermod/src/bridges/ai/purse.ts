/** Purse: what a process may spend on models. An amount is set aside before a call, and settled with what the call has cost. */
import { BudgetError } from "../../core/errors.ts";
import type { ModelRequest, Usage } from "../../core/model.ts";
import { inputTokens } from "../../core/tokens.ts";
import { costOf, type Price } from "../../core/price.ts";

interface Tally {
  spent: number;
  reserved: number;
  warned: boolean;
}

/** One tally for each environment: all models that are made from that of the process spend from the same. */
const tallies = new WeakMap<object, Tally>();

/** Tokens that are set aside for an answer of which nothing else is said. */
const ANSWER = 1000;

/** What may be spent in this environment. */
export function purseOf(env: object, limit: number, price: Price | undefined): Purse {
  const tally = tallies.get(env) ?? { spent: 0, reserved: 0, warned: false };
  tallies.set(env, tally);
  return new Purse(tally, limit, price);
}

export class Purse {
  readonly #tally: Tally;
  readonly #limit: number;
  readonly #price: Price | undefined;

  constructor(tally: Tally, limit: number, price: Price | undefined) {
    this.#tally = tally;
    this.#limit = limit;
    this.#price = price;
  }

  /** Sets aside what the call may cost, and gives what settles it, once. @throws BudgetError. */
  reserve(request: ModelRequest): (used: Usage | undefined) => void {
    const input = inputTokens(request);
    const wanted = this.#price ? costOf(this.#price, input, request.maxTokens ?? ANSWER) : 0;
    const { spent, reserved } = this.#tally;
    if (spent >= this.#limit || spent + reserved + wanted > this.#limit) throw this.#over(wanted);
    this.#tally.reserved += wanted;
    let settled = false;
    return (used) => {
      if (settled) return;
      settled = true;
      this.#tally.reserved -= wanted;
      if (used) this.#spend(used);
    };
  }

  /** What an answer that was not read to its end has used, about. */
  cut(request: ModelRequest, outputTokens: number): Usage {
    const input = inputTokens(request);
    return {
      inputTokens: input,
      outputTokens,
      cost: this.#price ? costOf(this.#price, input, outputTokens) : 0,
    };
  }

  #spend({ cost }: Usage): void {
    if (cost === undefined) this.#warn();
    else this.#tally.spent += cost;
  }

  /** A limit that cannot be kept must not look as if it were. */
  #warn(): void {
    if (this.#limit === Infinity || this.#tally.warned) return;
    this.#tally.warned = true;
    process.emitWarning(
      "LLM_MAX_COST is not kept: the endpoint says no cost. Give modelFromEnv a price: modelFromEnv(process.env, { price }).",
      { code: "HERMOD_COST_UNKNOWN" },
    );
  }

  #over(wanted: number): BudgetError {
    const { spent, reserved } = this.#tally;
    const text = `LLM_MAX_COST is ${this.#limit}; ${spent} is spent, ${reserved} set aside, and the call may cost ${wanted}`;
    return new BudgetError(text, {
      details: { name: "cost", limit: this.#limit, spent, reserved, wanted },
      hint: "The process has spent what LLM_MAX_COST allows: raise it and start again, or ask for shorter answers (maxTokens).",
    });
  }
}
