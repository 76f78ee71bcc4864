/** The lint configuration at work: a made-up tree in which every line breaks a rule that we count on. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { root } from "./source.ts";

const src = "packages/hermod/src";
const p = "export const p = async (): Promise<number> => 1;\n";

/** File, its text, and the rules that must speak up. */
const bad: readonly (readonly [string, string, readonly string[]])[] = [
  [`${src}/core/a.ts`, 'import "node:fs";', ["no-restricted-imports"]],
  [`${src}/core/b.ts`, 'import "../agent/ok.ts";', ["no-restricted-imports"]],
  [`${src}/agent/a.ts`, 'import "../runtime/ok.ts";', ["no-restricted-imports"]],
  [`${src}/runtime/a.ts`, 'import "../stores/ok.ts";', ["no-restricted-imports"]],
  [`${src}/runtime/b.ts`, 'import "node:timers";', ["no-restricted-imports"]],
  [`${src}/stores/sqlite/a.ts`, 'import "../nats/ok.ts";', ["no-restricted-imports"]],
  [`${src}/testing/a.ts`, 'import "../runtime/ok.ts";', ["no-restricted-imports"]],
  [`${src}/runtime/c.ts`, "export const t = setTimeout;", ["no-restricted-globals"]],
  [`${src}/runtime/d.ts`, "export const t = Date.now() + Math.random();", ["no-restricted-properties"]],
  [`${src}/runtime/e.ts`, 'console.log("x");', ["no-console"]],
  [`${src}/runtime/f.ts`, `${p}p();`, ["no-floating-promises"]],
  [`${src}/runtime/g.ts`, `${p}export const q = p() ? 1 : 2;`, ["no-misused-promises"]],
  [`${src}/runtime/h.ts`, "export const q = async (): Promise<number> => await 1;", ["await-thenable"]],
  [`${src}/runtime/i.ts`, "export const q = (a: unknown): boolean => a == 1;", ["eqeqeq"]],
  [`${src}/runtime/j.ts`, 'import "./k.ts";\nexport type J = 1;', ["no-cycle"]],
  [`${src}/runtime/k.ts`, 'import type { J } from "./j.ts";\nexport type K = J;', ["no-cycle"]],
  [`${src}/runtime/l.ts`, "export default 1;", ["no-default-export"]],
  [`${src}/runtime/m.ts`, "export const a: any = 1;", ["no-explicit-any"]],
];

/** What must not be complained about. */
const fine: readonly (readonly [string, string])[] = [
  [`${src}/core/ok.ts`, "export const ok = 1;"],
  [`${src}/core/clock.ts`, "export const now = Date.now;\nexport const later = setTimeout;"],
  [`${src}/core/ok.test.ts`, 'import "node:fs";\nimport "../agent/ok.ts";\nconsole.log(Date.now());'],
  [`${src}/agent/ok.ts`, 'import "../core/ok.ts";\nexport const ok = 1;'],
  [`${src}/runtime/ok.ts`, 'import "../core/ok.ts";\nimport "../agent/ok.ts";\nexport const ok = 1;'],
  [`${src}/stores/ok.ts`, "export const ok = 1;"],
  [
    `${src}/stores/nats/ok.ts`,
    'import "node:net";\nimport "../ok.ts";\nimport "../../core/ok.ts";\nexport const ok = 1;',
  ],
  ["test/ok.test.ts", 'import { test } from "node:test";\ntest("x", async () => {\n  console.log(1);\n});'],
];

const folder = mkdtempSync(join(tmpdir(), "hermod-lint-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

function lint(): readonly Diagnostic[] {
  for (const [path, text] of [...bad, ...fine]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  for (const name of [".oxlintrc.json", "tsconfig.base.json"])
    copyFileSync(join(root, name), join(folder, name));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const tsconfig = {
    extends: "./tsconfig.base.json",
    compilerOptions: { types: ["node"], allowImportingTsExtensions: true },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const args = ["--type-aware", "-f", "json"];
  const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/oxlint"), args, {
    cwd: folder,
    encoding: "utf8",
  });
  assert.ok(stdout.startsWith("{"), stdout + stderr);
  return (JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] }).diagnostics;
}

describe("oxlint", () => {
  const found = lint();
  const rules = (path: string): readonly string[] =>
    found.filter(({ filename }) => filename === path).map(({ code }) => code.replace(/^.*\((.*)\)$/, "$1"));
  for (const [path, text, expected] of bad)
    test(`refuses ${JSON.stringify(text)} in ${path}`, () => {
      for (const rule of expected)
        assert.ok(rules(path).includes(rule), `found only: ${rules(path).join(", ")}`);
    });
  for (const [path] of fine) test(`accepts ${path}`, () => assert.deepEqual(rules(path), []));
});
