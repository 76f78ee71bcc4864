/** The frame of `npm run check`, shown steps that pass, complain and break. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.ts";
import { lockErrors } from "./lock.ts";
import type { Step } from "./steps.ts";

async function checked(
  ...all: readonly Step[]
): Promise<{ readonly ok: boolean; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const ok = await check(all, (line) => lines.push(...line.split("\n")));
  return { ok, lines };
}

test("a check whose steps have no complaint passes", async () => {
  const { ok, lines } = await checked(
    { name: "a", run: () => "" },
    { name: "b", run: () => Promise.resolve([]) },
  );
  assert.deepEqual({ ok, lines }, { ok: true, lines: ["ok      a", "ok      b", "2 passed, 0 failed"] });
});

test("every complaint is printed, and a step that breaks is one", async () => {
  const broken = (): never => {
    throw new Error("no such file");
  };
  const { ok, lines } = await checked(
    { name: "a", run: () => ["one", "two"] },
    { name: "b", run: broken },
    { name: "c", run: () => "" },
  );
  assert.equal(ok, false);
  assert.deepEqual(lines.slice(0, 3), ["FAILED  a: 2 lines, below", "FAILED  b: 1 line, below", "ok      c"]);
  assert.match(lines.join("\n"), /--- a\none\ntwo\n\n\n--- b\nthe step itself broke: no such file/);
  assert.equal(lines.at(-1), "1 passed, 2 failed");
});

test("a download address in a lock file is found", () => {
  const lock = (line: string): readonly string[] =>
    lockErrors([{ path: "package-lock.json", text: `{\n${line}\n}` }]);
  assert.deepEqual(lock('"resolved": "packages/hermod", "link": true'), []);
  assert.match(
    lock('"resolved": "https://registry.example/a.tgz"').join(),
    /^package-lock\.json:2: holds a download/,
  );
});
