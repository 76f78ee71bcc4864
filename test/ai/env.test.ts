/** The environment: what names a model, what bounds it, and what is refused. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, test, type TestContext } from "node:test";
import type { ModelPart } from "hermod";
import { modelFromEnv, type EnvModelOptions } from "hermod/ai";
import { testClock } from "hermod/testing";
import { caught } from "../runtime/stage.ts";
import { isTest, readSources, root } from "../source.ts";
import { strip } from "../strip.ts";
import { all, asking, modelAt, named, ways } from "./ai.kit.ts";
import { openAiServer, type OpenAiServer } from "./server.kit.ts";

const local = { LLM_MODEL: "small", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

describe("a model", () => {
  test("is there where one is named, and nowhere else: a key alone never spends", () => {
    const key = { OPENAI_API_KEY: "sk-0123456789", OPENAI_BASE_URL: local.OPENAI_BASE_URL };
    for (const env of [
      {},
      key,
      { ...key, LLM_MODEL: "" },
      { ...key, LLM_MODEL: "  " },
      { LLM_MAX_COST: "nonsense" },
    ])
      assert.equal(modelFromEnv(env), undefined);
    assert.equal(named(local).name, "small");
    assert.equal(named({ ...key, OPENAI_MODEL: "large" }).name, "large");
    assert.equal(named({ ...key, LLM_MODEL: "small", OPENAI_MODEL: "large" }).name, "small");
    assert.equal(named(local, { name: "ours" }).name, "ours");
  });
  test("is read from the variables of the process when it is asked for, and not before", (t: TestContext) => {
    const before = { ...process.env };
    t.after(() => void (process.env = before));
    process.env = {};
    assert.equal(modelFromEnv(), undefined);
    process.env = { ...local };
    assert.equal(modelFromEnv()?.name, "small");
  });
  test("is the only thing that the library reads there", () => {
    const library = readSources(join(root, "packages/hermod/src")).filter(({ path }) => !isTest(path));
    const readers = library.filter(({ text }) => /\bprocess\.env\b/.test(strip(text)));
    assert.deepEqual(
      readers.map(({ path }) => path),
      ["bridges/ai/env.ts"],
    );
  });
  test("is asked with the key", async () => {
    await using server = await openAiServer({ key: "sk-right" });
    assert.equal(await modelAt(server, { OPENAI_API_KEY: " sk-right\n" }).text("so"), "You said: so");
  });
  test("takes no unknown option", () => {
    const bad = [{ prize: 1 }, { price: { input: -1, output: 1 } }, { maxAnswer: 1.5 }, { name: "" }, 7];
    for (const options of bad)
      assert.throws(() => modelFromEnv(local, options as EnvModelOptions), { code: "HERMOD_BAD_OPTION" });
  });
});

describe("nonsense is refused by the variable's name, and no key is shown:", () => {
  const wrong: readonly (readonly [name: string, ...values: readonly string[]])[] = [
    [
      "OPENAI_BASE_URL",
      "localhost:11434",
      "nowhere",
      "ftp://host/v1",
      "http://me:hidden@host/v1",
      "http://host/v1?key=hidden",
    ],
    ["OPENAI_API_KEY", "sk-hidden\u0007", "sk hidden", "sk-hidden…"],
    ["LLM_MAX_COST", "-1", "much", "1e3", "NaN", "0x10"],
    ["LLM_TIMEOUT", "soon", "0", "-1s", "5 s", "0s"],
    ["LLM_CONCURRENCY", "0", "-1", "1.5", "many", "9999999999"],
    ["LLM_REQUESTS", "0", "1.5", "1e3"],
    ["LLM_TOKENS", "-5", "30k"],
  ];
  for (const [name, ...values] of wrong)
    for (const value of values)
      test(`${name}=${JSON.stringify(value)}`, () => {
        try {
          modelFromEnv({ ...local, [name]: value });
        } catch (error) {
          const { code, details } = error as { code: string; details: { option: string } };
          assert.deepEqual([code, details.option], ["HERMOD_BAD_OPTION", name]);
          assert.doesNotMatch(inspect(error), /hidden/);
          return;
        }
        assert.fail("taken");
      });
  test("OpenAI's own endpoint without a key", () => {
    assert.throws(() => modelFromEnv({ LLM_MODEL: "gpt-5" }), {
      code: "HERMOD_BAD_OPTION",
      message: /OPENAI_API_KEY/,
    });
    assert.equal(named({ LLM_MODEL: "gpt-5", OPENAI_API_KEY: "sk-0123456789" }).name, "gpt-5");
  });
});

describe("LLM_CONCURRENCY", () => {
  test("is how many run at once; the others wait in the order in which they came", async () => {
    await using server = await openAiServer();
    server.next({ fault: "slow" }, { fault: "slow" });
    const model = modelAt(server, { LLM_CONCURRENCY: "2" });
    const ended: string[] = [];
    const asked = ["a", "b", "c", "d", "e"].map((word) => model.text(word).then(() => ended.push(word)));
    await server.received(2);
    assert.deepEqual(wordsOf(server), ["a", "b"]);
    server.release();
    await Promise.all(asked);
    assert.deepEqual([wordsOf(server).length, wordsOf(server).slice(2).join("")], [5, "cde"]);
    assert.equal(ended.length, 5);
  });
  test("counts a stream until it is read or left", async () => {
    await using server = await openAiServer();
    const model = modelAt(server, { LLM_CONCURRENCY: "1" });
    const reader = model.stream(asking("a"))[Symbol.asyncIterator]();
    await reader.next();
    const second = model.text("b");
    const third = all(model.stream(asking("c")));
    assert.deepEqual(wordsOf(server), ["a"]);
    await reader.return?.();
    assert.equal(await second, "You said: b");
    assert.equal((await third).at(-1)?.type, "end");
  });
  test("lets go of who does not want to wait any more, and of what has failed", async () => {
    await using server = await openAiServer();
    server.next({ fault: "slow" }, { fault: "status", status: 500 });
    const model = modelAt(server, { LLM_CONCURRENCY: "1" });
    const first = model.text("a");
    const ending = new AbortController();
    const impatient = assert.rejects(model.text("b", { signal: ending.signal }), { message: "enough" });
    const failing = caught(model.text("c"));
    const last = model.text("d");
    await server.received(1);
    ending.abort(new Error("enough"));
    await impatient;
    server.release();
    await first;
    assert.equal((await failing).code, "HERMOD_MODEL");
    assert.equal(await last, "You said: d");
    assert.deepEqual(wordsOf(server), ["a", "c", "d"]);
  });
  test("gives a turn's own time to each: waiting for a turn is not timed", async () => {
    await using server = await openAiServer();
    server.next({ fault: "slow" }, { fault: "slow" });
    const clock = testClock();
    const model = modelAt(server, { LLM_CONCURRENCY: "1", LLM_TIMEOUT: "1000" }, { clock });
    const [first, second] = [caught(model.text("a")), model.text("b")];
    await server.received(1);
    await clock.advance(1000);
    assert.equal((await first).code, "HERMOD_TIMEOUT");
    await server.received(2);
    await clock.advance(999);
    server.release();
    assert.equal(await second, "late");
  });
});

function wordsOf(server: OpenAiServer): readonly unknown[] {
  return server.requests.map(({ body }) => body.messages[0]?.content);
}

for (const [way, ask] of Object.entries(ways))
  describe(`LLM_MAX_COST, asked ${way},`, () => {
    const usage = { prompt_tokens: 100_000, completion_tokens: 100_000 };
    const price = { input: 1, output: 4 };

    test("ends the spending of all models of the environment, with what was spent", async () => {
      await using server = await openAiServer();
      const env = { LLM_MODEL: "small", OPENAI_BASE_URL: server.url, LLM_MAX_COST: "1" };
      server.next({ say: "a", usage }, { say: "a", usage });
      await ask(named(env, { price }), asking("a"));
      await ask(named(env, { price }), asking("a"));
      const { code, details, hint } = await caught(ask(named(env, { price }), asking("a")));
      assert.deepEqual(
        [code, details["name"], details["limit"], details["spent"]],
        ["HERMOD_BUDGET", "cost", 1, 1],
      );
      assert.match(hint, /LLM_MAX_COST/);
      assert.equal(server.requests.length, 2);
      assert.equal((await ask(named({ ...env }, { price }), asking("b"))).text, "You said: b");
    });
    test("is kept by what the endpoint says where no price is known", async () => {
      await using server = await openAiServer();
      const model = modelAt(server, { LLM_MAX_COST: "0.5" });
      server.next({ say: "a", usage: { ...usage, cost: 0.5 } });
      await ask(model, asking("a"));
      assert.equal((await caught(ask(model, asking("a")))).code, "HERMOD_BUDGET");
    });
    test("sets aside what calls side by side may cost; what failed gives it back", async () => {
      await using server = await openAiServer();
      server.next({ fault: "slow" });
      const model = modelAt(server, { LLM_MAX_COST: "5" }, { price: { input: 0, output: 1 } });
      const most = { maxTokens: 3_000_000 };
      const first = ask(model, asking("a", most));
      await server.received(1);
      assert.equal((await caught(ask(model, asking("b", most)))).code, "HERMOD_BUDGET");
      server.release();
      await first;
      server.next({ fault: "status", status: 500 });
      await caught(ask(model, asking("c", most)));
      assert.equal((await ask(model, asking("d", most))).text, "You said: d");
    });
    test("of 0 lets nothing out that costs", async () => {
      await using server = await openAiServer();
      const { code } = await caught(ask(modelAt(server, { LLM_MAX_COST: "0" }), asking("a")));
      assert.deepEqual([code, server.requests.length], ["HERMOD_BUDGET", 0]);
    });
    test("that cannot be kept is warned of, once", async (t: TestContext) => {
      await using server = await openAiServer();
      const emit = t.mock.method(process, "emitWarning", () => undefined);
      const model = modelAt(server, { LLM_MAX_COST: "1" });
      await ask(model, asking("a"));
      await ask(model, asking("a"));
      await ask(modelAt(server), asking("a"));
      assert.equal(emit.mock.callCount(), 1);
      assert.match(JSON.stringify(emit.mock.calls[0]?.arguments), /LLM_MAX_COST is not kept.*price/);
    });
  });

test("an answer that was not read to its end has cost what was said of it", async () => {
  await using server = await openAiServer();
  const model = modelAt(server, { LLM_MAX_COST: "1" }, { price: { input: 0, output: 1_000_000 } });
  server.next({ fault: "stall" });
  const parts: AsyncIterator<ModelPart> = model.stream(asking("a", { maxTokens: 1 }))[Symbol.asyncIterator]();
  await parts.next();
  await parts.return?.();
  const { details } = await caught(model.generate(asking("a", { maxTokens: 1 })));
  assert.equal(details["spent"], 1);
});
