/** Recent map: a map of bounded size; what was set longest ago goes first, half of the bound at a time. */
export class RecentMap<K, V> {
  readonly #most: number;
  // Two maps that change places: to forget the oldest of one map costs more than the rest of a publish.
  #recent = new Map<K, V>();
  #older = new Map<K, V>();

  /** Keeps `most` values at the most, and always the last half of them. */
  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#recent.size === 0 && this.#older.size === 0;
  }

  get(key: K): V | undefined {
    return this.#recent.get(key) ?? this.#older.get(key);
  }

  set(key: K, value: V): void {
    if (this.#recent.size >= this.#most / 2 && !this.#recent.has(key)) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
  }

  delete(key: K): void {
    this.#recent.delete(key);
    this.#older.delete(key);
  }

  /** The keys whose values are kept. */
  keys(): Set<K> {
    return new Set([...this.#older.keys(), ...this.#recent.keys()]);
  }
}
