/** What the tests of real models share: a model at the test server, and what it answers in pieces. */
import assert from "node:assert/strict";
import type { Model, ModelPart, ModelReply, ModelRequest } from "hermod";
import { modelFromEnv, type EnvModelOptions } from "hermod/ai";
import type { OpenAiServer } from "./server.kit.ts";

/** A conversation of one prompt. */
export function asking(content: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages: [{ role: "user", content }], ...more };
}

/** The model that the environment names. */
export function named(env: Readonly<Record<string, string>>, options?: EnvModelOptions): Model {
  const model = modelFromEnv(env, options);
  assert.ok(model, "the environment names no model");
  return model;
}

/** The model at the server, with more variables. */
export function modelAt(
  { url }: OpenAiServer,
  more: Readonly<Record<string, string>> = {},
  options?: EnvModelOptions,
): Model {
  return named({ LLM_MODEL: "small", OPENAI_BASE_URL: url, ...more }, options);
}

/** Everything that a stream gives. */
export async function all(parts: AsyncIterable<ModelPart>): Promise<readonly ModelPart[]> {
  const taken: ModelPart[] = [];
  for await (const part of parts) taken.push(part);
  return taken;
}

/** The reply that a stream ends with. */
export function lastOf(parts: readonly ModelPart[]): ModelReply {
  const last = parts.at(-1);
  assert.equal(last?.type, "end");
  return last.reply;
}

/** Asks whole and in pieces: what holds for one holds for the other. */
export const ways = {
  whole: (model: Model, request: ModelRequest) => model.generate(request),
  "in pieces": async (model: Model, request: ModelRequest) => lastOf(await all(model.stream(request))),
} as const;
