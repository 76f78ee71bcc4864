/** Recorded once, replayed in tests: the same answers to the same questions, and a clear word where the question is another one. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { HermodError } from "../core/errors.ts";
import type { Model, ModelPart, ModelRequest } from "../core/model.ts";
import { simulated, type Script } from "./model.ts";
import { recorded } from "./recorded.ts";
import { replayed } from "./replayed.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-recording-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `${++files}.jsonl`);

function asking(content: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: "user", content }], ...more };
}

/** What comes of a stream, the error it ends with included. */
async function heard(parts: AsyncIterable<ModelPart>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  try {
    for await (const part of parts) all.push(part);
  } catch (error) {
    all.push(error instanceof HermodError ? error.toJSON() : error);
  }
  return all;
}

async function failure(promise: Promise<unknown>): Promise<HermodError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HermodError, `no coded error but ${String(error)}`);
  return error;
}

const script: readonly Script[] = [
  { when: "add", call: [{ name: "add", input: { a: 1 } }], times: 1 },
  { when: "again", say: "first", times: 1 },
  { when: "again", say: "second" },
  { when: "wait", fault: "rate-limit" },
  { when: "cut", say: "one two three four", fault: "cut" },
];

/** Asks for everything that can come of a call. */
async function asked(model: Model): Promise<readonly unknown[]> {
  const signal = new AbortController().signal;
  const tools = [{ name: "add", input: { type: "object" } }];
  return [
    await model.text("the tide", { agent: "writer", signal }),
    await model.generate(asking("add", { tools, maxTokens: 10 })),
    await model.text("again"),
    await model.text("again"),
    (await failure(model.text("wait"))).toJSON(),
    await heard(model.stream(asking("a poem", { signal }))),
    await heard(model.stream(asking("cut"))),
  ];
}

test("what was recorded is replayed as it was: text, tools, repeats, errors and pieces", async () => {
  const file = newFile();
  const real = await asked(recorded(simulated({ script, price: { input: 1, output: 1 } }), file));
  const model = replayed(file);
  assert.deepEqual([model.name, model.left], [simulated().name, 7]);
  assert.deepEqual(await asked(model), real);
  assert.equal(model.left, 0);
  assert.doesNotMatch(readFileSync(file, "utf8"), /"signal":/);
});

test("requests are known by their content, in whatever order they and their fields come", async () => {
  const file = newFile();
  const real = recorded(simulated(), file);
  const [first, second] = [await real.text("a", { temperature: 0, agent: "x" }), await real.text("b")];
  const model = replayed(file);
  assert.equal(await model.text("b"), second);
  assert.equal(await model.text("a", { agent: "x", temperature: 0 }), first);
});

test("what was recorded whole can be read in pieces, and the other way round", async () => {
  const file = newFile();
  const real = recorded(simulated(), file);
  const reply = await real.generate(asking("a"));
  const parts = await heard(real.stream(asking("b")));
  const model = replayed(file);
  assert.deepEqual(await heard(model.stream(asking("a"))), [
    { type: "text", text: reply.text },
    { type: "end", reply },
  ]);
  assert.deepEqual({ type: "end", reply: await model.generate(asking("b")) }, parts.at(-1));
});

test("a call that nobody wanted any more waits for its signal, or says so", async () => {
  const file = newFile();
  const real = recorded(simulated({ script: [{ when: "a", fault: "stall", say: "one two" }] }), file);
  for (const _ of [1, 2]) for await (const part of real.stream(asking("a"))) if (part.type === "text") break;
  const model = replayed(file);
  const [piece, error] = await heard(model.stream(asking("a")));
  assert.deepEqual(piece, { type: "text", text: "one " });
  assert.match(String((error as HermodError).message), /the recording ends here/);
  const ending = new AbortController();
  const reader = model.stream(asking("a", { signal: ending.signal }))[Symbol.asyncIterator]();
  await reader.next();
  const next = assert.rejects(Promise.resolve(reader.next()), { message: "enough" });
  ending.abort(new Error("enough"));
  await next;
});

test("a call that its signal ended is not recorded as a failure of the model", async () => {
  const file = newFile();
  const real = recorded(simulated({ script: [{ when: "a", fault: "stall", say: "one two" }] }), file);
  const ending = new AbortController();
  const call = assert.rejects(real.generate(asking("a", { signal: ending.signal })), { message: "enough" });
  setImmediate(() => ending.abort(new Error("enough")));
  await call;
  const { left, error } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  assert.deepEqual([left, error], [true, undefined]);
});

describe("a request that was not recorded", () => {
  test("is told with the nearest that was, and where they differ", async () => {
    const file = newFile();
    const real = recorded(simulated(), file);
    for (const prompt of ["Two lines on the sea", "A joke", "Two lines on the moon"]) await real.text(prompt);
    const error = await failure(replayed(file).text("Two lines on the mood"));
    assert.deepEqual([error.code, error.retryable], ["HERMOD_MODEL", false]);
    assert.deepEqual(error.details, {
      asked: asking("Two lines on the mood"),
      nearest: asking("Two lines on the moon"),
      line: 3,
    });
    assert.match(error.message, /the mood.*nearest.*the moon/);
  });
  test("is compared from both ends", async () => {
    const file = newFile();
    const real = recorded(simulated(), file);
    for (const prompt of ["A: two lines on the sea, at night", "B is none of these"]) await real.text(prompt);
    const { details } = await failure(replayed(file).text("B: two lines on the sea, at night"));
    assert.equal(details["line"], 1);
  });
  test("as often is told so", async () => {
    const file = newFile();
    await recorded(simulated(), file).text("a");
    const model = replayed(file);
    await model.text("a");
    assert.match((await failure(model.text("a"))).message, /once more/);
  });
  test("at all is told so", async () => {
    const file = newFile();
    recorded(simulated(), file);
    assert.match((await failure(replayed(file).text("a"))).message, /the recording is empty/);
  });
});

test("a model that only says text can be recorded", async () => {
  const file = newFile();
  const model = recorded({ name: "plain", text: async (prompt: string) => `on ${prompt}` }, file);
  assert.equal(await model.text("tides"), "on tides");
  assert.equal(await replayed(file).text("tides"), "on tides");
});

describe("a file is refused", () => {
  const bad = (text: string): string => {
    const file = newFile();
    writeFileSync(file, text);
    return file;
  };
  const good = '{"model":"m","request":{"messages":[]},"left":true}\n';
  const wrong: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["that is not there", () => replayed(join(folder, "none.jsonl")), /cannot be read/],
    [
      "that cannot be written",
      () => recorded(simulated(), join(folder, "none", "a.jsonl")),
      /cannot be written/,
    ],
    ["that is no JSON, by its line", () => replayed(bad(`${good}{"mod`)), /no JSON in line 2/],
    [
      "that holds something else",
      () => replayed(bad(`${good}${good}{"messages":[]}`)),
      /no call of a model in line 3/,
    ],
    ["that holds null", () => replayed(bad("null")), /line 1/],
    ["without a name", () => replayed(""), /replayed.file/],
    ["for no model", () => recorded({} as Model, join(folder, "a.jsonl")), /text/],
  ];
  for (const [what, run, message] of wrong)
    test(what, () => assert.throws(run, { code: "HERMOD_BAD_OPTION", message }));
});
