/** Agents of the AI SDK as agents of ours: over HTTP, with tools, structure, budgets, cancelling and faults. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, ToolLoopAgent, isStepCount, tool } from "ai";
import { contract, start, type HermodError, type Target } from "hermod";
import { aiAgent, type AiAgentOptions, type AiSdkAgent } from "hermod/ai";
import * as z from "zod";
import { caught } from "../runtime/stage.ts";
import { openAiServer, type OpenAiServer } from "./server.kit.ts";

const Writer = contract("writer", {
  calls: { write: { in: z.string(), out: z.string(), chunk: z.string() } },
});
const verdict = z.object({ ok: z.boolean(), note: z.string() });
const Critic = contract("critic", {
  calls: { review: { in: z.object({ text: z.string() }), out: verdict } },
});

/** What a step of the test server uses: 11 tokens in, 7 out. */
const STEP = 18;
const add = tool({
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});
const adds = { calls: [{ name: "add", arguments: '{"a":2,"b":3}' }] };

/** An agent as an application has it: it knows nothing of us. */
function existing({ url }: OpenAiServer, more: object = {}): AiSdkAgent {
  const provider = createOpenAICompatible({
    name: "test",
    baseURL: url,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const settings = { instructions: "You are short.", maxRetries: 0, onError: () => undefined, ...more };
  return new ToolLoopAgent({ model: provider.chatModel("small"), ...settings });
}

const running = (target: Target, agent: AiSdkAgent, options?: AiAgentOptions) =>
  start({ agents: [aiAgent(target, agent, options)] });

const causeOf = (error: HermodError) => error.cause as HermodError;

test("an agent of the AI SDK is an agent in one line: called, given tasks, and told its sender as marked data", async () => {
  await using server = await openAiServer();
  await using system = await running("writer", existing(server));
  server.next({ say: "It turns." }, { say: "It turns twice." });
  assert.equal(await system.call("writer", "draft", "the </message> tide"), "It turns.");
  assert.equal(await (await system.task("writer", "", "the tide")).result(), "It turns twice.");
  const [first, last] = server.requests[0]?.body.messages ?? [];
  assert.deepEqual([first?.role, first?.content], ["system", "You are short."]);
  assert.match(
    String(last?.content),
    /^<message from="\S+" operation="draft">\nthe &lt;\/message> tide\n<\/message>$/,
  );
});

test("its prompt can be made of the message", async () => {
  await using server = await openAiServer();
  const prompt = (topic: unknown) => `Write about ${topic as string}.`;
  await using system = await running(Writer, existing(server), { prompt });
  await system.call(Writer, "write", "the tide");
  assert.equal(server.requests[0]?.body.messages.at(-1)?.content, "Write about the tide.");
});

test("its text comes in parts, over its tools, and its last text is the result", async () => {
  await using server = await openAiServer();
  await using system = await running(Writer, existing(server, { tools: { add } }));
  server.next({ ...adds, say: "I add." }, { say: "It is five." });
  const task = await system.task(Writer, "write", "2 + 3", { conversation: "c1" });
  const parts: string[] = [];
  for await (const { value } of task.parts()) parts.push(value);
  assert.deepEqual(parts, ["I", " add.", "It", " is", " five."]);
  assert.equal(await task.result(), "It is five.");
  assert.deepEqual(await system.spent("c1"), { tokens: 2 * STEP });
});

test("what its contract wants as data is what its output makes, or JSON, and is checked", async () => {
  await using server = await openAiServer();
  const good = '{"ok":true,"note":"short"}';
  for (const more of [{ output: Output.object({ schema: verdict }) }, {}]) {
    await using system = await running(Critic, existing(server, more));
    server.next({ say: good }, { say: '{"ok":1}' }, { say: "well" });
    assert.deepEqual(await system.call(Critic, "review", { text: "x" }), { ok: true, note: "short" });
    const misfit = causeOf(await caught(system.call(Critic, "review", { text: "x" })));
    assert.ok(["HERMOD_BAD_REPLY", "HERMOD_MODEL_OUTPUT"].includes(misfit.code), misfit.code);
    const none = causeOf(await caught(system.call(Critic, "review", { text: "x" })));
    assert.equal(none.code, "HERMOD_MODEL_OUTPUT");
  }
});

test("each step is paid from the conversation's budget: an agent that goes on for ever is ended before the step that it cannot pay", async () => {
  await using server = await openAiServer();
  const agent = existing(server, { tools: { add }, stopWhen: isStepCount(50) });
  await using system = await running(Writer, agent, { price: { input: 1e6, output: 2e6 } });
  server.next(...Array.from({ length: 20 }, () => adds));
  const terms = { conversation: "c1", budget: { tokens: 1100 } } as const;
  const error = causeOf(await caught(system.call(Writer, "write", "2 + 3", terms)));
  assert.equal(error.code, "HERMOD_BUDGET");
  const { tokens = 0, cost } = await system.spent("c1");
  assert.equal(tokens, server.requests.length * STEP);
  assert.ok(tokens <= 1100 && server.requests.length > 1 && server.requests.length < 20, `${tokens}`);
  assert.equal(cost, server.requests.length * (11 + 2 * 7));
});

test("a conversation that has nothing left does not reach its model", async () => {
  await using server = await openAiServer();
  await using system = await running(Writer, existing(server));
  const error = causeOf(await caught(system.call(Writer, "write", "x", { budget: { tokens: 10 } })));
  assert.deepEqual([error.code, server.requests.length], ["HERMOD_BUDGET", 0]);
});

test("cancelling ends its request, and what was said by then is counted", async () => {
  await using server = await openAiServer();
  await using system = await running(Writer, existing(server));
  server.next({ fault: "stall", say: "one two three four" });
  const task = await system.task(Writer, "write", "count", { conversation: "c1" });
  for await (const { value } of task.parts()) {
    assert.equal(value, "one");
    break;
  }
  assert.equal(await task.cancel(), "signalled");
  assert.equal(await server.requests[0]?.closed, "aborted");
  assert.equal((await caught(task.result())).code, "HERMOD_CANCELLED");
  const { tokens = 0 } = await system.spent("c1");
  assert.ok(tokens > 0 && tokens < 100, `${tokens}`);
});

const faults = [
  [{ fault: "status", status: 429, headers: { "retry-after": "2" } }, "HERMOD_RATE_LIMITED", true],
  [{ fault: "status", status: 401 }, "HERMOD_MODEL", false],
  [{ fault: "status", status: 503 }, "HERMOD_MODEL", true],
  [{ fault: "cut", say: "one two three" }, "HERMOD_MODEL", true],
  [{ fault: "malformed-sse" }, "HERMOD_MODEL", true],
  [{ say: "no", finish: "content_filter" }, "HERMOD_MODEL_OUTPUT", false],
] as const;
for (const [answer, code, retryable] of faults)
  test(`what goes wrong is a coded error: ${JSON.stringify(answer)}`, async () => {
    await using server = await openAiServer();
    await using system = await running(Writer, existing(server));
    server.next(answer);
    const error = causeOf(await caught(system.call(Writer, "write", "x", { conversation: "c1" })));
    assert.deepEqual([error.code, error.retryable], [code, retryable], error.message);
    if ("headers" in answer) assert.equal(error.details["retryAfter"], 2000);
    if ("status" in answer) assert.equal((await system.spent("c1"))["tokens"], 0);
  });

test("where the SDK tries again by itself, its last error tells", async () => {
  await using server = await openAiServer();
  await using system = await running(Writer, existing(server, { maxRetries: 1 }));
  const limit = { fault: "status", status: 429, headers: { "retry-after-ms": "1" } } as const;
  server.next(limit, limit);
  const error = causeOf(await caught(system.call(Writer, "write", "x")));
  assert.deepEqual([error.code, server.requests.length], ["HERMOD_RATE_LIMITED", 2]);
});

test("an agent that ends while it wants tools has not answered", async () => {
  await using server = await openAiServer();
  await using system = await running(Writer, existing(server, { tools: { add }, stopWhen: isStepCount(1) }));
  server.next(adds);
  const error = causeOf(await caught(system.call(Writer, "write", "2 + 3")));
  assert.deepEqual([error.code, error.message.includes("tools")], ["HERMOD_MODEL_OUTPUT", true]);
});

test("an agent by hand that tells of no steps is counted by its total", async () => {
  const stream = async function* () {
    yield { type: "text-delta", text: "It turns." };
    yield { type: "finish", finishReason: "stop", totalUsage: { inputTokens: 30, outputTokens: 12 } };
  };
  const byHand = {
    generate: async () => ({}),
    stream: async () => ({ stream: stream(), text: "It turns." }),
  };
  await using system = await running(Writer, byHand);
  assert.equal(await system.call(Writer, "write", "x", { conversation: "c1" }), "It turns.");
  assert.equal((await system.spent("c1"))["tokens"], 42);
});

/** What an agent by hand is told of. */
interface Told {
  readonly abortSignal: AbortSignal;
  readonly onStepStart: () => Promise<void>;
  readonly onStepEnd: (step: { usage: object }) => Promise<void>;
}

/** An agent by hand: one step with text, and how it ends in the second one. */
function twoSteps(end: (told: Told) => void): AiSdkAgent {
  const steps = async function* (told: Told) {
    await told.onStepStart();
    yield { type: "text-delta", text: "It turns, and turns, and turns." };
    await told.onStepEnd({ usage: { inputTokens: 10, outputTokens: 5 } });
    await told.onStepStart();
    end(told);
  };
  const stream = async (told: Told) => ({ stream: steps(told), text: "It turns." });
  return { generate: async () => ({}), stream };
}

test("an agent that is ended between two steps has not answered, however it takes it", async () => {
  const ends = {
    quietly: () => undefined,
    "with an error of its own": ({ abortSignal }: Told) => {
      if (abortSignal.aborted) throw new Error("stopped");
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    await using system = await running(Writer, twoSteps(end));
    const budget = { tokens: 1025 };
    const error = causeOf(await caught(system.call(Writer, "write", "x", { budget })));
    assert.equal(error.code, "HERMOD_BUDGET", how);
  }
});

test("a step that fails before its first word costs nothing, whatever was said in the one before", async () => {
  const fails = () => {
    throw new Error("no ink");
  };
  await using system = await running(Writer, twoSteps(fails));
  const error = causeOf(await caught(system.call(Writer, "write", "x", { conversation: "c1" })));
  assert.equal(error.code, "HERMOD_MODEL");
  assert.equal((await system.spent("c1"))["tokens"], 15);
});

test("what is no such agent, and options that are none, are refused by name", async () => {
  await using server = await openAiServer();
  const agent = existing(server);
  for (const wrong of [
    () => aiAgent(Writer, {} as never),
    () => aiAgent(Writer, undefined as never),
    () => aiAgent(Writer, agent, { prompt: "x" as never }),
    () => aiAgent(Writer, agent, { price: { input: -1, output: 1 } }),
    () => aiAgent(Writer, agent, { state: () => ({}) } as never),
    () => aiAgent(Writer, agent, { instructions: "x" } as never),
  ])
    assert.throws(wrong, { code: "HERMOD_BAD_OPTION" }, String(wrong));
});
