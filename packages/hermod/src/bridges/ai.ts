/** `hermod/ai`: real language models behind `ctx.model`, by way of the AI SDK. Its packages are optional peers, loaded when first needed. */
export { fromAiSdk, type AiSdkModel, type AiSdkOptions } from "./ai/model.ts";
export { modelFromEnv, type EnvModelOptions } from "./ai/env.ts";
export type { Price } from "./ai/price.ts";
