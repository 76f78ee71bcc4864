/** Spendings: what each conversation has spent, as the file keeps it; the messages that it has sent are one amount of it. */
import { sumOf } from "../../core/budget.ts";
import type { Spent } from "../../core/store.ts";
import type { Value } from "./protocol.ts";
import type { Statements } from "./statements.ts";

type Spending = Record<string, number>;

export class Spendings {
  readonly #db: Statements;

  constructor(db: Statements) {
    this.#db = db;
  }

  /** How many messages a conversation has sent that count. */
  sent(conversation: Value): number {
    return this.#read(conversation)["messages"] ?? 0;
  }

  /** Counts a message that is sent. */
  count(conversation: Value): void {
    const spent = this.#read(conversation);
    this.#write(conversation, { ...spent, messages: (spent["messages"] ?? 0) + 1 });
  }

  /** What is spent then, and the name of the amount that would pass its limit. */
  spend(conversation: Value, amounts: string, limits: string): Spent {
    const before = this.#read(conversation);
    const spent = { ...before };
    const most = JSON.parse(limits) as Spending;
    const added = Object.entries(JSON.parse(amounts) as Spending);
    for (const [name, amount] of added) {
      spent[name] = sumOf(spent[name] ?? 0, amount);
      if (spent[name] > (most[name] ?? Infinity)) return { amounts: before, refused: name };
    }
    if (added.length > 0) this.#write(conversation, spent);
    return { amounts: spent };
  }

  #read(conversation: Value): Spending {
    const row = this.#db.spent.get(conversation);
    return row ? (JSON.parse(row["amounts"] as string) as Spending) : {};
  }

  #write(conversation: Value, spent: Spending): void {
    this.#db.spend.run(conversation, JSON.stringify(spent));
  }
}
