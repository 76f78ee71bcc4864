/** The names that users import, against the checked-in list. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { declaredNames, exportErrors, listFile, readExports, sortNames } from "./exports.ts";
import type { Exports, Read } from "./exports.ts";

test("the package exports the names of test/exports.json", async () => {
  const expected = JSON.parse(readFileSync(listFile, "utf8")) as Exports;
  const errors = exportErrors(expected, await readExports());
  assert.deepEqual(
    errors,
    [],
    `if this is meant: node test/exports.ts --write, and say so in CHANGELOG.md\n${errors.join("\n")}`,
  );
});

describe("the reading of declarations finds", () => {
  const names = (text: string, more: Readonly<Record<string, string>> = {}): readonly string[] => {
    const files: Readonly<Record<string, string>> = { "dist/index.d.ts": text, ...more };
    const read: Read = (path) => files[path];
    return declaredNames("dist/index.d.ts", read);
  };
  const forms: readonly (readonly [string, readonly string[]])[] = [
    ["export declare const a: number;\nexport declare function b(): void;", ["a", "b"]],
    ["export declare abstract class A {}\nexport interface B {}\nexport type C<T> = T;", ["A", "B", "C"]],
    ["export declare function* a(): Generator;\nexport declare enum E {}", ["a", "E"]],
    [`export { a, type B, c as d } from "./x.js";\nexport type { E } from "./y.js";`, ["a", "B", "d", "E"]],
    [`export * as all from "./x.js";`, ["all"]],
    ["export default a;", ["default"]],
    [`export {};\n/** export const no: 1; */\n// export { nope }`, []],
  ];
  for (const [text, expected] of forms)
    test(JSON.stringify(text), () => assert.deepEqual(names(text), expected));

  test("what a star leads to, through both extensions and in a ring", () => {
    const more = {
      "dist/core/a.d.ts": `export declare const a: 1; export default a; export * from "../b.js";`,
      "dist/b.d.ts": `export type B = 1; export * from "./index.ts";`,
    };
    assert.deepEqual(names(`export * from "./core/a.ts"; export { c } from "./c.ts";`, more), [
      "c",
      "a",
      "B",
    ]);
  });
  test("that a file is missing", () =>
    assert.throws(() => names(`export * from "./no.js";`), /dist\/no\.d\.ts: no such/));
});

test("a new name, a lost name and a lost entry are found", () => {
  const before: Exports = {
    hermod: { values: ["a", "b"], types: ["T"] },
    "hermod/old": { values: ["x"], types: [] },
  };
  const now: Exports = { hermod: { values: ["a", "c"], types: ["T", "U"] } };
  assert.deepEqual(exportErrors(before, before), []);
  assert.deepEqual(exportErrors(before, now), [
    "hermod: new among values: c",
    "hermod: gone from values: b",
    "hermod: new among types: U",
    "hermod/old: gone from values: x",
  ]);
});

test("a name that is value and type counts once, as a value", () => {
  assert.deepEqual(sortNames(["b", "A"], ["A", "b", "C", "C"]), { values: ["A", "b"], types: ["C"] });
});
