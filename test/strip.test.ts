/** What the checks over sources see of a file: its code without its words, and its import lines. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { importsOf } from "./imports.ts";
import { strip } from "./strip.ts";

describe("the reading of imports", () => {
  const forms: readonly (readonly [string, readonly string[]])[] = [
    [`import "./a.ts";`, ["./a.ts"]],
    [`import a, { b as c } from './a.ts'`, ["./a.ts"]],
    [`import type { A } from "./a.ts";\nimport * as b from "./b.ts";`, ["./a.ts", "./b.ts"]],
    [`import {\n  a,\n  type B,\n} from "./a.ts";`, ["./a.ts"]],
    [
      `export * from "./a.ts"; export { b } from "./b.ts"; export type { C } from "./c.ts";`,
      ["./a.ts", "./b.ts", "./c.ts"],
    ],
    [`const a = await import("./a.ts"); type B = import("./b.ts").B;`, ["./a.ts", "./b.ts"]],
    [`new Worker(new URL("./worker.ts", import.meta.url))`, ["./worker.ts"]],
    [`// import "./a.ts"\n/* import "./b.ts" */`, []],
    [`export const from = "./a.ts"; export function a() {} const b = "./c.ts";`, []],
  ];
  for (const [text, expected] of forms)
    test(JSON.stringify(text), () => {
      const found = importsOf({ path: "core/x.ts", text }).map(({ specifier }) => specifier);
      assert.deepEqual(found, expected);
    });
});

test("stripping keeps every line and place", () => {
  const text = "a/* x\n */b'q\\'q'`t ${ {k: `u`} } t` + /r[/]x/g //end\nc";
  assert.equal(strip(text), "a    \n   b'    '`  ${ {k: ` `} }  ` + /     /g      \nc");
  assert.equal(strip(text, { strings: true }), "a    \n   b'q\\'q'`t ${ {k: `u`} } t` + /r[/]x/g      \nc");
});
