/** `hermod/nats`: the store over a NATS cluster with JetStream. */
export { describe, type NatsDescription } from "./describe.ts";
export type { NatsTls } from "./credentials.ts";
export { nats } from "./nats.ts";
export type { NatsOptions } from "./options.ts";
