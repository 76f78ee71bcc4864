/** `hermod/ai`: real language models behind `ctx.model`, by way of the AI SDK. Its packages are optional peers, loaded when first needed. */
export { fromAiSdk, type AiSdkModel } from "./ai/fromsdk.ts";
export { modelFromEnv, type EnvModelOptions } from "./ai/env.ts";
export type { AiSdkOptions } from "./ai/options.ts";
export type { Price } from "../core/price.ts";
