/** `hermod/nats`: the store over a NATS cluster with JetStream. */
export { nats } from "./nats.ts";
export type { NatsOptions } from "./options.ts";
