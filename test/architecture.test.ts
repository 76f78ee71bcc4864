/** The shape of the library: directions of imports, no cycles, no clock or randomness but the one handed in. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ambientErrors } from "./ambient.ts";
import { cyclesIn, graphOf } from "./cycles.ts";
import { directionErrors } from "./imports.ts";
import { readSources, root } from "./source.ts";
import type { Source } from "./source.ts";

const library = readSources(join(root, "packages/hermod/src"));
const file = (path: string, ...lines: string[]): Source => ({ path, text: lines.join("\n") });
const none: readonly string[] = [];

describe("the library", () => {
  test("has sources to look at", () => assert.ok(library.length > 0));
  test("imports in one direction only", () => assert.deepEqual(directionErrors(library), none));
  test("has no import cycle", () => assert.deepEqual(cyclesIn(graphOf(library)), none));
  test("takes time and randomness from where they are handed in", () =>
    assert.deepEqual(ambientErrors(library), none));
});

describe("a wrong direction is found:", () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["core/a.ts", "node:fs"],
    ["core/a.ts", "zod"],
    ["core/a.ts", "../agent/agent.ts"],
    ["core/a.ts", "../index.ts"],
    ["core/a.ts", "./a.test.ts"],
    ["agent/a.ts", "../runtime/system.ts"],
    ["agent/a.ts", "node:util"],
    ["runtime/a.ts", "../stores/memory.ts"],
    ["runtime/a.ts", "node:timers"],
    ["stores/memory.ts", "../runtime/system.ts"],
    ["stores/lanes.ts", "./sqlite/store.ts"],
    ["stores/sqlite/a.ts", "../nats/subjects.ts"],
    ["stores/sqlite/a.ts", "../memory/store.ts"],
    ["stores/sqlite/a.ts", "../../links/http.ts"],
    ["remote/a.ts", "../stores/memory.ts"],
    ["links/http.ts", "../remote/client.ts"],
    ["links/http/agent.ts", "../../runtime/system.ts"],
    ["links/http/agent.ts", "../../index.ts"],
    ["bridges/otel.ts", "../runtime/system.ts"],
    ["bridges/ai.ts", "hermod"],
    ["testing/a.ts", "../stores/sqlite/store.ts"],
    ["testing/a.ts", "../runtime/system.ts"],
  ];
  for (const [path, specifier] of wrong)
    test(`${path} imports ${specifier}`, () => {
      const expected = `${path}:2: ${path.split("/")[0]} may not import "${specifier}"`;
      assert.deepEqual(directionErrors([file(path, "", `import "${specifier}";`)]), [expected]);
    });
  test("a folder without a rule", () => {
    assert.match(directionErrors([file("extras/a.ts")]).join(), /no rule for "extras"/);
    assert.match(directionErrors([file("extra.ts")]).join(), /no rule for "extra.ts"/);
  });
});

test("a right direction passes", () => {
  const right = [
    file("core/a.ts", `import "./b.ts";`),
    file("agent/a.ts", `import "../core/a.ts";`),
    file("runtime/a.ts", `import "../core/a.ts"; import "../agent/a.ts"; import "./b.ts";`),
    file("stores/memory.ts", `import "./lanes.ts"; import "../core/a.ts"; import "./memory/box.ts";`),
    file(
      "stores/sqlite/a.ts",
      `import "node:sqlite"; import "../lanes.ts"; import "../../core/a.ts"; import "./b.ts";`,
    ),
    file("bridges/otel.ts", `import "@opentelemetry/api"; import "../index.ts"; import "../core/a.ts";`),
    file(
      "testing/a.ts",
      `import "../stores/memory.ts"; import "../stores/memory/box.ts"; import "../index.ts";`,
    ),
    file("start.ts", `import "./runtime/system.ts"; import "node:process";`),
    file("core/a.test.ts", `import "node:test"; import "../runtime/system.ts";`),
  ];
  assert.deepEqual(directionErrors(right), none);
});

describe("a cycle is found:", () => {
  const found = (...sources: readonly Source[]): readonly string[] => cyclesIn(graphOf(sources));
  test("of two files, over a type", () => {
    const two = [
      file("core/a.ts", `import "./b.ts";`),
      file("core/b.ts", `import type { A } from "./a.ts";`),
    ];
    assert.deepEqual(found(...two), ["core/a.ts > core/b.ts > core/a.ts"]);
  });
  test("of a file with itself, and behind an entrance", () => {
    const deep = [
      file("a.ts", `import "./b.ts";`),
      file("b.ts", `import "./c.ts";`),
      file("c.ts", `import "./b.ts";`),
    ];
    assert.deepEqual(found(...deep), ["b.ts > c.ts > b.ts"]);
    assert.deepEqual(found(file("a.ts", `export * from "./a.ts";`)), ["a.ts > a.ts"]);
  });
  test("not in a diamond", () => {
    const diamond = [file("a.ts", `import "./b.ts"; import "./c.ts";`), file("b.ts", `import "./d.ts";`)];
    assert.deepEqual(found(...diamond, file("c.ts", `import "./d.ts";`), file("d.ts")), none);
  });
});
