/** Nearest: which names are meant by one that is none. */

/** The names most like this one, best first: those that share at least a third of its pairs of letters. */
export function nearestOf(name: string, names: readonly string[]): string[] {
  return names
    .map((known) => ({ known, likeness: likeness(name, known) }))
    .filter((each) => each.likeness >= 1 / 3)
    .toSorted((a, b) => b.likeness - a.likeness)
    .map(({ known }) => known);
}

/** From 0 to 1: pairs of letters that both have, of those that they have together. */
function likeness(a: string, b: string): number {
  const [left, right] = [pairsOf(a), pairsOf(b)];
  const shared = left.filter((pair) => right.includes(pair)).length;
  return (2 * shared) / (left.length + right.length);
}

/** With the ends: "^p", "pi", …, "e$". */
function pairsOf(text: string): string[] {
  const ended = `^${text.toLowerCase()}$`;
  return Array.from({ length: ended.length - 1 }, (_, at) => ended.slice(at, at + 2));
}
