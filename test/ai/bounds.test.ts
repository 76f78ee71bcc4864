/** Bounds of real answers: how large they may become, and how long they may take. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { fromAiSdk } from "hermod/ai";
import { testClock } from "hermod/testing";
import { caught } from "../runtime/stage.ts";
import { all, asking, lastOf, modelAt, named, ways } from "./ai.kit.ts";
import { openAiServer } from "./server.kit.ts";

/** 10 MB, in words of 1,000 characters. */
const large = `${"x".repeat(999)} `.repeat(10_000);

for (const [way, ask] of Object.entries(ways))
  describe(`asked ${way}`, () => {
    test("an answer of 10 MB is an error before it is read to its end", async () => {
      await using server = await openAiServer();
      server.next({ say: large });
      const { code, details } = await caught(ask(modelAt(server), asking("all you know")));
      assert.equal(code, "HERMOD_TOO_LARGE");
      // Bytes of the response, characters of the answer.
      assert.equal(details["limit"], way === "whole" ? 8_065_536 : 1_000_000);
      if (way !== "whole") assert.equal(await (await server.received(1)).closed, "aborted");
    });

    test("beyond 5 minutes, the longest silence of a connection, an answer is asked for in pieces", async () => {
      await using server = await openAiServer();
      const clock = testClock();
      for (const time of ["300s", "301s"]) {
        server.next({ say: "it turns", calls: [{ name: "add", arguments: "{}" }] });
        const reply = await ask(modelAt(server, { LLM_TIMEOUT: time }, { clock }), asking("the tide"));
        assert.deepEqual(reply, {
          ...{ text: "it turns", toolCalls: [{ id: "call-1", name: "add", input: {} }], finish: "tools" },
          usage: { inputTokens: 11, outputTokens: 7 },
        });
      }
      const streamed = server.requests.map(({ body }) => body.stream === true);
      assert.deepEqual(streamed, way === "whole" ? [false, true] : [true, true]);
    });

    test("a connection that the platform gives up is slow, with what to do about it", async () => {
      for (const code of ["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]) {
        const cause = Object.assign(new Error("Timeout"), { code });
        const fetch = (): Promise<never> => Promise.reject(new TypeError("fetch failed", { cause }));
        const sdk = createOpenAICompatible({ name: "slow", baseURL: "http://127.0.0.1:9/v1", fetch });
        const error = await caught(ask(fromAiSdk(sdk.chatModel("small")), asking("the tide")));
        assert.deepEqual([error.code, error.details["hop"], error.retryable], ["HERMOD_MODEL", "slow", true]);
        assert.match(error.hint, /5 minutes.*LLM_TIMEOUT.*stream/);
      }
    });
  });

test("a stream that stalls ends with LLM_TIMEOUT, after what came before", async () => {
  await using server = await openAiServer();
  server.next({ fault: "stall" });
  const clock = testClock();
  const heard: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const part of modelAt(server, { LLM_TIMEOUT: "30s" }, { clock }).stream(asking("count")))
      if (part.type === "text" && heard.push(part.text) === 1) setImmediate(() => void clock.advance("30s"));
  };
  const { code, details } = await caught(reading());
  assert.deepEqual([code, details["ms"]], ["HERMOD_TIMEOUT", 30_000]);
  assert.ok(heard.length > 0);
  assert.equal(await (await server.received(1)).closed, "aborted");
});

test("the limits of a model are what is given and what the environment says, which goes first", async () => {
  const env = { LLM_MODEL: "small", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };
  assert.deepEqual(named(env).limits, {});
  const counts = { LLM_CONCURRENCY: "2", LLM_REQUESTS: "60", LLM_TOKENS: "30000" };
  assert.deepEqual(named({ ...env, ...counts }).limits, { concurrency: 2, requests: 60, tokens: 30_000 });
  const both = named({ ...env, LLM_REQUESTS: "60" }, { limits: { key: "ours", requests: 5, tokens: 100 } });
  assert.deepEqual(both.limits, { key: "ours", requests: 60, tokens: 100 });
  const sdk = createOpenAICompatible({ name: "ours", baseURL: env.OPENAI_BASE_URL }).chatModel("small");
  assert.deepEqual(fromAiSdk(sdk, { limits: { tokens: 5 } }).limits, { tokens: 5 });
  assert.throws(() => fromAiSdk(sdk, { limits: { tokens: 0 } }), { code: "HERMOD_BAD_OPTION" });
});

test("a long answer within its limit is whole, in pieces too", async () => {
  await using server = await openAiServer();
  const say = large.slice(0, 990_000);
  server.next({ say }, { say });
  assert.equal((await modelAt(server).generate(asking("much"))).text.length, say.length);
  assert.ok(lastOf(await all(modelAt(server).stream(asking("much")))).text.length >= say.length - 1);
});
