/** A real endpoint, where the environment names one: LLM_MODEL and OPENAI_BASE_URL. It costs a few tokens. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { modelFromEnv } from "hermod/ai";
import { all, asking, lastOf } from "./ai.kit.ts";

const { LLM_MODEL, OPENAI_BASE_URL } = process.env;
const skip = LLM_MODEL && OPENAI_BASE_URL ? false : "LLM_MODEL and OPENAI_BASE_URL name no endpoint";

describe("the endpoint that the environment names", { skip }, () => {
  const model = skip === false ? modelFromEnv() : undefined;
  const prompt = asking("Say one short word.", { maxTokens: 2000 });

  test("answers", async () => {
    const reply = await model?.generate(prompt);
    assert.match(reply?.text ?? "", /\w/);
    assert.ok((reply?.usage.outputTokens ?? 0) > 0);
  });
  test("answers in pieces", async () => {
    assert.ok(model);
    assert.match(lastOf(await all(model.stream(prompt))).text, /\w/);
  });
});
