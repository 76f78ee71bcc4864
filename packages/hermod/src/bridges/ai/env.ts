/** Model from the environment: the only place that reads it, and only when it is called. */
import { systemClock, type Clock } from "../../core/clock.ts";
import type { Model } from "../../core/model.ts";
import { checkOptions } from "../../core/options.ts";
import { Bounded } from "./bounded.ts";
import { SdkBacked } from "./model.ts";
import { aiSdkOptions, MOST_ANSWER, type AiSdkOptions } from "./options.ts";
import { toPrice } from "../../core/price.ts";
import { purseOf } from "./purse.ts";
import { limited } from "./fetch.ts";
import { missing, type SdkModel } from "./sdk.ts";
import { settingsOf, type Env, type Settings } from "./settings.ts";
import { Turns } from "./turns.ts";

/** Options of a model from the environment. */
export interface EnvModelOptions extends AiSdkOptions {
  /** What LLM_TIMEOUT is measured by; default the machine's clock. */
  readonly clock?: Clock;
}

/**
 * The model that the environment names, at any OpenAI-compatible endpoint; undefined where it names none, whatever keys there are.
 * LLM_MODEL (or OPENAI_MODEL), OPENAI_BASE_URL (default OpenAI's own), OPENAI_API_KEY, LLM_TIMEOUT (of a call, default "2m"),
 * LLM_CONCURRENCY (calls at once, default any number; others wait in order), LLM_MAX_COST (of the process; BudgetError beyond it).
 * @throws HermodError HERMOD_BAD_OPTION naming the variable; its calls also HERMOD_UNSUPPORTED without `@ai-sdk/openai-compatible`.
 */
export function modelFromEnv(env: Env = process.env, options: EnvModelOptions = {}): Model | undefined {
  checkOptions("modelFromEnv", options, [...aiSdkOptions, "clock"]);
  const settings = settingsOf(env);
  if (settings === undefined) return undefined;
  const { clock = systemClock, name = settings.model, ...rest } = options;
  const load = (): Promise<SdkModel> => compatible(settings, limited(options.maxAnswer ?? MOST_ANSWER));
  const model = new SdkBacked({ ...rest, name, load, clock, secrets: settings.key ? [settings.key] : [] });
  return new Bounded(model, {
    ...{ clock, timeout: settings.timeout, turns: new Turns(settings.concurrency) },
    purse: purseOf(env, settings.maxCost, toPrice(options.price)),
  });
}

async function compatible({ model, url, key }: Settings, fetch: typeof globalThis.fetch): Promise<SdkModel> {
  const name = "@ai-sdk/openai-compatible";
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible").catch((cause: unknown) =>
    missing(name, cause),
  );
  const known = { name: "openai-compatible", includeUsage: true, supportsStructuredOutputs: true };
  return createOpenAICompatible({
    ...known,
    baseURL: url,
    fetch,
    ...(key !== undefined && { apiKey: key }),
  }).chatModel(model);
}
