/** Fields: what a schema becomes as a form, and what a form becomes when it is sent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { blank, defaultOf, toField, written, type Field, type Typed } from "./fields.ts";

const order = {
  type: "object",
  properties: {
    item: { type: "string", minLength: 1, description: "What is wanted" },
    size: { type: "string", enum: ["small", "large"], default: "large" },
    count: { type: "integer", minimum: 1, maximum: 99, default: 1 },
    gift: { type: "boolean" },
    address: { $ref: "#/$defs/address" },
    other: { $ref: "#/$defs/address" },
    notes: { type: "array", items: { type: "string" } },
    extra: { type: "object", additionalProperties: {} },
    either: { anyOf: [{ type: "string" }, { type: "number" }] },
  },
  required: ["item", "address"],
  $defs: {
    address: {
      type: "object",
      properties: { city: { type: "string" }, zip: { type: "number" } },
      required: ["city", "zip"],
    },
  },
} as const;
const field = toField(order) as Field & { kind: "object" };
const typedBy = (change: Readonly<Record<string, Typed>>): Typed => ({
  ...(blank(field, defaultOf(order)) as Readonly<Record<string, Typed>>),
  ...change,
});
const address = { city: "Oslo", zip: "150" };

test("each schema becomes the field that fits it, and JSON where none does", () => {
  expect(field.fields.map(({ name, kind, isNeeded }) => [name, kind, isNeeded])).toEqual([
    ["item", "text", true],
    ["size", "choice", false],
    ["count", "number", false],
    ["gift", "switch", false],
    ["address", "object", true],
    ["other", "object", false],
    ["notes", "list", false],
    ["extra", "json", false],
    ["either", "json", false],
  ]);
  expect(field.fields[0]?.description).toBe("What is wanted");
  expect(toField(undefined).kind).toBe("json");
  expect(toField({ $ref: "#" }).kind).toBe("json");
  expect(toField({ anyOf: [{ const: 1 }, { const: "two" }] })).toMatchObject({
    kind: "choice",
    choices: [1, "two"],
  });
});

test("defaults stand in the form at first, and what is empty and not needed is not sent", () => {
  expect(written(field, typedBy({ item: "tea", address })).value).toEqual({
    ...{ item: "tea", size: "large", count: 1 },
    address: { city: "Oslo", zip: 150 },
  });
  const full = { gift: "no", notes: ["a", ""], extra: '{"n":[1]}', either: "4" };
  expect(written(field, typedBy({ item: "tea", address, ...full })).value).toMatchObject({
    ...{ gift: false, notes: ["a", ""], extra: { n: [1] }, either: 4 },
  });
});

test("what is wrong is told with its place", () => {
  const { wrong } = written(
    field,
    typedBy({
      count: "1.5",
      address: { city: "Oslo", zip: "" },
      other: { city: "Rom", zip: "x" },
      extra: "{",
    }),
  );
  expect(wrong.map(({ path }) => path)).toEqual(["item", "count", "address.zip", "other.zip", "extra"]);
  expect(wrong[1]?.rule).toBe("must be a whole number");
  expect(written(field, typedBy({ item: "tea", address, count: "100" })).wrong).toEqual([
    { path: "count", rule: "must be at most 99" },
  ]);
});

test("a value that stands in a form comes out of it as it was", () => {
  const schema = {
    type: "object",
    properties: {
      a: { type: "string" },
      b: { type: "number" },
      c: {
        type: "array",
        items: { type: "object", properties: { d: { type: "boolean" } }, required: ["d"] },
      },
      e: { enum: [1, "one", null, true] },
    },
    required: ["a", "b", "c", "e"],
  };
  const form = toField(schema);
  const values = fc.record({
    a: fc.string(),
    b: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    c: fc.array(fc.record({ d: fc.boolean() })),
    e: fc.constantFrom(1, "one", null, true),
  });
  fc.assert(
    fc.property(values, (value) => {
      expect(written(form, blank(form, value))).toEqual({ value, wrong: [] });
    }),
  );
});

test("no schema breaks a form, whatever it says", () => {
  fc.assert(
    fc.property(
      fc.object({
        key: fc.constantFrom("type", "properties", "items", "enum", "$ref", "anyOf", "required", "x"),
      }),
      (schema) => {
        const form = toField(schema);
        written(form, blank(form, defaultOf(schema)));
      },
    ),
  );
  let deep: object = { type: "string" };
  for (let level = 0; level < 1000; level++)
    deep = { type: "object", properties: { a: deep }, required: ["a"] };
  expect(toField(deep as never).kind).toBe("object");
});
