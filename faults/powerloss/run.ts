/**
 * Power loss: the system calls of a durable store at work are recorded, and cut off at random points; of what was not synced
 * some is dropped, kept, torn or reordered. Each image must open with all that was confirmed.
 *   npm run powerloss -- [--images N] [--seed N] [--json]
 * The same writer with durability "fast" must be seen to lose something: a harness that cannot see that proves nothing.
 * Ends with `N passed, N failed`, and with --json with one JSON object.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { drawsOf } from "../random.ts";
import { judgeImages, type Losses } from "./images.ts";
import { judge } from "./judge.ts";
import { NoStrace, record } from "./record.ts";

const program = join(import.meta.dirname, "store.writer.ts");
/** Images of the writer that may lose something. */
const FAST = 200;
/** After so many images another recording is made. */
const RECORDING = 500;

const { count, seed, json } = readOptions("images", 200);
const began = performance.now();
const work = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "hermod-powerloss-"));
try {
  process.exitCode = report(await measure("durable", count), await measure("fast", Math.min(FAST, count)));
} catch (error) {
  if (!(error instanceof NoStrace)) throw error;
  process.stderr.write(`POWER LOSS NOT TESTED: ${error.message}\n`);
  process.stdout.write("0 passed, 1 failed\n");
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measure(durability: "durable" | "fast", images: number): Promise<Losses> {
  let sum: Losses | undefined;
  for (let done = 0; done < images; done += RECORDING) {
    const ops = record(program, [durability, `${seed + done}`], work);
    const some = Math.min(RECORDING, images - done);
    sum = add(sum, await judgeImages(ops, some, drawsOf(seed + done), work, judge));
  }
  return sum as Losses;
}

function add(a: Losses | undefined, b: Losses): Losses {
  if (a === undefined) return b;
  return {
    images: a.images + b.images,
    corrupt: a.corrupt + b.corrupt,
    lossy: a.lossy + b.lossy,
    lost: a.lost + b.lost,
    wrong: a.wrong + b.wrong,
    confirmed: a.confirmed + b.confirmed,
    examples: [...a.examples, ...b.examples].slice(0, 20),
  };
}

/** "fast" may lose a suffix, but never opens badly or shows a half transaction. */
function report(durable: Losses, fast: Losses): number {
  const isSafe = durable.corrupt + durable.lossy + durable.wrong === 0;
  const selfcheck = fast.lossy > 0 && fast.corrupt + fast.wrong === 0;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const passed = Number(isSafe) + Number(selfcheck);
  // The names that all fault programs share; what is there twice is among what may not be, so this counts too much rather than too little.
  const shared = { acked: durable.confirmed, duplicated_unexplained: durable.wrong };
  const result = { ...durable, ...shared, fast, selfcheck, seed, seconds, passed, failed: 2 - passed };
  const lines = [
    `${durable.images} images in ${seconds} s (seed ${seed}), ${durable.confirmed} confirmed facts looked for: ${lossLine(durable)}`,
    ...durable.examples.map((example) => `  ${example}`),
    `self-check: ${selfcheck ? "the loss of" : "NO LOSS SEEN, OR WORSE, with"} durability "fast": ${fast.images} images, ${lossLine(fast)}`,
    ...(selfcheck ? [] : fast.examples.map((example) => `  ${example}`)),
  ];
  (json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
  process.stdout.write(`${passed} passed, ${2 - passed} failed\n`);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return passed === 2 ? 0 : 1;
}

function lossLine({ corrupt, lossy, lost, wrong }: Losses): string {
  return `${lost} lost in ${lossy} images, ${corrupt} corrupt, ${wrong} with what may not be`;
}
