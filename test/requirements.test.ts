// Holds the ledger of requirements and the tests together, and prints how far they are.
// A test cites an id in square brackets in its name: "a late reply is kept and counted [C2] [(9)]" or "… [C2, (9), 32]".
// Read are the names given to test(…), it(…) and law(…), in tests and in the shared suites; skipped tests
// (test.skip, test.todo) and comments cite nothing.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parts, requirements, type Requirement } from "./requirements.ts";

const ROOT = join(import.meta.dirname, "..");
const SELF = join("test", "requirements.test.ts");
const SOURCES = [
  "packages/*/src/**/*.test.ts",
  "test/**/*.test.ts",
  "test/**/*.suite.ts",
  "examples/**/*.test.ts",
  "bench/*.test.ts",
  "faults/**/*.test.ts",
  "packages/hermod/src/testing/**/*.ts",
];

// Before the call no quote, slash or star on its line, so that comments and strings are passed over;
// before the name at most plain arguments, as in law(suite, "name", …).
const NAME =
  /^[^\n/*"'`]*?(?<![\w.$])(?:t\.)?(?:test|it|law)\(\s*(?:[\w.]+,\s*)*(["'`])((?:\\.|(?!\1)[^\\\n])*)\1/gm;
const BRACKET = /\[([^[\]]+)\]/g;
const ID = /^(?:\d+|\(\d+\)|C\d+)$/;

/** Who cites an id: id → files, in the order read. */
type Citations = ReadonlyMap<string, readonly string[]>;

function idsInBracket(content: string): readonly string[] {
  const ids = content.split(",").map((id) => id.trim());
  return ids.every((id) => ID.test(id)) ? ids : [];
}

function citationsIn(source: string): readonly string[] {
  const names = [...source.matchAll(NAME)].map((match) => match[2] ?? "");
  return names.flatMap((name) =>
    [...name.matchAll(BRACKET)].flatMap((match) => idsInBracket(match[1] ?? "")),
  );
}

function citationsOf(sources: ReadonlyMap<string, string>): Citations {
  const cited = new Map<string, string[]>();
  for (const [file, source] of sources)
    for (const id of new Set(citationsIn(source))) cited.set(id, [...(cited.get(id) ?? []), file]);
  return cited;
}

function uncited(ledger: readonly Requirement[], cited: Citations): readonly string[] {
  return ledger.filter(({ id, state }) => state === "met" && !cited.has(id)).map(({ id }) => id);
}

function dueButCited(ledger: readonly Requirement[], cited: Citations): readonly string[] {
  return ledger.filter(({ id, state }) => state === "due" && cited.has(id)).map(({ id }) => id);
}

function unknown(ledger: readonly Requirement[], cited: Citations): readonly string[] {
  const known = new Set(ledger.map(({ id }) => id));
  return [...cited.keys()].filter((id) => !known.has(id));
}

function isOneSentence(text: string): boolean {
  return /^[A-Z].*[^.]\.$/.test(text) && !/[.!?]\s/.test(text);
}

function summary(ledger: readonly Requirement[]): string {
  const count = (prefix: string) => ledger.filter(({ state }) => state.startsWith(prefix)).length;
  const each = parts
    .filter((part) => count(`later:${part}`) > 0)
    .map((part) => `${part} ${count(`later:${part}`)}`);
  const later = each.length > 0 ? ` (${each.join(", ")})` : "";
  return `requirements: ${count("met")} met, ${count("due")} due, ${count("later:")} later${later}`;
}

function expectedIds(): readonly string[] {
  const numbered = (count: number, name: (n: number) => string) =>
    Array.from({ length: count }, (_, i) => name(i + 1));
  return [...numbered(87, (n) => `${n}`), ...numbered(43, (n) => `(${n})`), ...numbered(19, (n) => `C${n}`)];
}

function readSources(): ReadonlyMap<string, string> {
  const files = globSync(SOURCES, { cwd: ROOT }).filter((file) => file !== SELF);
  return new Map(files.toSorted().map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
}

function listed(ids: readonly string[], cited: Citations): string {
  return ids.map((id) => [id, ...(cited.get(id) ?? [])].join(" ")).join("; ");
}

const all: readonly Requirement[] = requirements;
const cited = citationsOf(readSources());
process.stdout.write(`${summary(all)}\n`);

test("the ledger has exactly the 149 ids, each once and in order", () => {
  const ids = all.map(({ id }) => id);
  assert.equal(expectedIds().length, 149);
  assert.deepEqual(
    ids,
    expectedIds(),
    "put the ids of test/requirements.ts back: 1-87, (1)-(43), C1-C19, each once",
  );
});

test("each text is one sentence that ends with a full stop", () => {
  const wrong = all.filter(({ text }) => !isOneSentence(text)).map(({ id }) => id);
  assert.deepEqual(wrong, [], `rewrite as one sentence with a full stop at its end: ${wrong.join(", ")}`);
});

test("each met id is cited by a test", () => {
  const ids = uncited(all, cited);
  const todo =
    'cite the id in the name of a test that shows it, as in "… [4]", or set its state back to "due"';
  assert.deepEqual(ids, [], `met, but no test cites it: ${listed(ids, cited)}: ${todo}`);
});

test("no due id is cited by a test", () => {
  const ids = dueButCited(all, cited);
  const todo =
    'set its state to "met" in test/requirements.ts or, if its sentence is shown only in part, do not cite it';
  assert.deepEqual(ids, [], `due, but a test cites it: ${listed(ids, cited)}: ${todo}`);
});

test("each cited id exists", () => {
  const ids = unknown(all, cited);
  const todo =
    "correct the id; ids are 1-87, (1)-(43), C1-C19, and a bracket of numbers in a test's name is a citation";
  assert.deepEqual(ids, [], `cited, but not in test/requirements.ts: ${listed(ids, cited)}: ${todo}`);
});

test("citations are read from names of tests and laws, and from nowhere else", () => {
  const source = `
    test("one [1]", () => {});
      await t.test('two and three [C2] [(9)]', { timeout: 5 }, async () => {});
    for (const store of stores) it(\`\${store.name}: many at once [C3, (10),32]\`, run);
    law(
      "over two lines [4]",
      check,
    );
    law(suite, "as second argument \\"quoted\\" [5]", check);
    test("words in brackets [see 6], a list [7, x] and none []", () => {});
    test.skip("skipped [8]", () => {});
    // test("commented out [9]", () => {});
    /* test("in a block [10]"); */
     * test("in a block of lines [11]");
    assert.equal(text, "[12]");
    pattern.test("[13]");
    submit("[14]");
    const nested = [15];
  `;
  assert.deepEqual(citationsIn(source), ["1", "C2", "(9)", "C3", "(10)", "32", "4", "5"]);
});

test("a met id without a citation, a due id with one and an unknown id are found", () => {
  const made = citationsOf(
    new Map([
      ["a.test.ts", 'test("a [1, C1] [C1]", run);\ntest("b [3]", run);'],
      ["b.test.ts", 'test("c [C1] [99]", run);'],
    ]),
  );
  const ledger: readonly Requirement[] = [
    { id: "1", text: "", state: "met" },
    { id: "2", text: "", state: "met" },
    { id: "3", text: "", state: "due" },
    { id: "4", text: "", state: "due" },
    { id: "C1", text: "", state: "later:topics" },
    { id: "C2", text: "", state: "later:topics" },
  ];
  assert.deepEqual(made.get("C1"), ["a.test.ts", "b.test.ts"]);
  assert.deepEqual(uncited(ledger, made), ["2"]);
  assert.deepEqual(dueButCited(ledger, made), ["3"]);
  assert.deepEqual(unknown(ledger, made), ["99"]);
  assert.equal(listed(["99"], made), "99 b.test.ts");
  assert.equal(summary(ledger), "requirements: 2 met, 2 due, 2 later (topics 2)");
});

test("a text of two sentences, or without its full stop, is not one sentence", () => {
  assert.ok(isOneSentence("Sends 1.5 KB at once."));
  assert.ok(!isOneSentence("No stop at the end"));
  assert.ok(!isOneSentence("One. Two."));
  assert.ok(!isOneSentence("Trails off..."));
  assert.ok(!isOneSentence(""));
});
