/** What is different over several partitions is told by laws that are there, and that look whether they are to be left out. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { differs } from "./apart.ts";

const suites = globSync("*.suite.ts", { cwd: import.meta.dirname }).map((file) =>
  readFileSync(`${import.meta.dirname}/${file}`, "utf8"),
);

test("each difference names one law of a suite that knows of differences, and has a reason", () => {
  for (const [title, reason] of Object.entries(differs)) {
    const found = suites.filter((text) => text.includes(`test(\`\${name}: ${title}\``));
    assert.equal(found.length, 1, `suites with the law "${title}"`);
    assert.ok(found[0]?.includes("testOn(name, "), `the suite of "${title}" asks testOn`);
    assert.notEqual(reason, "");
  }
});
