/** `hermod/nats`: the store over a NATS cluster with JetStream. */
export { describe, type NatsDescription } from "./describe.ts";
export { nats } from "./nats.ts";
export type { NatsOptions, NatsTls } from "./options.ts";
