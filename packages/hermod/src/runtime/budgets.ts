/**
 * Budgets: what a conversation has spent of what it was given. Reserving is one atomic step of the store, so that many who reserve at once
 * never pass the limit together; a reservation counts until it is settled.
 */
import type { Costs, Reservation, Spending } from "../agent/spending.ts";
import { allowedName, reservable, toAmount, widened, type Amounts, type Budget } from "../core/budget.ts";
import type { Envelope } from "../core/envelope.ts";
import { BudgetError, HermodError } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { Spent, Store } from "../core/store.ts";
import { ask } from "./asking.ts";

/** What a budget has refused. */
export interface Refused {
  readonly name: string;
  readonly limit: number;
  readonly wanted: number;
  /** What the conversation has spent, and what was allowed it before. */
  readonly amounts: Amounts;
  readonly error: BudgetError;
}

/** Whether there is more now; false where the work is to stop. */
export type AskForMore = (refused: Refused) => Promise<boolean>;

export class ConversationSpending implements Spending {
  readonly limits: Budget | undefined;
  readonly #store: Store;
  readonly #conversation: string;
  readonly #askForMore: AskForMore | undefined;

  constructor(store: Store, conversation: string, limits: Budget | undefined, askForMore?: AskForMore) {
    this.#store = store;
    this.#conversation = conversation;
    this.limits = limits;
    this.#askForMore = askForMore;
  }

  async spent(): Promise<Amounts> {
    return (await this.#spend({}, {})).amounts;
  }

  async reserve(costs: Costs): Promise<Reservation> {
    const reserved = toCosts("reserve", costs);
    for (;;) {
      const { refused: name, amounts } = await this.#set(reserved);
      if (name === undefined)
        return new Reserved(reserved, async (change) => void (await this.#spend(change, {})));
      const refused = this.#refused(name, amounts, reserved[name] ?? 0);
      if (!(await this.#askForMore?.(refused))) throw refused.error;
    }
  }

  /** Sets amounts aside, within the limits and what was allowed on top of them. */
  async #set(reserved: Amounts): Promise<Spent> {
    const limits = reservable(this.limits);
    const first = await this.#spend(reserved, limits);
    if (first.refused === undefined || first.amounts[allowedName(first.refused)] === undefined) return first;
    return this.#spend(reserved, widened(limits, first.amounts));
  }

  #refused(name: string, amounts: Amounts, wanted: number): Refused {
    const limit = this.limits?.[name as "tokens"] ?? 0;
    const most = widened({ [name]: limit }, amounts)[name] ?? limit;
    const of = { conversationId: this.#conversation };
    return { name, limit, wanted, amounts, error: spent(of, name, most, amounts[name] ?? 0, wanted) };
  }

  #spend(amounts: Amounts, limits: Amounts) {
    return ask("spend", () => this.#store.spend(this.#conversation, amounts, limits));
  }
}

class Reserved implements Reservation {
  readonly #reserved: Amounts;
  readonly #change: (amounts: Amounts) => Promise<void>;
  #over = false;

  constructor(reserved: Amounts, change: (amounts: Amounts) => Promise<void>) {
    this.#reserved = reserved;
    this.#change = change;
  }

  async settle(costs: Costs): Promise<void> {
    const real = toCosts("settle", costs);
    if (this.#over)
      throw new HermodError("HERMOD_SETTLED", "the reservation is settled already", {
        details: { ...this.#reserved },
      });
    await this.#replace(real);
  }

  async release(): Promise<void> {
    if (!this.#over) await this.#replace({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #replace(real: Amounts): Promise<void> {
    this.#over = true;
    const names = new Set([...Object.keys(this.#reserved), ...Object.keys(real)]);
    const change = [...names].map((name) => [name, (real[name] ?? 0) - (this.#reserved[name] ?? 0)] as const);
    await this.#change(Object.fromEntries(change));
  }
}

/** @throws HermodError HERMOD_BAD_OPTION naming what is no amount. */
function toCosts(what: string, costs: Costs): Amounts {
  checkOptions(what, costs, ["tokens", "cost"]);
  const given = Object.entries(costs).filter(([, amount]) => amount !== undefined);
  return Object.fromEntries(given.map(([name, amount]) => [name, toAmount(`${what}.${name}`, amount)]));
}

/** The error for a conversation that has spent what it was given. */
export function spent(
  { conversationId }: Pick<Envelope, "conversationId">,
  name: string,
  limit: number,
  amount: number,
  wanted = 1,
): BudgetError {
  const text = `conversation ${conversationId} has spent ${amount} of ${limit} ${name}, and ${wanted} more were wanted`;
  return new BudgetError(text, {
    details: { conversation: conversationId, name, limit, spent: amount, wanted },
  });
}

/** The error for a message of a conversation whose time is over; undefined while it is not. */
export function overdue({ conversationId, budget, sentAt }: Envelope): BudgetError | undefined {
  if (budget?.until === undefined || sentAt <= budget.until) return undefined;
  const { until } = budget;
  return new BudgetError(`the time of conversation ${conversationId} was over ${sentAt - until} ms ago`, {
    details: { conversation: conversationId, name: "time", until },
  });
}
