/** Runs the sides of a key in turn, each time in a fresh process: type feedback of one must not spoil the other, noise must meet them all. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runFolder } from "./disk.ts";
import type { Key } from "./keys/key.ts";
import type { Sample } from "./measure.ts";
import { peersFor } from "./peers.ts";

/** How the name of a side begins when it is a peer's. */
export const PEER = "peer:";

const ONE = fileURLToPath(new URL("./one.ts", import.meta.url));
const FLAGS = ["--expose-gc", "--max-old-space-size=8192"];
const TIME_LIMIT_MS = 180_000;
/** A cost that grows with the size shows in three runs; more would take most of the time of the whole bench. */
const RUNS_SECOND = 3;

/** The samples of each side, by its name. */
export type Series = Readonly<Record<string, readonly Sample[]>>;

export interface Measured {
  base: Series;
  second: Series;
}

export async function measureKey(key: Key, runs: number, withPeers: boolean): Promise<Measured> {
  const peers = withPeers ? peersFor(key.name).map((name) => PEER + name) : [];
  const sides = ["floor", "ours", ...Object.keys(key.variants ?? {}), ...peers];
  const base = await interleave(key, sides, key.sizes[0], runs);
  const second = await interleave(key, ["floor", "ours"], key.sizes[1], Math.min(runs, RUNS_SECOND));
  return { base, second };
}

async function interleave(key: Key, sides: readonly string[], size: number, runs: number): Promise<Series> {
  const series: Record<string, Sample[]> = Object.fromEntries(sides.map((side) => [side, []]));
  // The processes that measure find the folder, and what lies in it, by the environment.
  runFolder();
  await key.prepare?.(size);
  for (let run = 0; run < runs; run++)
    for (const side of sides) series[side]?.push(await runOne(key.name, side, size));
  return series;
}

async function runOne(key: string, side: string, size: number): Promise<Sample> {
  const args = [...FLAGS, ONE, key, side, String(size)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIME_LIMIT_MS });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Sample;
  } catch (cause) {
    const late = (cause as { killed?: boolean }).killed === true;
    throw new Error(`${key} ${side} ${size}: ${late ? `no result in ${TIME_LIMIT_MS} ms` : "failed"}`, {
      cause,
    });
  }
}
