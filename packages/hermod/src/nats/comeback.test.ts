/** A server that was away and comes back as another one, which knows another password or takes smaller messages: who was connected goes on as soon as it can. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { HermodError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import { agent, start, type System } from "../index.ts";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";
import { missing, Server } from "./server.test.kit.ts";

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
const terms = { skip, timeout: 60_000 };
/** What survives that its answer is lost. */
const lasting = { delivery: "at-least-once", timeout: "30s" } as const;

/** A system over a server, and what its store reports of the connection. */
async function opened(
  t: TestContext,
  server: Server,
  options: Partial<NatsOptions> = {},
): Promise<{ readonly system: System; readonly failed: readonly HermodError[] }> {
  const failed: HermodError[] = [];
  const emit = (report: Report): void => {
    if (report.type === "store.failed" && report.step === "connection")
      failed.push(report.error as HermodError);
  };
  const store = nats({ servers: server.url, partitions: 2, ...options });
  const system = await start({
    agents: [agent("echo", { on: { request: (said) => said } })],
    store: (env) => store({ ...env, reports: { active: true, emit } }),
  });
  t.after(async () => {
    await system.close();
    await server.close();
  });
  return { system, failed };
}

test(
  "a server with a wrong password for a while is served again when it has the right one",
  terms,
  async (t) => {
    const knows = (password: string) => ({ config: `authorization { user: "a", password: "${password}" }` });
    const server = await Server.start(knows("b"));
    const { system, failed } = await opened(t, server, { user: "a", pass: "b" });
    assert.equal(await system.call("echo", "say", 1, lasting), 1);
    await server.end();
    await server.start(knows("c"));
    await server.says("authentication error", 5);
    const codes = failed.map(({ code }) => code);
    assert.equal(codes.filter((code) => code === "HERMOD_UNAUTHORIZED").length, 1, String(codes));
    await server.end();
    await server.start(knows("b"));
    assert.equal(await system.call("echo", "say", 2, lasting), 2);
  },
);
