/**
 * Topic tree: values under topic patterns, found by a topic. A pattern is a path of tokens, and a topic is looked up along the
 * paths that fit it, so a look-up costs what it finds on its way and not what is registered.
 *
 * Order of what is found: pattern by pattern, the more exact first (where two patterns part, a word comes before `*` and `*`
 * before `>`), and the values of one pattern in the order in which they were added.
 */
class Node<T> {
  words: Map<string, Node<T>> | undefined;
  star: Node<T> | undefined;
  rest: Node<T> | undefined;
  /** The values of the pattern that ends here. */
  values: Set<T> | undefined;

  get(token: string): Node<T> | undefined {
    if (token === "*") return this.star;
    return token === ">" ? this.rest : this.words?.get(token);
  }

  make(token: string): Node<T> {
    const node = new Node<T>();
    if (token === "*") this.star = node;
    else if (token === ">") this.rest = node;
    else (this.words ??= new Map()).set(token, node);
    return node;
  }

  drop(token: string): void {
    if (token === "*") this.star = undefined;
    else if (token === ">") this.rest = undefined;
    else if (this.words?.delete(token) && this.words.size === 0) this.words = undefined;
  }

  get isEmpty(): boolean {
    return !this.values && !this.words && !this.star && !this.rest;
  }
}

/** Values under topic patterns; patterns and topics come checked. */
export class TopicTree<T> {
  readonly #root = new Node<T>();
  #size = 0;

  /** How many entries there are: pairs of a pattern and a value. */
  get size(): number {
    return this.#size;
  }

  /** Puts a value under a pattern; false when it was there already. */
  add(pattern: string, value: T): boolean {
    let node = this.#root;
    for (const token of pattern.split(".")) node = node.get(token) ?? node.make(token);
    const values = (node.values ??= new Set());
    if (values.has(value)) return false;
    values.add(value);
    this.#size++;
    return true;
  }

  /** Takes a value from a pattern, with the part of its path that nothing else needs; false when it was not there. */
  delete(pattern: string, value: T): boolean {
    if (!remove(this.#root, pattern.split("."), 0, value)) return false;
    this.#size--;
    return true;
  }

  /** Calls `found` with the value of each entry that fits; a value under several patterns comes several times. `found` must not change the tree. */
  match(topic: string, found: (value: T) => void): void {
    walk(this.#root, topic, 0, found);
  }

  /** The values that `match` finds, in its order. */
  matches(topic: string): T[] {
    const all: T[] = [];
    walk(this.#root, topic, 0, (value) => void all.push(value));
    return all;
  }

  /** All entries, in no promised order but that of the values of one pattern. */
  [Symbol.iterator](): IterableIterator<[pattern: string, value: T]> {
    return entries(this.#root, "");
  }
}

/** Takes a value from below a node, and the nodes on its path that are empty then. */
function remove<T>(node: Node<T>, tokens: readonly string[], at: number, value: T): boolean {
  const token = tokens[at];
  if (token === undefined) return take(node, value);
  const next = node.get(token);
  if (next === undefined || !remove(next, tokens, at + 1, value)) return false;
  if (next.isEmpty) node.drop(token);
  return true;
}

function take<T>(node: Node<T>, value: T): boolean {
  if (!node.values?.delete(value)) return false;
  if (node.values.size === 0) node.values = undefined;
  return true;
}

/** Finds what fits the topic from `start` on below a node; written out for speed, since every publish comes through here. */
function walk<T>(node: Node<T>, topic: string, start: number, found: (value: T) => void): void {
  const { words, star, rest } = node;
  const end = words || star ? topic.indexOf(".", start) : -1;
  const word = words?.get(end < 0 ? topic.slice(start) : topic.slice(start, end));
  if (end < 0) {
    if (word?.values) tell(word.values, found);
    if (star?.values) tell(star.values, found);
  } else {
    if (word) walk(word, topic, end + 1, found);
    if (star) walk(star, topic, end + 1, found);
  }
  if (rest?.values) tell(rest.values, found);
}

function tell<T>(values: Set<T>, found: (value: T) => void): void {
  for (const value of values) found(value);
}

function* entries<T>(node: Node<T>, path: string): IterableIterator<[string, T]> {
  for (const value of node.values ?? []) yield [path, value];
  const start = path === "" ? "" : `${path}.`;
  for (const [word, next] of node.words ?? []) yield* entries(next, start + word);
  if (node.star) yield* entries(node.star, `${start}*`);
  if (node.rest) yield* entries(node.rest, `${start}>`);
}
