/** Holdings: the claims that a session was handed and has not settled. */
import type { Claim } from "../core/store.ts";

export class Holdings {
  readonly #most: number;
  readonly #claims = new Map<number, Claim>();
  /** How often each message is among them. */
  readonly #messages = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#claims.size;
  }

  /** Beyond the bound the oldest are forgotten, as those whose lease has run out are by then. */
  add(claim: Claim): void {
    const [oldest] = this.#claims.size < this.#most ? [] : this.#claims.keys();
    if (oldest !== undefined) this.delete(oldest);
    this.#claims.set(claim.token, claim);
    const { id } = claim.envelope;
    this.#messages.set(id, (this.#messages.get(id) ?? 0) + 1);
  }

  of(token: number): Claim | undefined {
    return this.#claims.get(token);
  }

  has(id: string): boolean {
    return this.#messages.has(id);
  }

  delete(token: number): void {
    const claim = this.#claims.get(token);
    if (claim === undefined) return;
    this.#claims.delete(token);
    const { id } = claim.envelope;
    const left = (this.#messages.get(id) ?? 1) - 1;
    if (left > 0) this.#messages.set(id, left);
    else this.#messages.delete(id);
  }

  clear(): void {
    this.#claims.clear();
    this.#messages.clear();
  }
}
