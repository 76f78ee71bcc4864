/** Options: how the programs of this folder are asked. */
import { parseArgs } from "node:util";

export interface FaultOptions<W extends Words = Words> {
  readonly count: number;
  /** What all draws follow from; printed with the result. */
  readonly seed: number;
  readonly json: boolean;
  /** Those that were given. */
  readonly words: { readonly [name in keyof W]?: W[name][number] };
}

/** Further options, and the words that each of them takes. */
export type Words = Readonly<Record<string, readonly string[]>>;

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Reads `--NAME N --seed N --json`, and those of `words`; says what is wrong and ends with 2. */
export function readOptions<const W extends Words>(
  name: string,
  fallback: number,
  words: W = {} as W,
): FaultOptions<W> {
  try {
    const more = Object.keys(words).map((word) => [word, { type: "string" }] as const);
    const { values } = parseArgs({
      options: {
        [name]: { type: "string", default: `${fallback}` },
        seed: { type: "string", default: `${Date.now() % 1_000_000_007}` },
        json: { type: "boolean", default: false },
        ...Object.fromEntries(more),
      },
    });
    const given = values as Values;
    return {
      ...{ count: whole(name, given, 1), seed: whole("seed", given, 0), json: given["json"] === true },
      words: wordsOf(given, words),
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

function wordsOf<W extends Words>(values: Values, words: W): FaultOptions<W>["words"] {
  const given = Object.entries(words).flatMap(([name, known]) => {
    const word = values[name] as string | undefined;
    if (word === undefined) return [];
    if (known.includes(word)) return [[name, word] as const];
    throw new Error(`--${name} takes ${known.map((each) => `"${each}"`).join(", ")}, not "${word}".`);
  });
  return Object.fromEntries(given) as FaultOptions<W>["words"];
}

function whole(name: string, values: Values, least: number): number {
  const text = values[name];
  const number = Number(text);
  if (text === "" || !Number.isInteger(number) || number < least)
    throw new Error(`--${name} takes a whole number from ${least} on, not "${text}".`);
  return number;
}
