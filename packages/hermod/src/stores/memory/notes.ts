/** Notes: the parts of messages, and what conversations have spent. */
export class Notes {
  readonly #parts = new Map<string, unknown[]>();
  readonly #spent = new Map<string, Record<string, number>>();

  record(id: string, part: unknown): number {
    const parts = this.#parts.get(id) ?? [];
    this.#parts.set(id, parts);
    return parts.push(part);
  }

  parts(id: string, after: number, limit: number): readonly unknown[] {
    return (this.#parts.get(id) ?? []).slice(after, after + limit);
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): string | undefined {
    const spent: Record<string, number> = { ...this.#spent.get(conversation) };
    for (const [name, amount] of Object.entries(amounts)) {
      spent[name] = (spent[name] ?? 0) + amount;
      if (spent[name] > (limits[name] ?? Infinity)) return name;
    }
    this.#spent.set(conversation, spent);
    return undefined;
  }
}

/** Amounts by name. */
export type Amounts = Readonly<Record<string, number>>;
