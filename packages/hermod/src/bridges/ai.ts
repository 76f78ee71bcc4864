/** `hermod/ai`: real language models behind `ctx.model`, and agents of the AI SDK behind mailboxes. Its packages are optional peers, loaded when first needed. */
export { aiAgent, type AiAgentOptions, type AiSdkAgent } from "./ai/agent.ts";
export { fromAiSdk, type AiSdkModel } from "./ai/fromsdk.ts";
export { modelFromEnv, type EnvModelOptions } from "./ai/env.ts";
export type { AiSdkOptions } from "./ai/options.ts";
export type { Price } from "../core/price.ts";
