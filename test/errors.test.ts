/** Every coded error is documented and has a hint; the page documents nothing else; no dead code stays. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { errorTable } from "../packages/hermod/src/core/errors.ts";
import { deadCodes, pageErrors, sectionsOf, tableErrors } from "./error-docs.ts";
import type { ErrorTable } from "./error-docs.ts";
import { readSources, root } from "./source.ts";

const none: readonly string[] = [];

describe("the error table", () => {
  test("has a category, retryable and a hint for each code", () =>
    assert.deepEqual(tableErrors(errorTable), none));
  test("has a section in docs/errors.md for each code, and for no other", () => {
    const page = readFileSync(join(root, "docs/errors.md"), "utf8");
    assert.deepEqual(pageErrors(errorTable, page), none);
  });
  test("has no code that nothing throws", () => {
    const library = ["hermod", "hub"].flatMap((name) => readSources(join(root, "packages", name, "src")));
    assert.deepEqual(deadCodes(errorTable, "core/errors.ts", library), none);
  });
});

describe("a fault in the errors is found:", () => {
  const made = { category: "usage", retryable: true, hint: "Do this." };
  const table: ErrorTable = { HERMOD_A: made, HERMOD_B: made };
  test("a code of another form, no category, no retryable, no hint", () => {
    assert.deepEqual(tableErrors(table), none);
    assert.match(tableErrors({ Bad: made }).join(), /^Bad: a code reads/);
    assert.match(tableErrors({ HERMOD_A: { ...made, category: "" } }).join(), /no category/);
    assert.match(tableErrors({ HERMOD_A: { ...made, hint: " " } }).join(), /no hint/);
    assert.match(tableErrors({ HERMOD_A: { ...made, hint: "Do this" } }).join(), /no hint/);
    const wrong = JSON.parse('{ "HERMOD_A": { "category": "usage" } }') as ErrorTable;
    assert.match(tableErrors(wrong).join(), /retryable is undefined,.*no hint/);
  });
  test("a code without a section, a section without a code, one twice, one empty", () => {
    const good = "# Errors\n\nText.\n\n## HERMOD_A\n\nWhy.\n\n## HERMOD_B\n\nWhy.\n";
    assert.deepEqual(pageErrors(table, good), none);
    assert.deepEqual(pageErrors(table, good.replace("## HERMOD_B", "## Other")), [
      'HERMOD_B: add "## HERMOD_B"',
    ]);
    assert.deepEqual(pageErrors(table, `${good}## HERMOD_C\nWhy.`), ["HERMOD_C: not in the table"]);
    assert.deepEqual(pageErrors(table, `${good}## HERMOD_A\nWhy.`), ["HERMOD_A: stands there twice"]);
    assert.deepEqual(pageErrors(table, good.replace("Why.\n\n##", "##")), ["HERMOD_A: its section is empty"]);
  });
  test("a heading inside a block of code does not count", () => {
    const fenced = "## HERMOD_A\n\n```sh\n## HERMOD_B\n```\n";
    assert.deepEqual(
      sectionsOf(fenced).map(({ code }) => code),
      ["HERMOD_A"],
    );
  });
  test("a code that nothing throws", () => {
    const sources = [
      {
        path: "core/errors.ts",
        text: 'class AError extends HermodError { constructor() { super("HERMOD_A"); } }\n"HERMOD_B"',
      },
      { path: "index.ts", text: 'export { AError } from "./core/errors.ts";' },
      { path: "core/a.test.ts", text: '"HERMOD_B"; new AError();' },
      { path: "core/a.ts", text: '// "HERMOD_B"' },
    ];
    assert.deepEqual(deadCodes(table, "core/errors.ts", sources), ["HERMOD_A", "HERMOD_B"]);
    const used = [...sources, { path: "core/b.ts", text: 'throw new AError(); f("HERMOD_B")' }];
    assert.deepEqual(deadCodes(table, "core/errors.ts", used), none);
  });
});
