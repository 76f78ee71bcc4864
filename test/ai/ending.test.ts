/** Endings: a call that nobody wants any more is over, and the endpoint sees its connection go. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agent, start, type Model, type ModelPart } from "hermod";
import { fromAiSdk, type AiSdkModel } from "hermod/ai";
import { testClock } from "hermod/testing";
import { caught } from "../runtime/stage.ts";
import { all, asking, modelAt, ways } from "./ai.kit.ts";
import { openAiServer } from "./server.kit.ts";

const enough = new Error("enough");

/** Reads one piece, and gives what reads the next one. */
async function begun(parts: AsyncIterable<ModelPart>): Promise<AsyncIterator<ModelPart>> {
  const reader = parts[Symbol.asyncIterator]();
  assert.equal((await reader.next()).done, false);
  return reader;
}

for (const [way, ask] of Object.entries(ways))
  describe(`asked ${way}`, () => {
    for (const fault of ["slow", "stall"] as const)
      test(`a signal ends a call whose answer is ${fault}, with its reason`, async () => {
        await using server = await openAiServer();
        server.next({ fault });
        const ending = new AbortController();
        const asked = assert.rejects(
          ask(modelAt(server), asking("count", { signal: ending.signal })),
          enough,
        );
        const { closed } = await server.received(1);
        ending.abort(enough);
        await asked;
        assert.equal(await closed, "aborted");
      });

    test("a signal that has fired already lets nothing go out", async () => {
      await using server = await openAiServer();
      const signal = AbortSignal.abort(enough);
      await assert.rejects(ask(modelAt(server), asking("count", { signal })), enough);
      assert.equal(server.requests.length, 0);
    });

    test("a model that does not listen to signals is left behind", async () => {
      const never = (): Promise<never> => new Promise(() => undefined);
      const deaf: AiSdkModel = { ...spec, doGenerate: never, doStream: never };
      const ending = new AbortController();
      const asked = assert.rejects(ask(fromAiSdk(deaf), asking("count", { signal: ending.signal })), enough);
      setImmediate(() => ending.abort(enough));
      await asked;
    });

    test("LLM_TIMEOUT bounds a call from its turn on, and ends its request", async () => {
      await using server = await openAiServer();
      server.next({ fault: "stall" });
      const clock = testClock();
      const asked = caught(ask(modelAt(server, { LLM_TIMEOUT: "30s" }, { clock }), asking("count")));
      const { closed } = await server.received(1);
      await clock.advance("30s");
      const { code, details, hint } = await asked;
      assert.deepEqual([code, details], ["HERMOD_TIMEOUT", { model: "small", ms: 30_000 }]);
      assert.match(hint, /LLM_TIMEOUT/);
      assert.equal(await closed, "aborted");
    });

    test("a call that has ended leaves no timer", async () => {
      await using server = await openAiServer();
      let timers = 0;
      const after = (): (() => void) => (timers++, () => void timers--);
      const clock = { ...{ now: () => 0, monotonic: () => 0 }, after, defer() {}, late() {}, pause() {} };
      server.next({ say: "so" }, { fault: "status", status: 500 });
      await ask(modelAt(server, {}, { clock }), asking("count"));
      await caught(ask(modelAt(server, {}, { clock }), asking("count")));
      assert.equal(timers, 0);
    });
  });

const spec = { specificationVersion: "v4", provider: "ours", modelId: "deaf", supportedUrls: {} };

describe("a stream", () => {
  test("that stalls in its middle ends with the signal's reason", async () => {
    await using server = await openAiServer();
    server.next({ fault: "stall" });
    const ending = new AbortController();
    const reader = await begun(modelAt(server).stream(asking("count", { signal: ending.signal })));
    await reader.next();
    const { closed } = await server.received(1);
    const next = assert.rejects(all({ [Symbol.asyncIterator]: () => reader }), enough);
    ending.abort(enough);
    await next;
    assert.equal(await closed, "aborted");
  });
  test("that nobody reads on ends at the endpoint", async () => {
    await using server = await openAiServer();
    server.next({ fault: "stall" });
    const reader = await begun(modelAt(server).stream(asking("count")));
    await reader.return?.();
    assert.equal(await (await server.received(1)).closed, "aborted");
  });
  test("that nobody reads on, or that has ended, has its signal fired: its model need not look at who reads", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const piece = { type: "text-delta", id: "1", delta: "so" };
    const finish = {
      type: "finish",
      finishReason: { unified: "stop" },
      usage: { inputTokens: {}, outputTokens: {} },
    };
    const doStream = async (options: { readonly abortSignal?: AbortSignal }) => (
      signals.push(options.abortSignal),
      { stream: ReadableStream.from([piece, finish]) }
    );
    const model = fromAiSdk({ ...spec, doGenerate: () => Promise.reject(enough), doStream });
    await (await begun(model.stream(asking("count")))).return?.();
    await all(model.stream(asking("count")));
    assert.deepEqual(
      signals.map((signal) => signal?.aborted),
      [true, true],
    );
  });
  test("of a model that does not listen to signals is cancelled", async () => {
    const cancelled = Promise.withResolvers<unknown>();
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue({ type: "text-delta", id: "1", delta: "so" }),
      cancel: (reason) => cancelled.resolve(reason),
    });
    const deaf = { ...spec, doGenerate: () => Promise.reject(enough), doStream: async () => ({ stream }) };
    const ending = new AbortController();
    const reader = await begun(fromAiSdk(deaf).stream(asking("count", { signal: ending.signal })));
    const next = assert.rejects(Promise.resolve(reader.next()), enough);
    ending.abort(enough);
    await next;
    assert.equal(await cancelled.promise, enough);
  });
});

test("a cancelled task stops the request of an agent two calls away", async () => {
  await using server = await openAiServer();
  server.next({ fault: "slow" });
  const model: Model = modelAt(server);
  const asker = agent("asker", { on: { request: (prompt, ctx) => ctx.model.text(prompt as string) } });
  const middle = agent("middle", { on: { request: (prompt, ctx) => ctx.call("asker", "", prompt) } });
  const first = agent("first", { on: { task: (prompt, ctx) => ctx.call("middle", "", prompt) } });
  await using system = await start({ agents: [asker, middle, first], model });
  const task = await system.task("first", "run", "count");
  const { closed } = await server.received(1);
  await task.cancel();
  assert.equal(await closed, "aborted");
});
