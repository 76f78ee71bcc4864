/** Answers of a real endpoint, over HTTP: text, tools, structure, pieces, usage and cost. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { fromAiSdk, type AiSdkModel } from "hermod/ai";
import { caught, only } from "../runtime/stage.ts";
import { all, asking, lastOf, modelAt, ways } from "./ai.kit.ts";
import { openAiServer } from "./server.kit.ts";

const add = {
  name: "add",
  description: "adds",
  input: { type: "object", properties: { a: { type: "number" } } },
};
const twice = {
  calls: [
    { name: "add", arguments: '{"a":1}' },
    { name: "add", arguments: '{"a":22}' },
  ],
};

test("text goes in and comes out", async () => {
  await using server = await openAiServer();
  assert.equal(await modelAt(server).text("the tide"), "You said: the tide");
  const { path, body, headers } = only(server.requests);
  assert.deepEqual(
    [path, body.model, body.messages],
    ["/v1/chat/completions", "small", [{ role: "user", content: "the tide" }]],
  );
  assert.equal(headers.authorization, undefined);
});

test("pieces come in order, and the reply holds them all", async () => {
  await using server = await openAiServer();
  server.next({ say: "it turns twice a day" });
  const parts = await all(modelAt(server).stream(asking("the tide")));
  const pieces = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  assert.deepEqual(pieces, ["it", " turns", " twice", " a", " day"]);
  const usage = { inputTokens: 11, outputTokens: 7 };
  assert.deepEqual(lastOf(parts), { text: pieces.join(""), toolCalls: [], usage, finish: "stop" });
});

test("answers of tools that follow one another are one message to the SDK, and no tool can be executed by it", async () => {
  const asked: {
    prompt: readonly { role: string; content: readonly unknown[] }[];
    tools: readonly object[];
  }[] = [];
  const doGenerate: AiSdkModel["doGenerate"] = (options) => (asked.push(options), older.doGenerate(options));
  const told = ["1", "2"].map((toolCallId) => ({
    role: "tool" as const,
    content: "so",
    toolCallId,
    toolName: "add",
  }));
  const messages = [...asking("add").messages, ...told, ...asking("and?").messages, ...told];
  await fromAiSdk({ ...older, specificationVersion: "v4", doGenerate }).generate({
    messages,
    tools: [add],
  });
  const { prompt, tools } = only(asked);
  assert.deepEqual(
    prompt.map(({ role, content }) => [role, content.length]),
    [
      ["user", 1],
      ["tool", 2],
      ["user", 1],
      ["tool", 2],
    ],
  );
  assert.deepEqual(Object.keys(only(tools)).toSorted(), ["description", "inputSchema", "name", "type"]);
});

for (const [way, ask] of Object.entries(ways))
  describe(`asked ${way}`, () => {
    test("tools are offered, and several calls come back side by side", async () => {
      await using server = await openAiServer();
      server.next(twice);
      const reply = await ask(modelAt(server), asking("add", { tools: [add], toolChoice: "required" }));
      assert.deepEqual(reply.toolCalls, [
        { id: "call-1", name: "add", input: { a: 1 } },
        { id: "call-2", name: "add", input: { a: 22 } },
      ]);
      assert.deepEqual([reply.finish, reply.text], ["tools", ""]);
      const { tools, tool_choice: choice } = only(server.requests).body;
      const { input: parameters, ...named } = add;
      assert.deepEqual(
        [tools, choice],
        [[{ type: "function", function: { ...named, parameters } }], "required"],
      );
    });

    test("what tools have answered is told with the calls that it answers", async () => {
      await using server = await openAiServer();
      const toolCalls = [1, 2].map((a) => ({ id: `c${a}`, name: "add", input: { a } }));
      const answers = toolCalls.map(({ id }) => ({
        ...{ role: "tool" as const, content: `sum ${id}`, toolCallId: id, toolName: "add" },
      }));
      const messages = [
        { role: "system" as const, content: "be brief" },
        { role: "user" as const, content: "add" },
        { role: "assistant" as const, content: "", toolCalls },
        ...answers,
      ];
      await ask(modelAt(server), { messages, tools: [add] });
      const [system, , assistant, ...told] = only(server.requests).body.messages as readonly Record<
        string,
        unknown
      >[];
      assert.deepEqual(system, { role: "system", content: "be brief" });
      const calls = assistant?.["tool_calls"] as { id: string; function: { arguments: string } }[];
      assert.deepEqual(
        calls.map((call) => [call.id, call.function.arguments]),
        [
          ["c1", '{"a":1}'],
          ["c2", '{"a":2}'],
        ],
      );
      assert.deepEqual(
        told.map(({ tool_call_id: id, content }) => [id, content]),
        [
          ["c1", "sum c1"],
          ["c2", "sum c2"],
        ],
      );
    });

    test("arguments that are no JSON stay text, and none are an empty object", async () => {
      await using server = await openAiServer();
      server.next({
        calls: [
          { name: "add", arguments: '{"a": 1' },
          { name: "add", arguments: "" },
        ],
      });
      const { toolCalls } = await ask(modelAt(server), asking("add", { tools: [add] }));
      assert.deepEqual(
        toolCalls.map(({ input }) => input),
        ['{"a": 1', {}],
      );
    });

    test("a schema is asked for without the rules of strict output", async () => {
      await using server = await openAiServer();
      server.next({ say: '{"a":1}' });
      const reply = await ask(
        modelAt(server),
        asking("a number", { schema: add.input, maxTokens: 9, temperature: 0 }),
      );
      assert.equal(reply.text, '{"a":1}');
      const { response_format: format, max_tokens: most, temperature } = only(server.requests).body;
      const schema = { schema: add.input, strict: false, name: "response" };
      assert.deepEqual([format, most, temperature], [{ type: "json_schema", json_schema: schema }, 9, 0]);
    });

    test("why it ended is told: too long, refused, tools whatever the endpoint calls it", async () => {
      await using server = await openAiServer();
      server.next({ say: "so", finish: "length" }, { refusal: "I will not." }, { ...twice, finish: "stop" });
      server.next({ say: "so", finish: "content_filter" }, { say: "so", finish: "odd" });
      const model = modelAt(server);
      const finishes: unknown[] = [];
      for (let at = 0; at < 5; at++) finishes.push((await ask(model, asking("go on"))).finish);
      assert.deepEqual(finishes, ["length", "refused", "tools", "refused", "other"]);
    });

    test("the cost is what the endpoint says, else by the price, else unknown; tokens that nobody counted are estimated", async () => {
      await using server = await openAiServer();
      const counted = { prompt_tokens: 1000, completion_tokens: 500 };
      const price = { input: 2, output: 4 };
      server.next({ say: "a", usage: { ...counted, cost: 0.5 } }, { say: "a", usage: counted });
      server.next({ say: "a", usage: counted }, { say: "twelve chars", usage: null });
      const priced = modelAt(server, {}, { price });
      assert.equal((await ask(priced, asking("a"))).usage.cost, 0.5);
      assert.equal((await ask(priced, asking("a"))).usage.cost, 0.004);
      assert.equal((await ask(modelAt(server), asking("a"))).usage.cost, undefined);
      const { inputTokens, outputTokens } = (await ask(priced, asking("a".repeat(35)))).usage;
      assert.equal(inputTokens, 14);
      assert.ok(outputTokens >= 4 && outputTokens <= 6, `${outputTokens} tokens`);
    });

    test("an answer beyond the limit is an error, and ends the call", async () => {
      await using server = await openAiServer();
      server.next({ say: "one two three" }, { calls: [{ name: "add", arguments: '{"a":1234567890}' }] });
      const model = modelAt(server, {}, { maxAnswer: 10 });
      for (const _ of [1, 2]) {
        const { code, details } = await caught(ask(model, asking("count", { tools: [add] })));
        assert.deepEqual([code, details["limit"]], ["HERMOD_TOO_LARGE", 10]);
      }
    });

    test("a response without end is cut off", async () => {
      await using server = await openAiServer();
      server.next({
        say: "x",
        usage: {
          prompt_tokens: 1,
          ...Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`u${at}`, at])),
        },
      });
      const { code } = await caught(ask(modelAt(server, {}, { maxAnswer: 10 }), asking("count")));
      assert.equal(code, "HERMOD_TOO_LARGE");
    });

    test("a model of the SDK is adapted as it is, whatever version it speaks", async () => {
      await using server = await openAiServer({ key: "sk-mine" });
      const made = createOpenAICompatible({ name: "mine", baseURL: server.url, apiKey: "sk-mine" }).chatModel(
        "small",
      );
      const model = fromAiSdk(made, { name: "ours" });
      assert.equal((await ask(model, asking("the tide"))).text, "You said: the tide");
      assert.deepEqual([model.name, fromAiSdk(made).name], ["ours", "small"]);
      assert.equal(server.requests[0]?.headers.authorization, "Bearer sk-mine");
      assert.equal((await ask(fromAiSdk(older), asking("the tide"))).text, "as in version 3");
    });
  });

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const finishReason = { unified: "stop", raw: "stop" };

/** A model of AI SDK 6. */
const older: AiSdkModel = {
  ...{ specificationVersion: "v3", provider: "ours", modelId: "older", supportedUrls: {} },
  doGenerate: async () => ({
    content: [{ type: "text", text: "as in version 3" }],
    finishReason,
    usage,
    warnings: [],
  }),
  doStream: async () => ({
    stream: ReadableStream.from([
      { type: "text-delta", id: "1", delta: "as in version 3" },
      { type: "finish", finishReason, usage },
    ]),
  }),
};

describe("what is no language model is refused with what to give instead:", () => {
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["a name", "openai/gpt-5", /openai\("gpt-5"\)/],
    ["nothing", undefined, /language model|provider/],
    ["a model for embeddings", { specificationVersion: "v4", modelId: "e", doEmbed: () => 0 }, /embeddings/],
    ["a version that is not known", { ...older, specificationVersion: "v9" }, /AI SDK 5, 6 or 7/],
  ];
  for (const [what, given, hint] of wrong)
    test(what, () => {
      assert.throws(() => fromAiSdk(given as AiSdkModel), { code: "HERMOD_BAD_OPTION", hint });
    });
  test("options that are none", () => {
    const bad = [{ prize: 1 }, { price: { input: 1 } }, { price: 3 }, { maxAnswer: 0 }, { name: "" }];
    for (const options of bad)
      assert.throws(() => fromAiSdk(older, options as object), { code: "HERMOD_BAD_OPTION" });
  });
});
