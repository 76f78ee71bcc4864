/** Fuzz: inputs of a seed against a hub until the time is over; a hub that dies or stops answering has crashed, and another one is started. */
import { drawsOf } from "../random.ts";
import { generate, type Input } from "./generate.ts";
import { Target } from "./target.ts";

export interface Fuzzed {
  readonly seed: number;
  readonly inputs: number;
  readonly crashes: number;
  /** The last inputs before each crash, and what the hub said. */
  readonly evidence: readonly { readonly said: string; readonly inputs: readonly string[] }[];
}

/** Inputs between two looks at the hub, which are the evidence of a crash. */
const BATCH = 100;
const MOST_EVIDENCE = 5;

/** When it ends: after so many milliseconds, or so many inputs. */
export interface Bound {
  readonly ms?: number;
  readonly inputs?: number;
}

/** `kind`: "" for a hub in memory, a path for one over a file, "planted" for one with a fault. */
export async function fuzz(
  seed: number,
  { ms = Infinity, inputs: most = Infinity }: Bound,
  kind = "",
): Promise<Fuzzed> {
  const draw = drawsOf(seed);
  const evidence: { said: string; inputs: string[] }[] = [];
  const ends = performance.now() + ms;
  let [inputs, crashes] = [0, 0];
  let target = await Target.start(kind);
  try {
    while (performance.now() < ends && inputs < most) {
      const batch: Input[] = [];
      while (batch.length < BATCH && target.lives && performance.now() < ends) {
        const input = generate(draw);
        batch.push(input);
        await target.send(input);
      }
      inputs += batch.length;
      if (await target.answers()) continue;
      crashes++;
      if (evidence.length < MOST_EVIDENCE) evidence.push({ said: target.last, inputs: batch.map(shown) });
      await target[Symbol.asyncDispose]();
      target = await Target.start(kind);
    }
  } finally {
    await target[Symbol.asyncDispose]();
  }
  return { seed, inputs, crashes, evidence };
}

function shown(input: Input): string {
  return input.way === "frame"
    ? input.text.slice(0, 5000)
    : `bytes ${input.bytes.toString("base64").slice(0, 5000)}`;
}
