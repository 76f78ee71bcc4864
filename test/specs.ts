/** Specs: the tests of the dashboard's pure parts, which run under vitest as the page itself is built by Vite. */
import { join } from "node:path";
import { root } from "./source.ts";
import type { Tally } from "./tally.ts";
import { silent, tallied } from "./tallied.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

/** What vitest's JSON report says; one that is no report is a failure, and so is a file that could not be loaded. */
export function toTally(text: string): Tally {
  if (text.trim() === "") return silent;
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(text) as Report;
  const unloaded = numFailedTests === 0 ? numFailedTestSuites : 0;
  return { passed: numPassedTests, failed: numFailedTests + unloaded, skipped: numPendingTests };
}

/** Runs them, and streams the report. */
export function runSpecs(folder = join(root, "packages/dashboard")): Tally {
  const program = join(root, "node_modules/vitest/vitest.mjs");
  const terms = [program, "run", "--root", folder, "--reporter=verbose", "--reporter=json"];
  const args = (file: string) => [...terms, `--outputFile.json=${file}`];
  return tallied({ args, folder: root, read: toTally, timeout: 300_000 });
}
