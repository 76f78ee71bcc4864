/** `hermod/http`: agents that are HTTP endpoints somewhere else, and webhooks that tell of what has happened here. */
export { httpAgent, type HttpOptions } from "./http/agent.ts";
export type { GuardOptions, LinkOptions, Otherwise } from "./http/options.ts";
export { verifyWebhook, type VerifyOptions } from "./http/signature.ts";
export { webhook, type WebhookOptions } from "./http/webhook.ts";
