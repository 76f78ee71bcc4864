/** The code of README.md and docs/ is true: it type-checks, runs, and prints what it says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readSnippets, runSnippet, typeErrors } from "./pages.ts";
import { root } from "./source.ts";
import { outputError, snippetsOf, toPlaces } from "./snippets.ts";
import type { Snippet } from "./snippets.ts";

const pages = readSnippets("{README.md,docs/*.md}");
const readme = pages.filter(({ place }) => place.startsWith("README.md:"));

test(`${pages.length} code blocks of README.md and docs/ type-check`, () =>
  assert.equal(typeErrors(pages), ""));

describe("the pages", () => {
  test("README.md shows code", () => assert.ok(readme.length > 0, "README.md has no ts block that runs"));
  for (const snippet of pages)
    test(`${snippet.place} runs`, (context) => {
      const { status, stdout, stderr } = runSnippet(snippet);
      assert.equal(
        status,
        0,
        `${snippet.place} ended with ${status}\n${stdout}\n${toPlaces(stderr, [snippet])}`,
      );
      assert.equal(outputError(snippet, stdout), undefined);
      context.diagnostic(
        `ran ${snippet.place}${snippet.expected === undefined ? "" : " and compared what it printed"}`,
      );
    });
});

test("the page on long work says when to choose which link, by each of the six concerns [78]", () => {
  const text = readFileSync(join(root, "docs/long-work.md"), "utf8");
  const [, choice = ""] = text.split("## Which link?");
  for (const concern of [
    ...["Dependency", "Response time", "Throughput", "Complexity", "Resilience", "Resource use"],
  ])
    assert.match(choice, new RegExp(`^\\| ${concern}: .*\\| .*`, "m"), concern);
});

const page = (...lines: readonly string[]): readonly Snippet[] =>
  snippetsOf({ path: "docs/a.md", text: lines.join("\n") });
const made = (code: string): Snippet => ({
  place: "docs/a.md:7",
  file: "docs-a-7.ts",
  code,
  expected: "1\n",
});

describe("a page is read:", () => {
  test("ts blocks with their places; not fragments, not other languages, not blocks inside blocks", () => {
    const found = page(
      "# A",
      "```ts",
      "a;",
      "b;",
      "```",
      "```ts no-run",
      "c",
      "```",
      "```sh",
      "d",
      "```",
      "````md",
      "```ts",
      "e",
      "```",
      "````",
    );
    assert.deepEqual(found, [
      { place: "docs/a.md:3", file: "docs-a-3.ts", code: "a;\nb;\n", expected: undefined },
    ]);
  });
  test("the text block right behind is what it prints", () => {
    const [first, second] = page(
      "```ts",
      "a",
      "```",
      "",
      "```text",
      "1",
      "2",
      "```",
      "```ts",
      "b",
      "```",
      "Then",
      "```text",
      "3",
      "```",
    );
    assert.equal(first?.expected, "1\n2\n");
    assert.equal(second?.expected, undefined);
  });
});

describe("a wrong snippet is found:", () => {
  test("by the compiler, with its place in the page", () => {
    const at = (page: string, code: string): Snippet => ({
      ...made(code),
      ...{ place: `docs/${page}.md:7`, file: `docs-${page}-7.ts` },
    });
    const errors = typeErrors([
      at("right", 'const a: string = "a";\nexport { a };'),
      at("wrong", "const b = 1;\nconst c: string = b;\nexport { c };"),
      at("lost", 'import "no-such-package";'),
    ]);
    assert.match(errors, /^docs\/wrong\.md:8:7.*TS2322/m);
    assert.match(errors, /^docs\/lost\.md:7:8.*no-such-package/m);
    assert.doesNotMatch(errors, /docs\/right/);
  });
  test("by running it", () => {
    const { status, stderr } = runSnippet(made('\nthrow new Error("wrong");'));
    assert.equal(status, 1);
    assert.match(toPlaces(stderr, [made("")]), /docs\/a\.md:8:7/);
  });
  test("by what it prints", () => {
    assert.equal(outputError(made(""), runSnippet(made("console.log(1);")).stdout), undefined);
    assert.match(
      outputError(made(""), runSnippet(made("console.log(2);")).stdout) ?? "",
      /printed\n2\n+instead of\n1/,
    );
  });
});
