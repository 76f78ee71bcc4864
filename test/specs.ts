/** Specs: the tests of the dashboard's pure parts, which run under vitest as the page itself is built by Vite. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./source.ts";
import type { Tally } from "./tally.ts";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

/** What vitest's JSON report says; one that is no report is a failure, and so is a file that could not be loaded. */
export function toTally(text: string): Tally {
  if (text.trim() === "") return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(text) as Report;
  const unloaded = numFailedTests === 0 ? numFailedTestSuites : 0;
  return { passed: numPassedTests, failed: numFailedTests + unloaded, skipped: numPendingTests };
}

/** Runs them, and streams the report. */
export function runSpecs(folder = join(root, "packages/dashboard")): Tally {
  const out = mkdtempSync(join(tmpdir(), "hermod-specs-"));
  const file = join(out, "report.json");
  const args = [
    "run",
    "--root",
    folder,
    "--reporter=verbose",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  try {
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const { status } = spawnSync(process.execPath, [program, ...args], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      timeout: 300_000,
    });
    const tally = toTally(read(file));
    return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
