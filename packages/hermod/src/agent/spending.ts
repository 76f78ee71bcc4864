/** Spending: what a conversation has used of its budget, as the handlers of its messages see it. */
import type { Amounts, Budget } from "../core/budget.ts";

/** What a handler means to spend, or has spent: amounts by the names of the budget, from 0 up. */
export interface Costs {
  readonly tokens?: number;
  readonly cost?: number;
}

/**
 * Amounts that are set aside. They count as spent until they are settled or released, also when the process dies before: what they were for
 * may have been done.
 */
export interface Reservation extends AsyncDisposable {
  /** Puts what was really spent in the place of what was set aside; more than that is counted too, and never refused. */
  settle(costs: Costs): Promise<void>;
  /** Gives back all of it; harmless once it is settled. */
  release(): Promise<void>;
}

/** The budget of the message being handled. */
export interface Spending {
  /** What the conversation may spend; undefined where nothing bounds it: what is spent is counted all the same. */
  readonly limits: Budget | undefined;
  /** What it has spent by now, what is set aside included. */
  spent(): Promise<Amounts>;
  /**
   * Sets amounts aside before the work that costs them.
   * @throws BudgetError when they are more than what is left: nothing is set aside then.
   */
  reserve(costs: Costs): Promise<Reservation>;
}
