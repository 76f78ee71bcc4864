/** docs/protocol.md says what the schemas say: each example is a message that fits, and each operation has its row. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ZodType } from "zod";
import { MOST_MESSAGE, PROTOCOL, operations, type Op } from "hermod/remote";
import { described } from "./operations.ts";
import { Overheard } from "./overheard.kit.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol.md"), "utf8");

/** The examples, as messages of one session. */
const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => text as string);

test("the examples fit the schemas, and show every kind of frame", () => {
  const ear = new Overheard();
  for (const text of examples) ear.hear(text);
  assert.deepEqual(ear.strange, []);
  const kinds = [
    "hello",
    "welcome",
    "got",
    "ping",
    "pong",
    "bye",
    "seen",
    "refused",
    "wake",
    "grown",
    ...operations,
  ];
  assert.deepEqual(
    kinds.filter((kind) => !ear.kinds.has(kind)),
    [],
    "without an example",
  );
});

test("each operation has a row with its arguments", () => {
  for (const op of operations) {
    const row = operationsOf(page).find((line) => line.startsWith(`| \`${op}\` `)) ?? "";
    const [, , cell = ""] = row.split("|");
    const named = [...cell.matchAll(/`(\w+)(\??)`/g)].map(([, name, mark]) => `${name}${mark}`);
    assert.deepEqual(named, argumentsOf(op as Op), op);
  }
});

test("the numbers of the page are those of the code", () => {
  assert.match(page, new RegExp(`version ${PROTOCOL}\\b`, "u"));
  assert.ok(page.includes(MOST_MESSAGE.toLocaleString("en")));
});

function argumentsOf(op: Op): readonly string[] {
  return Object.entries(described[op].in).map(([name, schema]) => {
    const isOptional = (schema as ZodType).safeParse(undefined).success;
    return isOptional && !required.has(`${op}.${name}`) ? `${name}?` : name;
  });
}

/** Anything fits, but something must be said. */
const required = new Set(["record.part"]);

function operationsOf(text: string): readonly string[] {
  return (text.split(/^## /mu).find((part) => part.startsWith("Operations")) ?? "").split("\n");
}
