/** The runner of the tests, shown runs that pass, fail, hang and die. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { choose, readTally, testFiles } from "./run.ts";
import { toTally } from "./tally.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-run-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs one made-up test file in a process of its own, since its report goes to the same output. */
function tallyOf(name: string, code: string, timeoutMs: number): unknown {
  const file = join(folder, `${name}.test.mjs`);
  writeFileSync(file, `import { test } from "node:test";\n${code}`);
  const program = `import { runTests } from ${JSON.stringify(join(import.meta.dirname, "run.ts"))};
    console.log("\\n" + JSON.stringify(runTests([${JSON.stringify(file)}], ${JSON.stringify(folder)}, ${timeoutMs})));`;
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const args = ["--input-type=module", "-e", program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("a run counts", () => {
  const runs: readonly (readonly [string, string, readonly [number, number, number]])[] = [
    ["what passes", `test("a", () => {}); test("b", () => {});`, [2, 0, 0]],
    ["what fails", `test("a", () => {}); test("b", () => { throw new Error("x"); });`, [1, 1, 0]],
    ["what is skipped, apart", `test("a", () => {}); test.skip("b", () => {}); test.todo("c");`, [1, 0, 2]],
    ["a promise that is never kept", `test("a", () => new Promise(() => {}));`, [0, 1, 0]],
    ["a file that dies", `test("a", () => {}); process.exit(3);`, [0, 1, 0]],
    ["a file that cannot be loaded", `import "./none.mjs";`, [0, 1, 0]],
    ["a runner that dies", `process.kill(process.ppid, "SIGKILL"); test("a", () => {});`, [0, 1, 0]],
  ];
  for (const [what, code, [passed, failed, skipped]] of runs)
    test(what, () => {
      const timeoutMs = what.endsWith("never kept") ? 2_000 : 60_000;
      const tally = tallyOf(what.replaceAll(/\W+/g, "-"), code, timeoutMs);
      assert.deepEqual(tally, { passed, failed, skipped });
    });
});

test("files are chosen by a word of their path", () => {
  const files = ["packages/hermod/src/core/id.test.ts", "test/readme.test.ts"];
  assert.deepEqual(choose(files, []), files);
  assert.deepEqual(choose(files, ["readme"]), ["test/readme.test.ts"]);
  assert.deepEqual(choose(files, ["core/", "test/r"]), files);
  assert.deepEqual(choose(files, ["nothing"]), []);
});

test("test files of packages and of test/ are found, installed ones are not", () => {
  const place = (path: string): void => {
    mkdirSync(join(folder, "tree", path, ".."), { recursive: true });
    writeFileSync(join(folder, "tree", path), "");
  };
  const mine = ["packages/a/src/b/c.test.ts", "test/d.test.ts", "test/e/f.test.ts"];
  const others = [
    "packages/a/dist/c.test.js",
    "test/node_modules/g.test.ts",
    "test/h.ts",
    "test/i.test.kit.ts",
  ];
  for (const path of [...mine, ...others]) place(path);
  assert.deepEqual(testFiles(join(folder, "tree")), mine);
});

test("no summary, and a summary without success, are failures", () => {
  assert.deepEqual(readTally(""), { passed: 0, failed: 1, skipped: 0 });
  const counts = { tests: 1, passed: 1, skipped: 0, todo: 0 };
  assert.equal(toTally({ success: false, counts }).failed, 1);
  assert.equal(toTally({ success: false, counts: { ...counts, tests: 4 } }).failed, 3);
});
