/**
 * Topic tree: values under topic patterns, found by a topic. A pattern is a path of tokens, and a topic is looked up along the
 * paths that fit it, so a look-up costs what it finds on its way and not what is registered.
 *
 * Order of what is found: pattern by pattern, the more exact first (where two patterns part, a word comes before `*` and `*`
 * before `>`), and the values of one pattern in the order in which they were added.
 *
 * With ten thousand patterns most of a look-up is waiting for memory. So a last wildcard has no node of its own, and the only
 * value of a pattern no set around it.
 */
class Node<T> {
  words: Map<string, Node<T>> | undefined;
  star: Node<T> | undefined;
  /** The values of the pattern that ends here. */
  here: Values<T>;
  /** The values of the pattern that ends here with `.*`. */
  one: Values<T>;
  /** The values of the pattern that ends here with `.>`. */
  rest: Values<T>;

  get(token: string): Node<T> | undefined {
    return token === "*" ? this.star : this.words?.get(token);
  }

  make(token: string): Node<T> {
    const node = new Node<T>();
    if (token === "*") this.star = node;
    else (this.words ??= new Map()).set(token, node);
    return node;
  }

  drop(token: string): void {
    if (token === "*") this.star = undefined;
    else if (this.words?.delete(token) && this.words.size === 0) this.words = undefined;
  }

  get isEmpty(): boolean {
    const { words, star, here, one, rest } = this;
    return !words && !star && here === undefined && one === undefined && rest === undefined;
  }
}

/** The values of one pattern: none, a single one as it is, or several. */
type Values<T> = T | Several<T> | undefined;

class Several<T> extends Set<T> {}

/** Where the values of a pattern are kept: at the node of `path`, in the place named by its last token. */
interface Ending {
  readonly path: readonly string[];
  readonly place: "here" | "one" | "rest";
}

function endingOf(pattern: string): Ending {
  const tokens = pattern.split(".");
  const last = tokens.at(-1);
  if (last !== "*" && last !== ">") return { path: tokens, place: "here" };
  return { path: tokens.slice(0, -1), place: last === "*" ? "one" : "rest" };
}

/** Values under topic patterns; patterns and topics come checked. */
export class TopicTree<T extends NonNullable<unknown>> {
  readonly #root = new Node<T>();
  #size = 0;

  /** How many entries there are: pairs of a pattern and a value. */
  get size(): number {
    return this.#size;
  }

  /** Puts a value under a pattern; false when it was there already. */
  add(pattern: string, value: T): boolean {
    const { path, place } = endingOf(pattern);
    let node = this.#root;
    for (const token of path) node = node.get(token) ?? node.make(token);
    if (holds(node[place], value)) return false;
    node[place] = withValue(node[place], value);
    this.#size++;
    return true;
  }

  /** Takes a value from a pattern, with the part of its path that nothing else needs; false when it was not there. */
  delete(pattern: string, value: T): boolean {
    if (!remove(this.#root, endingOf(pattern), 0, value)) return false;
    this.#size--;
    return true;
  }

  /** The value of each entry that fits; a value under several patterns comes several times. */
  matches(topic: string): T[] {
    return walk(this.#root, topic, 0, undefined) ?? [];
  }

  /** All entries, in no promised order but that of the values of one pattern. */
  [Symbol.iterator](): IterableIterator<[pattern: string, value: T]> {
    return entries(this.#root, "");
  }
}

function holds<T>(values: Values<T>, value: T): boolean {
  return values instanceof Several ? values.has(value) : values === value;
}

function withValue<T>(values: Values<T>, value: T): Values<T> {
  if (values === undefined) return value;
  return values instanceof Several ? values.add(value) : new Several<T>().add(values).add(value);
}

function withoutValue<T>(values: Values<T>, value: T): Values<T> {
  if (!(values instanceof Several)) return undefined;
  values.delete(value);
  return values.size > 0 ? values : undefined;
}

/** Takes a value from below a node, and the nodes on its path that are empty then. */
function remove<T>(node: Node<T>, ending: Ending, at: number, value: T): boolean {
  const { path, place } = ending;
  const token = path[at];
  if (token === undefined) {
    if (!holds(node[place], value)) return false;
    node[place] = withoutValue(node[place], value);
    return true;
  }
  const next = node.get(token);
  if (next === undefined || !remove(next, ending, at + 1, value)) return false;
  if (next.isEmpty) node.drop(token);
  return true;
}

/** Adds what fits the topic from `start` on below a node; written out for speed, since every publish comes through here. */
function walk<T>(node: Node<T>, topic: string, start: number, found: T[] | undefined): T[] | undefined {
  const { words, star, one, rest } = node;
  const end = words || star || one !== undefined ? topic.indexOf(".", start) : -1;
  const word = words?.get(end < 0 ? topic.slice(start) : topic.slice(start, end));
  let all = found;
  if (end < 0) {
    if (word !== undefined && word.here !== undefined) all = more(all, word.here);
    if (one !== undefined) all = more(all, one);
  } else {
    if (word) all = walk(word, topic, end + 1, all);
    if (star) all = walk(star, topic, end + 1, all);
  }
  return rest === undefined ? all : more(all, rest);
}

/** The list with these values too. An array that is made with its first value takes a third of the room of one that grows. */
function more<T>(found: T[] | undefined, values: T | Several<T>): T[] {
  if (!(values instanceof Several)) {
    if (found === undefined) return [values];
    found.push(values);
    return found;
  }
  const all = found ?? [];
  for (const value of values) all.push(value);
  return all;
}

function* entries<T>({ words, star, here, one, rest }: Node<T>, path: string): IterableIterator<[string, T]> {
  const start = path === "" ? "" : `${path}.`;
  for (const value of valuesOf(here)) yield [path, value];
  for (const [word, next] of words ?? []) yield* entries(next, start + word);
  if (star) yield* entries(star, `${start}*`);
  for (const value of valuesOf(one)) yield [`${start}*`, value];
  for (const value of valuesOf(rest)) yield [`${start}>`, value];
}

function valuesOf<T>(values: Values<T>): Iterable<T> {
  if (values === undefined) return [];
  return values instanceof Several ? values : [values];
}
