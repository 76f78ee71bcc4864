/** From the AI SDK: the entrance for its language models. What a user imports names no type of the SDK: it is an optional package. */
import { systemClock } from "../../core/clock.ts";
import type { Model } from "../../core/model.ts";
import { checkOptions } from "../../core/options.ts";
import { SdkBacked } from "./model.ts";
import { aiSdkOptions, type AiSdkOptions } from "./options.ts";
import { aLanguageModel, upToDate, type SdkModel } from "./sdk.ts";

/** A language model of the AI SDK: `openai("gpt-5")`, `anthropic("claude-sonnet-5")`, or one of your own. */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: never): PromiseLike<unknown>;
  doStream(options: never): PromiseLike<unknown>;
}

/**
 * Makes a model of any language model of the AI SDK: `start({ model: fromAiSdk(openai("gpt-5")) })`.
 * @throws HermodError HERMOD_BAD_OPTION for what is no such model; its calls HERMOD_RATE_LIMITED, HERMOD_MODEL, HERMOD_TOO_LARGE.
 */
export function fromAiSdk(languageModel: AiSdkModel, options: AiSdkOptions = {}): Model {
  checkOptions("fromAiSdk", options, aiSdkOptions);
  const { name, ...rest } = options;
  const { modelId } = aLanguageModel(languageModel);
  const load = (): Promise<SdkModel> => upToDate(languageModel);
  return new SdkBacked({ ...rest, name: name ?? modelId, load, clock: systemClock, secrets: [] });
}
