import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import { HermodError } from "./errors.ts";
import { isPromise } from "./maybe.ts";
import { codeOf, thrownBy } from "./samples.test.kit.ts";
import { isSchema, validate, type Schema } from "./schema.ts";

type Validate = Schema["~standard"]["validate"];

/** A validator of one's own. */
function made(run: Validate): Schema {
  return { "~standard": { version: 1, vendor: "own", validate: run } };
}

const later = z.object({ text: z.string().refine(async (text) => text !== "bad", "is bad") });

test("schemas of zod, valibot and one's own are known by their shape", () => {
  for (const schema of [z.string(), v.string(), made((value) => ({ value }))]) assert.ok(isSchema(schema));
  const functionLike = Object.assign(
    () => 1,
    made((value) => ({ value })),
  );
  assert.ok(isSchema(functionLike));
});

test("other values are no schemas", () => {
  const others: readonly unknown[] = [
    undefined,
    null,
    1,
    "x",
    {},
    [],
    () => 1,
    { "~standard": null },
    { "~standard": { version: 2 } },
  ];
  for (const value of [...others, { "~standard": { version: 1 } }]) assert.ok(!isSchema(value));
});

test("a fitting value gives what the schema yields, at once where the validator is synchronous", () => {
  assert.equal(validate(z.string().transform(Number), "7", "x"), 7);
  assert.equal(validate(v.pipe(v.string(), v.transform(Number)), "7", "x"), 7);
  assert.deepEqual(validate(z.object({ a: z.number().default(3) }), {}, "x"), { a: 3 });
});

test("an asynchronous validator gives a promise", async () => {
  const result = validate(later, { text: "good" }, "x");
  assert.ok(isPromise(result));
  assert.deepEqual(await result, { text: "good" });
});

test("a value that does not fit is refused with each path and what is wrong there", () => {
  for (const schema of [
    z.object({ a: z.object({ b: z.array(z.number()) }) }),
    v.object({ a: v.object({ b: v.array(v.number()) }) }),
  ]) {
    const error = thrownBy(() => validate(schema, { a: { b: [1, "x"] } }, "critic.review"));
    assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
    assert.match(error.message, /^critic\.review does not fit its schema: \$\.a\.b\.1: /);
    assert.equal((error.details["issues"] as unknown[]).length, 1);
  }
});

test("an issue without a path is one of the whole value", () => {
  assert.match(thrownBy(() => validate(z.string(), 1, "x")).message, /: \$: /);
});

test("of very many issues the first ten are told", () => {
  const error = thrownBy(() =>
    validate(
      z.array(z.string()),
      Array.from({ length: 1000 }, (_, at) => at),
      "x",
    ),
  );
  assert.equal((error.details["issues"] as unknown[]).length, 10);
});

test("an asynchronous refusal has the same form", async () => {
  await assert.rejects(
    async () => validate(later, { text: "bad" }, "x"),
    (error) => {
      assert.ok(error instanceof HermodError);
      assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
      assert.match(error.message, /\$\.text: is bad/);
      return true;
    },
  );
});

test("a refused reply has a code of its own", () => {
  assert.equal(
    codeOf(() => validate(z.string(), 1, "x", "HERMOD_BAD_REPLY")),
    "HERMOD_BAD_REPLY",
  );
});

const boom = new Error("boom");

test("a validator that throws is a coded error with the thrown one as its cause", () => {
  const error = thrownBy(() =>
    validate(
      made(() => {
        throw boom;
      }),
      1,
      "critic.review",
    ),
  );
  assert.equal(error.message, "the schema of critic.review threw: boom");
  assert.equal(error.cause, boom);
});

test("a validator whose promise is rejected is a coded error as well", async () => {
  const rejected = async (): Promise<unknown> =>
    validate(
      made(() => Promise.reject(boom)),
      1,
      "critic.review",
      "HERMOD_BAD_REPLY",
    );
  await assert.rejects(
    rejected,
    (error) => error instanceof HermodError && error.code === "HERMOD_BAD_REPLY" && error.cause === boom,
  );
});

test("a validator may answer with anything that can be awaited", async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- what is tried here
  const thenable = { then: (fulfil: (result: unknown) => void) => fulfil({ value: 7 }) };
  assert.equal(await validate(made((() => thenable) as unknown as Validate), 1, "x"), 7);
});

test("a validator that breaks the standard's rules gives a coded error, never an uncoded one", async () => {
  const answers: readonly unknown[] = [
    undefined,
    null,
    7,
    { issues: null },
    { issues: "wrong" },
    { issues: [null] },
    { issues: [{ path: [null], message: 1 }] },
  ];
  for (const answer of answers) {
    for (const run of [() => answer, () => Promise.resolve(answer)]) {
      const result = (async () => validate(made(run as Validate), 1, "x"))();
      await assert.rejects(result, (error) => error instanceof HermodError, JSON.stringify(answer));
    }
  }
});
