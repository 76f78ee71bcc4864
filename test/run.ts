/**
 * `npm test`: the specs of the dashboard and every test file of the packages and of test/, or those whose path contains one of the words given.
 * The last line, `N passed, N failed`, is the runner's own summary.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "./source.ts";
import { runSpecs } from "./specs.ts";
import type { Tally } from "./tally.ts";
import { silent, tallied } from "./tallied.ts";

export function testFiles(folder: string): readonly string[] {
  const patterns = [
    "packages/*/src/**/*.test.ts",
    "clients/**/*.test.ts",
    "test/**/*.test.ts",
    "examples/**/*.test.ts",
    "bench/*.test.ts",
    "faults/**/*.test.ts",
  ];
  return globSync(patterns, { cwd: folder, exclude: ["**/node_modules/**"] }).toSorted();
}

/** Files whose path contains one of the words; all of them when there are no words. */
export function choose(files: readonly string[], words: readonly string[]): readonly string[] {
  return words.length === 0 ? files : files.filter((file) => words.some((word) => file.includes(word)));
}

export function readTally(text: string): Tally {
  return text.trim() === "" ? silent : (JSON.parse(text) as Tally);
}

/** Runs the files and streams the report; a test that hangs is ended and has failed. */
export function runTests(files: readonly string[], folder: string, timeoutMs = 300_000): Tally {
  const spec = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  const own = `--test-reporter=${join(import.meta.dirname, "tally.ts")}`;
  // Most suites over the durable store need no syncs, and know what that means.
  const quiet = "--disable-warning=HERMOD_STORE_FAST";
  // Left to itself Node uses one core fewer than there are: one of two.
  const cores = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`;
  const terms = ["--test", quiet, cores, `--test-timeout=${timeoutMs}`, ...spec, own];
  const args = (file: string) => [...terms, `--test-reporter-destination=${file}`, ...files];
  return tallied({ args, folder, read: readTally });
}

const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

/** The specs of the dashboard stand for a file of that name. */
function runAll(words: readonly string[]): Tally {
  const files = choose(testFiles(root), words);
  const specs = choose(["packages/dashboard/specs"], words).length > 0 ? runSpecs() : nothing;
  if (files.length === 0 && specs === nothing)
    console.error(`no test file's path contains ${words.join(" or ")}`);
  const tests = files.length === 0 ? nothing : runTests(files, root);
  return {
    passed: tests.passed + specs.passed,
    failed: tests.failed + specs.failed,
    skipped: tests.skipped + specs.skipped,
  };
}

function main(words: readonly string[]): void {
  const { passed, failed, skipped } = runAll(words);
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

if (import.meta.main) main(process.argv.slice(2).filter((word) => word !== "--"));
