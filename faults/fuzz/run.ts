/**
 * Fuzz: random and mutated bytes, requests, frames, envelopes, cursors and filters against a hub in a process of its
 * own, half of the time in memory and half over a file.
 *   npm run fuzz -- [--seconds N] [--seed N] [--json]
 * Ends with `N passed, N failed`, one for the hub that must live and one for a planted fault that must be found; with --json with one JSON object.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { fuzz } from "./fuzz.ts";

const { count: seconds, seed, json } = readOptions("seconds", 20);
const folder = mkdtempSync(join(tmpdir(), "hermod-fuzz-"));
const [plain, onDisk] = [
  await fuzz(seed, seconds * 500),
  await fuzz(seed + 1, seconds * 500, join(folder, "hub.db")),
];
rmSync(folder, { recursive: true, force: true });
const found = {
  ...{ seed, seconds, inputs: plain.inputs + onDisk.inputs, crashes: plain.crashes + onDisk.crashes },
  evidence: [...plain.evidence, ...onDisk.evidence],
};
const planted = await fuzz(seed, Math.min(3, seconds) * 1000, "planted");
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
