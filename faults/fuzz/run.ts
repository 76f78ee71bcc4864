/**
 * Fuzz: random and mutated bytes, requests, frames, envelopes, cursors and filters against a hub in a process of its
 * own, a third of the time in memory and a third over a file; and arguments, variables and config files against the command line.
 *   npm run fuzz -- [--seconds N] [--seed N] [--json]
 * Ends with `N passed, N failed`, one for the hub that must live and one for a planted fault that must be found; with --json with one JSON object.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { fuzz, type Fuzzed } from "./fuzz.ts";
import { fuzzTyped } from "./typed.ts";

const { count: seconds, seed, json } = readOptions("seconds", 20);
const folder = mkdtempSync(join(tmpdir(), "hermod-fuzz-"));
const third = { ms: (seconds * 1000) / 3 };
const all = [
  await fuzz(seed, third),
  await fuzz(seed + 1, third, join(folder, "hub.db")),
  await fuzzTyped(seed + 2, third),
];
rmSync(folder, { recursive: true, force: true });
const sum = (amount: (each: Fuzzed) => number): number =>
  all.reduce((total, each) => total + amount(each), 0);
const found = {
  ...{ seed, seconds, inputs: sum((each) => each.inputs), crashes: sum((each) => each.crashes) },
  evidence: all.flatMap(({ evidence }) => evidence),
};
const planted = await fuzz(seed, { ms: Math.min(3, seconds) * 1000 }, "planted");
const log = json ? process.stderr : process.stdout;
log.write(
  `seed ${seed}: ${found.inputs} inputs, ${found.crashes} crashes; planted: ${planted.crashes} crashes in ${planted.inputs}\n`,
);
for (const { said, inputs } of found.evidence) log.write(`crash\n${said}\n${inputs.join("\n")}\n`);
const failed = Number(found.crashes > 0) + Number(planted.crashes === 0);
process.stdout.write(`${2 - failed} passed, ${failed} failed\n`);
if (json)
  process.stdout.write(
    `${JSON.stringify({ ...found, planted: { inputs: planted.inputs, crashes: planted.crashes } })}\n`,
  );
process.exitCode = failed === 0 ? 0 : 1;
