/** Bad input from models: whatever a model says, throws or keeps to itself, the work is bounded, paid once, and ends with a coded error or a retry. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  agentTool,
  contract,
  llmAgent,
  tool,
  type AgentDefinition,
  type HermodError,
  type ModelPart,
  type ModelReply,
  type ModelRequest,
  type TextModel,
} from "hermod";
import { simulated, type TestSystem } from "hermod/testing";
import * as z from "zod";
import { caught, lettersOf, only, type On } from "./runtime/stage.ts";
import { inMemory, onDisk } from "./runtime/stores.ts";

const retry = { retries: 1, base: "1s", jitter: "none" } as const;
const Writer = contract("writer", {
  calls: { draft: { in: z.string(), out: z.string(), delivery: "at-least-once", retry } },
});
const Critic = contract("critic", {
  calls: { review: { in: z.string(), out: z.object({ ok: z.boolean() }), delivery: "at-least-once", retry } },
});
const Probe = contract("probe", { calls: { ping: { in: z.string(), out: z.string() } } });

const writer = llmAgent(Writer, { instructions: "You write." });
const critic = llmAgent(Critic, { instructions: "You review." });
/** Answered by a handler: it shows that the system still works. */
const probe = llmAgent(Probe, { instructions: "x", on: { ping: (text) => text } });

const usage = { inputTokens: 10, outputTokens: 5 };
const fine: ModelReply = { text: "It turns.", toolCalls: [], usage, finish: "stop" };
const ended = (reply: unknown): ModelPart => ({ type: "end", reply: reply as ModelReply });
const piece = (text: unknown): ModelPart => ({ type: "text", text: text as string });

/** A model that gives these parts, one answer after the other; the last one again and again. */
function saying(...answers: readonly (readonly unknown[])[]): TextModel & { readonly asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    name: "bad",
    asked,
    text: async () => "never",
    async *stream(request) {
      const parts = answers[Math.min(asked.push(request), answers.length) - 1] ?? [];
      for (const part of parts) yield part as ModelPart;
    },
  };
}

/** A model whose stream throws that. */
const throwing = (thrown: unknown): TextModel => ({
  name: "bad",
  text: async () => "never",
  // oxlint-disable-next-line require-yield
  async *stream() {
    throw thrown;
  },
});

