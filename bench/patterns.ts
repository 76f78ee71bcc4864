/** Patterns with wildcards, and topics of which no two are alike: each fits exactly one of the patterns. */

/** How a dialect writes a wildcard for one token and one for all the rest. */
export interface Wildcards {
  one: string;
  rest: string;
}

const ours: Wildcards = { one: "*", rest: ">" };

/** Four forms in turn, so that neither a fixed first token nor a fixed length gives the pattern away. */
export function patternAt(index: number, { one, rest }: Wildcards = ours): string {
  const first = (index & 1) === 0 ? "work" : one;
  return `${first}.${index}.${(index & 2) === 0 ? one : rest}`;
}

/** What all topics that fit the pattern begin with: the floor finds its subscriber by it. */
export const prefixAt = (index: number): string => `work.${index}`;

/** The next topic at each call. It jumps from pattern to pattern, so that the caches do not help more than they would in use. */
export function topicSource(patterns: number): () => string {
  let count = 0;
  return () => {
    count++;
    return `${prefixAt((count * STRIDE) % patterns)}.m${count}`;
  };
}

/** A prime that divides no number of patterns measured here, so that all patterns have their turn. */
const STRIDE = 7919;
