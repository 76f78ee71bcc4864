/** The runner of the dashboard's specs, shown runs that pass, fail and cannot be loaded. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./source.ts";
import { runSpecs, toTally } from "./specs.ts";

const cases: readonly (readonly [string, string, readonly [number, number]])[] = [
  ["what passes", `import { test } from "vitest"; test("a", () => {});`, [1, 0]],
  ["what fails", `import { test } from "vitest"; test("a", () => { throw new Error("x"); });`, [0, 1]],
  ["a file that cannot be loaded", `import "./none.ts";`, [0, 1]],
];

for (const [what, code, [passed, failed]] of cases)
  test(`specs: ${what} is counted`, (t) => {
    // Where vitest finds itself.
    const folder = mkdtempSync(join(root, "node_modules/.cache/specs-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "a.spec.ts"), code);
    const tally = runSpecs(folder);
    assert.deepEqual([tally.passed, tally.failed], [passed, failed]);
  });

test("specs: silence is no success", () => {
  assert.deepEqual(toTally(""), { passed: 0, failed: 1, skipped: 0 });
});
