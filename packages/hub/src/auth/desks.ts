/**
 * Desks: whose the addresses of systems are. A system draws its own address and everybody who gets a message from it can read it there; so it
 * belongs to the principal that used it first, and nobody else can speak from it, or take what waits at it.
 */

/** Most addresses that are remembered; those that were used longest ago go first. */
const MOST = 100_000;

export class Desks {
  readonly #owners = new Map<string, string>();

  /** True where the address is, or becomes, the owner's. */
  claim(desk: string, owner: string): boolean {
    const known = this.#owners.get(desk) ?? owner;
    if (known !== owner) return false;
    this.#owners.delete(desk);
    this.#owners.set(desk, owner);
    const [oldest] = this.#owners.size > MOST ? this.#owners.keys() : [];
    if (oldest !== undefined) this.#owners.delete(oldest);
    return true;
  }

  /** True where it is the owner's. */
  has(desk: string, owner: string): boolean {
    return this.#owners.get(desk) === owner;
  }
}
