/** Models: what a handler's calls of its model cost, when they end, and what is told of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type ModelPart, type ModelRequest, type TextModel } from "hermod";
import { simulated, testClock, type Script } from "hermod/testing";
import { Gate, caught, only, type On } from "./stage.ts";

/** An agent that asks the model for what it is asked. */
const asker = agent("asker", {
  on: {
    request: (prompt, ctx) => ctx.model.text(prompt as string, { maxTokens: 50 }),
    task: async function* (prompt, ctx) {
      for await (const part of ctx.model.stream({ messages: [{ role: "user", content: prompt as string }] }))
        if (part.type === "text") yield part.text;
        else return part.reply.text;
    },
  },
});

const tide: Script = { when: "tide", say: "it turns twice a day" };

export function modelSuite(name: string, on: On): void {
  test(`${name}: the model hears who asks, and each call is told of with what it used`, async () => {
    const model = simulated({ script: [tide], price: { input: 1, output: 2 } });
    await using stage = await on({ agents: [asker], model });
    assert.equal(await stage.system.call("asker", "", "the tide"), tide.say);
    const { agent: who, messages, maxTokens } = only(model.requests);
    assert.deepEqual([who, messages, maxTokens], ["asker", [{ role: "user", content: "the tide" }], 50]);
    const { agent: of, usage, error } = only(stage.spy.of("model.called"));
    assert.deepEqual([of, usage.inputTokens, usage.outputTokens, error], ["asker", 7, 7, undefined]);
    assert.ok((usage.cost ?? 0) > 0);
  });

  test(`${name}: a model that only says text can be asked for a conversation, and streams its answer at once`, async () => {
    const asked: string[] = [];
    const model: TextModel = { name: "plain", text: async (prompt) => (asked.push(prompt), `on ${prompt}`) };
    const parts: ModelPart[] = [];
    const talker = agent("talker", {
      on: {
        request: async (_, ctx) => {
          const messages = [
            { role: "system", content: "be brief" },
            { role: "user", content: "tides" },
          ] as const;
          for await (const part of ctx.model.stream({ messages })) parts.push(part);
        },
      },
    });
    await using stage = await on({ agents: [talker], model });
    await stage.system.call("talker", "", {});
    assert.deepEqual(asked, ["system: be brief\n\nuser: tides"]);
    assert.deepEqual(
      parts.map(({ type }) => type),
      ["text", "end"],
    );
  });

  test(`${name}: tokens are set aside before the call and settled after it; what is too much is refused before the model is asked`, async () => {
    const model = simulated({ script: [tide] });
    await using stage = await on({ agents: [asker], model });
    const { system } = stage;
    const terms = { conversation: "c1", budget: { tokens: 80 } };
    assert.equal(await system.call("asker", "", "the tide", terms), tide.say);
    assert.equal((await system.spent("c1"))["tokens"], 14);
    assert.equal(await system.call("asker", "", "the tide", terms), tide.say);
    const error = await caught(system.call("asker", "", "the tide", terms));
    assert.equal((error.cause as { code?: string }).code, "HERMOD_BUDGET");
    assert.deepEqual([model.requests.length, (await system.spent("c1"))["tokens"]], [2, 28]);
  });

  test(`${name}: many who ask at once never have more tokens out than the budget has`, async () => {
    const model = simulated({ script: [tide] });
    const crowd = agent("crowd", {
      concurrency: 20,
      on: { request: (_, ctx) => ctx.model.text("the tide", { maxTokens: 50 }) },
    });
    await using stage = await on({ agents: [crowd], model });
    const terms = { conversation: "c1", budget: { tokens: 200 } };
    const calls = Array.from({ length: 20 }, () => stage.system.call("crowd", "", {}, terms));
    const answered = (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled");
    const { tokens = 0 } = await stage.system.spent("c1");
    assert.equal(tokens, answered.length * 14);
    assert.ok(tokens <= 200 && answered.length >= 3, String(answered.length));
  });

  test(`${name}: a stream becomes the parts of a task, and its cancellation ends the model's call, which costs what was said`, async () => {
    const clock = testClock();
    const model = simulated({
      script: [{ when: "tide", say: "one two three four five six" }],
      pace: "1s",
      clock,
    });
    await using stage = await on({ agents: [asker], model });
    const { system } = stage;
    const task = await system.task("asker", "", "the tide", { conversation: "c1" });
    const parts = task.parts();
    await stage.clock.settle();
    await clock.advance("2s");
    await stage.clock.settle();
    const said = [(await parts.next()).value?.value, (await parts.next()).value?.value];
    assert.deepEqual(said, ["one ", "two "]);
    assert.equal(await task.cancel("enough"), "signalled");
    await stage.clock.settle();
    assert.equal((await task.status()).state, "cancelled");
    assert.equal(only(model.requests as ModelRequest[]).signal?.aborted, true);
    assert.equal(clock.waiting, 0);
    const { usage, error } = only(stage.spy.of("model.called"));
    assert.deepEqual([usage.inputTokens, usage.outputTokens, error !== undefined], [7, 6, true]);
    assert.equal((await system.spent("c1"))["tokens"], 13);
  });

  test(`${name}: a call that fails costs nothing, and its message is tried again`, async () => {
    const model = simulated({ script: [{ when: "tide", fault: "error", times: 1 }, tide] });
    await using stage = await on({ agents: [asker], model });
    const options = {
      delivery: "at-least-once",
      retry: { retries: 1, base: "1s" },
      conversation: "c1",
    } as const;
    const call = stage.system.call("asker", "", "the tide", options);
    await stage.clock.settle();
    assert.equal((await stage.system.spent("c1"))["tokens"], 0);
    await stage.clock.advance("2s");
    assert.equal(await call, tide.say);
  });

  test(`${name}: a handler that ends its stream early ends the call`, async () => {
    const gate = new Gate();
    let ended = false;
    const model: TextModel = {
      ...{ name: "endless", text: async () => "" },
      async *stream() {
        try {
          for (;;) yield { type: "text", text: "and on " } as const;
        } finally {
          ended = true;
          gate.open();
        }
      },
    };
    const reader = agent("reader", {
      on: {
        request: async (_, ctx) => {
          for await (const part of ctx.model.stream({ messages: [] })) return part.type;
        },
      },
    });
    await using stage = await on({ agents: [reader], model });
    const terms = { conversation: "c1", budget: { tokens: 2000 } };
    assert.equal(await stage.system.call("reader", "", {}, terms), "text");
    await gate.passed;
    assert.ok(ended);
    await stage.clock.settle();
    const { usage } = only(stage.spy.of("model.called"));
    assert.equal(usage.outputTokens, 2, "what was said by then");
    assert.equal((await stage.system.spent("c1"))["tokens"], usage.inputTokens + usage.outputTokens);
  });
}
