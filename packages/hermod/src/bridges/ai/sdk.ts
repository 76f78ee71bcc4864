/** SDK: the language model specification of the AI SDK, as far as it is used here, and models of its older versions brought up to it. */
import type { LanguageModel } from "ai";
import { show } from "../../core/duration.ts";
import { HermodError } from "../../core/errors.ts";

/** A model of the specification that AI SDK 7 speaks. */
export type SdkModel = Extract<LanguageModel, { readonly specificationVersion: "v4" }>;
/** What such a model is asked. */
export type SdkCall = Parameters<SdkModel["doGenerate"]>[0];
/** What it answers. */
export type SdkReply = Awaited<ReturnType<SdkModel["doGenerate"]>>;
/** One piece of its streamed answer. */
export type SdkPart =
  Awaited<ReturnType<SdkModel["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;

/** The model in the newest specification. @throws HermodError HERMOD_BAD_OPTION, HERMOD_UNSUPPORTED where `ai` is needed and missing. */
export async function upToDate(model: { readonly specificationVersion: string }): Promise<SdkModel> {
  if (model.specificationVersion === "v4") return model as SdkModel;
  const { wrapLanguageModel } = await import("ai").catch((cause: unknown) => missing("ai", cause));
  type Older = Parameters<typeof wrapLanguageModel>[0]["model"];
  return wrapLanguageModel({ model: model as Older, middleware: [] });
}

const versions = ["v2", "v3", "v4"];

/** The object, where it is a language model of a version that can be spoken to. @throws HermodError HERMOD_BAD_OPTION. */
export function aLanguageModel<T extends { readonly specificationVersion: string }>(model: T): T {
  if (typeof model === "string")
    throw new HermodError("HERMOD_BAD_OPTION", `fromAiSdk needs a model, got the name ${show(model)}`, {
      hint: 'Make the model first: openai("gpt-5") from @ai-sdk/openai, or gateway("openai/gpt-5") from ai.',
    });
  const version = (model as T | undefined)?.specificationVersion;
  const callable = ["doGenerate", "doStream"].every(
    (name) => typeof Reflect.get(Object(model), name) === "function",
  );
  if (callable && versions.includes(version as string)) return model;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `fromAiSdk needs a language model of the AI SDK, got ${show(model)}`,
    {
      details: { option: "languageModel", specificationVersion: show(version) },
      hint: "Give what a provider of AI SDK 5, 6 or 7 makes for text: not one for embeddings or images.",
    },
  );
}

/** Says which package to install. */
export function missing(name: string, cause: unknown): never {
  throw new HermodError("HERMOD_UNSUPPORTED", `this model needs the package ${name}, which is not there`, {
    cause,
    hint: `Install it: npm install ${name}`,
  });
}
