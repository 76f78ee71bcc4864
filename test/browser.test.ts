/** Browsers: every entry of the package but those for Node alone can be loaded by a page, as it is, without a bundler. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserErrors, entries, entriesOf, library } from "./browser.ts";
import { readSources, type Source } from "./source.ts";

const { pages, node } = entries();
const shipped = readSources(`${library}/dist`, "**/*.js").map(({ path, text }) => ({
  path: `dist/${path}`,
  text,
}));
const file = (path: string, ...lines: string[]): Source => ({ path, text: lines.join("\n") });

describe("a page", () => {
  test("can load all that hermod and its entries load", () =>
    assert.deepEqual(browserErrors(pages, shipped), []));
  test("has these entries", () =>
    assert.deepEqual(pages, [
      "dist/index.js",
      "dist/bridges/ai.js",
      "dist/links/http.js",
      "dist/patterns/index.js",
      "dist/remote/index.js",
    ]));
  test("could not load what is for Node alone", () => {
    for (const path of node)
      assert.match(browserErrors([path], shipped).join(), /a page cannot load "node:/, path);
  });
});

describe("what a page cannot load is found:", () => {
  const lines: readonly (readonly [string, string])[] = [
    [`import "node:fs";`, "node:fs"],
    [`import { isIP } from "node:net";`, "node:net"],
    [`export { isIP } from "node:net";`, "node:net"],
    [`export * from "node:net";`, "node:net"],
    [`import fs from "fs";`, "fs"],
    [`import { z } from "zod";`, "zod"],
  ];
  for (const [line, specifier] of lines)
    test(line, () => {
      const sources = [
        file("dist/index.js", `import "./deep/a.js";`),
        file("dist/deep/a.js", `export { b } from "../b.js";`),
        file("dist/b.js", "", line),
      ];
      const said = `dist/b.js:2: a page cannot load "${specifier}"; import it where it is needed: await import(…)`;
      assert.deepEqual(browserErrors(["dist/index.js"], sources), [said]);
    });
  for (const [line, name] of [
    ["const size = Buffer.byteLength(text);", "Buffer"],
    ["process.emitWarning(text);", "process"],
    [`const z = require("zod");`, "require"],
  ] as const)
    test(line, () =>
      assert.deepEqual(browserErrors(["a.js"], [file("a.js", line)]), [`a.js:1: a page has no "${name}"`]),
    );
  test("a module that is not there", () =>
    assert.match(
      browserErrors(["a.js"], [file("a.js", `import "./b.js";`)]).join(),
      /^b\.js: no such module/,
    ));
});

test("what is loaded when it is needed passes, and so does what no entry leads to", () => {
  const sources = [
    file("a.js", `const { pinned } = await import("./pinned.js");`, `const { x } = await import("node:fs");`),
    file("pinned.js", `import "node:http";`),
    file("b.js", `// process.exit()`, `const text = "Buffer.from";`, `const { process } = parts.process.x;`),
  ];
  assert.deepEqual(browserErrors(["a.js", "b.js"], sources), []);
});

test("entries are read from the manifest", () => {
  const exports = { ".": { default: "./dist/index.js" }, "./package.json": "./package.json" };
  assert.deepEqual(entriesOf(JSON.stringify({ exports })), { ".": "dist/index.js" });
});
