/** Options: how the programs of this folder are asked. */
import { parseArgs } from "node:util";

export interface FaultOptions {
  readonly count: number;
  /** What all draws follow from; printed with the result. */
  readonly seed: number;
  readonly json: boolean;
}

/** Reads `--NAME N --seed N --json`; says what is wrong and ends with 2. */
export function readOptions(name: string, fallback: number): FaultOptions {
  try {
    const { values } = parseArgs({
      options: {
        [name]: { type: "string", default: `${fallback}` },
        seed: { type: "string", default: `${Date.now() % 1_000_000_007}` },
        json: { type: "boolean", default: false },
      },
    });
    const given = values as Readonly<Record<string, string | boolean>>;
    return { count: whole(name, given, 1), seed: whole("seed", given, 0), json: given["json"] === true };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

function whole(name: string, values: Readonly<Record<string, string | boolean>>, least: number): number {
  const text = values[name];
  const number = Number(text);
  if (text === "" || !Number.isInteger(number) || number < least)
    throw new Error(`--${name} takes a whole number from ${least} on, not "${text}".`);
  return number;
}