const hostile = {
  get type(): never {
    throw new Error("getter");
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const unreadable = new Proxy(
  {},
  {
    get: () => {
      throw new Error("trap");
    },
  },
);

/** What a call and a task of the agent end with, once all their attempts are used. */
async function outcomes({ system, clock }: TestSystem): Promise<readonly HermodError[]> {
  const call = caught(system.call(Writer, "draft", "tide", { conversation: "call", timeout: "1h" }));
  await clock.advance("10s");
  const task = await system.task(Writer, "draft", "tide", { conversation: "task" });
  const result = caught(task.result({ timeout: "1h" }));
  await clock.advance("10s");
  return [(await call).cause as HermodError, (await result).cause as HermodError];
}

async function works({ system }: TestSystem): Promise<void> {
  assert.equal(await system.call(Probe, "ping", "still there"), "still there");
  const { delivery, calls } = await system.stats();
  assert.deepEqual([delivery.pending, delivery.running, calls.waiting], [0, 0, 0]);
}

function badModels(name: string, on: On): void {
  const stageWith = (model: TextModel, agents: readonly AgentDefinition[] = [writer, critic, probe]) =>
    on({ agents: [...agents], model });

  /** Both ended so: each is a dead letter with its attempts, nothing is left behind, and others are answered. */
  async function endsWith(model: TextModel, code: string, attempts: number): Promise<void> {
    await using stage = await stageWith(model);
    const { system } = stage;
    for (const error of await outcomes(stage)) {
      assert.equal(error.code, code);
      assert.ok(
        error.hint.length > 0 && error.message.length > 10 && error.message.length < 5000,
        error.message,
      );
    }
    const letters = await lettersOf(system, "to:writer");
    assert.deepEqual(
      letters.map((letter) => letter.attempts.length),
      [attempts, attempts],
    );
    assert.equal(stage.spy.of("model.called").length, 2 * attempts);
    await works(stage);
  }

  describe(`${name}: what a model throws`, () => {
    for (const [what, thrown] of [
      ["undefined", undefined],
      ["text", "overloaded"],
      ["a number", 529],
      ["an object with a getter that throws", hostile],
      ["a revoked proxy", revoked.proxy],
      ["an object that throws at each field", unreadable],
      ["a symbol", Symbol("no")],
    ] as const)
      test(`${what} is a coded error, tried again, and a dead letter with its attempts`, () =>
        endsWith(throwing(thrown), "HERMOD_MODEL", 2));

    test("an error of its own is told with its message", async () => {
      await using stage = await stageWith(throwing(new Error("no ink")));
      const [call, task] = await outcomes(stage);
      assert.deepEqual([call?.message, task?.message], ["no ink", "no ink"]);
      await works(stage);
    });
  });

  describe(`${name}: what is no answer`, () => {
    for (const [what, parts] of [
      ["nothing at all", []],
      ["text without an end", [piece("It "), piece("turns.")]],
      ["a piece that is undefined", [undefined]],
      ["a piece that is text", ["It turns."]],
      ["a piece whose text is none", [piece(5)]],
      ["a piece of an unknown type", [{ type: "thought", text: "hm" }]],
      ["a piece that cannot be read", [hostile]],
      ["an end without a reply", [ended(undefined)]],
      ["a reply that is text", [ended("It turns.")]],
      ["a reply without text", [ended({ ...fine, text: undefined })]],
      ["a reply that cannot be read", [ended(unreadable)]],
      ["tool calls that are no list", [ended({ ...fine, toolCalls: "all" })]],
      ["a tool call that is none", [ended({ ...fine, toolCalls: [null] })]],
      ["a tool call without a name", [ended({ ...fine, toolCalls: [{ id: "1", input: {} }] })]],
    ] as const)
      test(`${what} is a coded error, tried again, and a dead letter with its attempts`, () =>
        endsWith(saying(parts), "HERMOD_MODEL", 2));

    test("a stream that is none, and a whole answer that is none", async () => {
      await endsWith({ name: "bad", text: async () => "", stream: () => 5 as never }, "HERMOD_MODEL", 2);
      await endsWith(
        { name: "bad", text: async () => "", generate: async () => 5 as never },
        "HERMOD_MODEL",
        2,
      );
      await endsWith({ name: "bad", text: async () => 5 as never }, "HERMOD_MODEL", 2);
    });

    test("one bad answer is no answer: the next attempt's is given, and what was said is paid once each", async () => {
      await using stage = await stageWith(saying([piece("It tu")], [piece("It turns."), ended(fine)]));
      const { system, clock } = stage;
      const task = await system.task(Writer, "draft", "tide", { conversation: "c1" });
      await clock.advance("2s");
      assert.equal(await task.result(), "It turns.");
      const parts = (await Array.fromAsync(task.parts())).map(({ attempt, value }) => [attempt, value]);
      assert.deepEqual(parts, [
        [1, "It tu"],
        [2, "It turns."],
      ]);
      const used = stage.spy
        .of("model.called")
        .map(({ usage: { inputTokens, outputTokens } }) => inputTokens + outputTokens);
      assert.equal(
        (await system.spent("c1"))["tokens"],
        used.reduce((sum, each) => sum + each, 0),
      );
      assert.equal(used[1], 15);
    });
  });

  describe(`${name}: what a model says that it used`, () => {
    for (const [what, bad] of [
      ["nothing", undefined],
      ["no numbers", { inputTokens: "10", outputTokens: null }],
      ["NaN", { inputTokens: NaN, outputTokens: NaN }],
      ["less than nothing", { inputTokens: -5, outputTokens: -5 }],
      ["without end", { inputTokens: Infinity, outputTokens: 1 }],
      ["more than can be counted", { inputTokens: 1e300, outputTokens: 1 }],
      [
        "a sum beyond counting",
        { inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: Number.MAX_SAFE_INTEGER },
      ],
    ] as const)
      test(`${what}: the estimate is paid in its place, and the budget goes on`, async () => {
        await using stage = await stageWith(saying([piece("It turns."), ended({ ...fine, usage: bad })]));
        const { system } = stage;
        const terms = { conversation: "c1", budget: { tokens: 5000 } } as const;
        assert.equal(await system.call(Writer, "draft", "tide", terms), "It turns.");
        const { tokens = 0 } = await system.spent("c1");
        assert.ok(tokens > 20 && tokens < 200, String(tokens));
        assert.equal(await system.call(Writer, "draft", "tide", terms), "It turns.");
        assert.ok(((await system.spent("c1"))["tokens"] ?? 0) > tokens);
      });

    test("a cost that cannot be counted is none", async () => {
      const { model, spent } = {
        model: saying([ended({ ...fine, usage: { ...usage, cost: NaN } })]),
        spent: { tokens: 15 },
      };
      await using stage = await stageWith(model);
      await stage.system.call(Writer, "draft", "tide", { conversation: "c1" });
      assert.deepEqual(await stage.system.spent("c1"), spent);
    });
  });

  describe(`${name}: tools`, () => {
    const seen: unknown[] = [];
    const echo = tool("echo", {
      input: z.object({ n: z.number() }),
      run: ({ n }) => (seen.push(n), `n is ${n}`),
    });
    const handy = llmAgent(Writer, {
      instructions: "You write.",
      tools: [echo, agentTool(Critic, "review")],
      steps: 3,
    });
    const wants = (...toolCalls: readonly unknown[]) => [
      ended({ text: "", toolCalls, usage, finish: "tools" }),
    ];

    test("calls that share an id, or have none, are each answered under an id of their own", async () => {
      for (const id of ["same", "", undefined, 7]) {
        const model = saying(
          wants({ id, name: "echo", input: { n: 1 } }, { id, name: "echo", input: { n: 2 } }),
          [ended(fine)],
        );
        await using stage = await stageWith(model, [handy, probe]);
        assert.equal(await stage.system.call(Writer, "draft", "tide"), "It turns.");
        const messages = model.asked.at(-1)?.messages ?? [];
        const answers = messages
          .filter(({ role }) => role === "tool")
          .map(({ toolCallId, content }) => [toolCallId, content.match(/n is \d/u)?.[0]]);
        assert.deepEqual(answers, [
          ["call-1", "n is 1"],
          ["call-2", "n is 2"],
        ]);
        assert.deepEqual(
          messages.find(({ role }) => role === "assistant")?.toolCalls?.map((call) => call.id),
          ["call-1", "call-2"],
        );
      }
    });

    test("ten thousand at once are refused before one of them runs, and nothing is asked again", async () => {
      seen.length = 0;
      const many = Array.from({ length: 10_000 }, (_, n) => ({ id: String(n), name: "echo", input: { n } }));
      const model = saying(wants(...many));
      await using stage = await stageWith(model, [handy, probe]);
      for (const error of await outcomes(stage)) {
        assert.deepEqual([error.code, error.retryable], ["HERMOD_MODEL_OUTPUT", false]);
        assert.match(error.message, /wants 10000 tools at once/u);
      }
      assert.deepEqual([seen, model.asked.length], [[], 2]);
      await works(stage);
    });

    test("as many as may be run side by side", async () => {
      seen.length = 0;
      const many = Array.from({ length: 128 }, (_, n) => ({ id: String(n), name: "echo", input: { n } }));
      await using stage = await stageWith(saying(wants(...many), [ended(fine)]), [handy, probe]);
      assert.equal(await stage.system.call(Writer, "draft", "tide"), "It turns.");
      assert.equal(seen.length, 128);
    });

    test("of 10 MB that a tool gives the model is told the beginning, and how much was left out", async () => {
      const talks = tool("talks", { input: z.object({}), run: () => "x".repeat(10_000_000) });
      const model = saying(wants({ id: "1", name: "talks", input: {} }), [ended(fine)]);
      const hears = llmAgent(Writer, { instructions: "You write.", tools: [talks] });
      await using stage = await stageWith(model, [hears, probe]);
      assert.equal(await stage.system.call(Writer, "draft", "tide"), "It turns.");
      const told = model.asked.at(-1)?.messages.at(-1)?.content ?? "";
      assert.ok(told.length < 101_000, String(told.length));
      assert.match(told, /said 9900000 characters more, which are left out/u);
    });

    test("input that is no plain data, or 10 MB of it, is a coded error; a strange name is told to the model", async () => {
      for (const [input, code] of [
        [hostile, "HERMOD_BAD_PAYLOAD"],
        [{ run: () => 1 }, "HERMOD_BAD_PAYLOAD"],
        [{ text: "x".repeat(10_000_000) }, "HERMOD_TOO_LARGE"],
      ] as const) {
        await using stage = await stageWith(saying(wants({ id: "1", name: "echo", input })), [handy, probe]);
        for (const error of await outcomes(stage)) assert.equal(error.code, code);
        await works(stage);
      }
      const model = saying(wants({ id: "1", name: "__proto__", input: {} }), [ended(fine)]);
      await using stage = await stageWith(model, [handy, probe]);
      assert.equal(await stage.system.call(Writer, "draft", "tide"), "It turns.");
      assert.match(model.asked.at(-1)?.messages.at(-1)?.content ?? "", /no tool "__proto__"/u);
    });

    test("another agent that is asked what its contract does not take, or is not there, is told to the model", async () => {
      const model = saying(
        wants(
          { id: "1", name: "critic_review", input: 5 },
          { id: "2", name: "critic_review", input: "tide" },
        ),
        [ended(fine)],
      );
      await using stage = await stageWith(model, [handy, probe]);
      assert.equal(await stage.system.call(Writer, "draft", "tide"), "It turns.");
      const told = (model.asked.at(-1)?.messages ?? [])
        .filter(({ role }) => role === "tool")
        .map(({ content }) => content);
      assert.match(told[0] ?? "", /The tool failed: .*input of critic_review/su);
      assert.match(told[1] ?? "", /The tool failed: .*no agent "critic"/su);
    });

    test("an endless loop of tools ends by its steps, each step paid, and by the budget before that", async () => {
      const model = saying(wants({ id: "1", name: "echo", input: { n: 1 } }));
      await using stage = await stageWith(model, [handy, probe]);
      for (const error of await outcomes(stage)) assert.equal(error.code, "HERMOD_MODEL_OUTPUT");
      assert.deepEqual([model.asked.length, await stage.system.spent("call")], [6, { tokens: 45 }]);
      await works(stage);
      const patient = llmAgent(Writer, { instructions: "You write.", tools: [echo], steps: 1000 });
      await using other = await stageWith(model, [patient, probe]);
      const terms = { conversation: "c2", budget: { tokens: 2000 } } as const;
      const error = await caught(other.system.call(Writer, "draft", "tide", terms));
      assert.equal((error.cause as HermodError).code, "HERMOD_BUDGET");
      const asked = model.asked.length - 6;
      assert.ok(asked > 2 && asked < 100, String(asked));
      assert.deepEqual(await other.system.spent("c2"), { tokens: 15 * asked });
      await works(other);
    });
  });

  describe(`${name}: answers that are too long`, () => {
    const MB = "x".repeat(1_000_000);

    for (const [what, parts] of [
      ["10 MB in one piece", [piece(MB.repeat(10)), ended({ ...fine, text: MB.repeat(10) })]],
      [
        "10 MB in ten pieces",
        [...Array<ModelPart>(10).fill(piece(MB)), ended({ ...fine, text: MB.repeat(10) })],
      ],
      ["10 MB in the end alone", [ended({ ...fine, text: MB.repeat(10) })]],
      [
        "300 kB, which is no reply any more",
        [piece(MB.slice(0, 300_000)), ended({ ...fine, text: MB.slice(0, 300_000) })],
      ],
    ] as const)
      test(`${what}: a coded error, asked once and paid once`, async () => {
        await endsWith(saying(parts), "HERMOD_TOO_LARGE", 1);
        await using stage = await stageWith(saying(parts));
        await outcomes(stage);
        const used = stage.spy
          .of("model.called")
          .map(({ usage: { inputTokens, outputTokens } }) => inputTokens + outputTokens);
        const spent = [
          (await stage.system.spent("call"))["tokens"],
          (await stage.system.spent("task"))["tokens"],
        ];
        assert.deepEqual(spent, used);
      });

    test("an answer without an end is ended, though its pieces are empty", async () => {
      let left = 0;
      let text = "";
      const endless: TextModel = {
        ...{ name: "endless", text: async () => "" },
        async *stream() {
          try {
            for (;;) yield piece(text);
          } finally {
            left++;
          }
        },
      };
      await using stage = await stageWith(endless);
      const { system } = stage;
      const call = await caught(system.call(Writer, "draft", "tide"));
      text = "and on ".repeat(3000);
      const task = await caught((await system.task(Writer, "draft", "tide")).result());
      for (const { cause } of [call, task]) assert.equal((cause as HermodError).code, "HERMOD_TOO_LARGE");
      assert.equal(left, 2);
      await works(stage);
    });

    test("data in 1 MB of fences and line ends, or 100,000 levels deep, is looked at once and asked for again", async () => {
      for (const text of ["```\n" + "\n".repeat(900_000), "[".repeat(100_000), "```", '{"ok":']) {
        const model = saying([ended({ ...fine, text })]);
        await using stage = await stageWith(model);
        const error = await caught(stage.system.call(Critic, "review", "tide"));
        assert.equal((error.cause as HermodError).code, "HERMOD_MODEL_OUTPUT");
        assert.equal(model.asked.length, 3);
        await works(stage);
      }
    });

    test("a message made to look for marks in is read in one pass", async () => {
      await using stage = await stageWith(saying([ended(fine)]));
      const text = `<${" ".repeat(200_000)}`;
      assert.equal(await stage.system.call(Writer, "draft", text), "It turns.");
    });
  });

  describe(`${name}: streams that stall`, () => {
    test("one that heeds its signal ends at the deadline, at once", async () => {
      const model = simulated({ script: [{ when: "tide", fault: "stall", say: "one two three four" }] });
      await using stage = await stageWith(model);
      const { system, clock, spy } = stage;
      const call = caught(system.call(Writer, "draft", "tide", { timeout: "2s", delivery: "at-most-once" }));
      const task = await system.task(Writer, "draft", "tide", { timeout: "2s" });
      const result = caught(task.result({ timeout: "1h" }));
      await clock.advance("3s");
      assert.equal((await call).code, "HERMOD_TIMEOUT");
      assert.ok((await result).code.length > 0);
      assert.deepEqual(spy.of("handler.stuck"), []);
      await works(stage);
    });

    test("one that heeds nothing is given up, and its agent goes on", async () => {
      const deaf: TextModel = {
        ...{ name: "deaf", text: async () => "" },
        async *stream() {
          yield piece("It ");
          await new Promise(() => undefined);
        },
      };
      await using stage = await stageWith(deaf);
      const { system, clock, spy } = stage;
      const call = caught(system.call(Writer, "draft", "tide", { timeout: "2s", delivery: "at-most-once" }));
      await clock.advance("10s");
      assert.equal((await call).code, "HERMOD_TIMEOUT");
      assert.equal(only(spy.of("handler.stuck")).envelope.to, "writer");
      await works(stage);
    });

    test("a task whose parts cease fails its attempt when it is idle, and is tried again", async () => {
      const script = [
        { when: "tide", fault: "stall", say: "one two three four", times: 1 },
        { when: "tide", say: "It turns." },
      ] as const;
      await using stage = await stageWith(simulated({ script }));
      const { system, clock } = stage;
      const task = await system.task(Writer, "draft", "tide", { idle: "5s" });
      await clock.advance("10s");
      assert.equal(await task.result(), "It turns.");
      assert.equal((await task.status()).attempt, 2);
      await works(stage);
    });
  });
}

badModels("memory", inMemory);
badModels("sqlite", onDisk);
