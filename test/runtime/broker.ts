/** Broker: how the suites start a system over NATS: each over a namespace of its own, on one server for the test file, with one partition or with several. */
import { after } from "node:test";
import { nats } from "hermod/nats";
import { testSystem } from "hermod/testing";
import { missing, Server } from "../../packages/hermod/src/nats/server.test.kit.ts";
import type { On } from "./stage.ts";

export { missing };

/** Why the groups that take long are left out of `npm test`; `HERMOD_NATS=all npm test -- runtime/nats` runs them. */
export const long = process.env["HERMOD_NATS"] === "all" ? missing : (missing ?? "HERMOD_NATS=all runs it");

let server: Promise<Server> | undefined;
let count = 0;

after(async () => (await server)?.close());

/** Over so many partitions. */
export function overNats(partitions: number): On {
  return async (options) => {
    server ??= Server.start();
    const { url } = await server;
    const store = nats({ servers: url, namespace: `n${++count}`, partitions });
    return testSystem({ store, ...options });
  };
}

export const onNats: On = overNats(1);
