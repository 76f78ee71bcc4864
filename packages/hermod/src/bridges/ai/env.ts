/** Model from the environment: the only place that reads it, and only when it is called. */
import { systemClock, type Clock } from "../../core/clock.ts";
import type { Model, ModelLimits } from "../../core/model.ts";
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
 * LLM_CONCURRENCY (calls at once, default any number; others wait), LLM_REQUESTS and LLM_TOKENS (a minute, kept by each system for its agents),
 * LLM_MAX_COST (of the process; BudgetError beyond it).
 * @throws HermodError HERMOD_BAD_OPTION naming the variable; its calls also HERMOD_UNSUPPORTED without `@ai-sdk/openai-compatible`.
 */
export function modelFromEnv(env: Env = process.env, options: EnvModelOptions = {}): Model | undefined {
  checkOptions("modelFromEnv", options, [...aiSdkOptions, "clock"]);
  const settings = settingsOf(env);
  if (settings === undefined) return undefined;
  const { clock = systemClock, name = settings.model, ...rest } = options;
  const load = (): Promise<SdkModel> => compatible(settings, limited(options.maxAnswer ?? MOST_ANSWER));
  const { key, timeout, concurrency = Infinity } = settings;
  const model = new SdkBacked({
    ...{ ...rest, name, load, clock, secrets: key ? [key] : [] },
    ...{ limits: { ...options.limits, ...limitsOf(settings) }, inPieces: timeout > LONGEST_SILENCE },
  });
  return new Bounded(model, {
    ...{ clock, timeout, turns: new Turns(concurrency) },
    purse: purseOf(env, settings.maxCost, toPrice(options.price)),
  });
}

/** The platform's fetch gives up after 5 minutes without a byte, and a whole answer comes at once: one that may take longer is asked for in pieces. */
const LONGEST_SILENCE = 300_000;

function limitsOf({ requests, tokens, concurrency }: Settings): ModelLimits {
  return {
    ...(requests !== undefined && { requests }),
    ...(tokens !== undefined && { tokens }),
    ...(concurrency !== undefined && { concurrency }),
  };
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
