/** A server that was away and comes back as another one, which knows another password or takes smaller messages: who was connected goes on as soon as it can. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import { agent, start, type System } from "../index.ts";
import { connect } from "./connect.ts";
import { nats } from "./nats.ts";
import { toTerms, type NatsOptions } from "./options.ts";
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

test("a server that comes back for smaller messages carries long ones all the same", terms, async (t) => {
  const server = await Server.start();
  const { system } = await opened(t, server, { direct: false });
  await using beside = await start({ agents: [], store: nats({ servers: server.url, direct: false }) });
  const long = "x".repeat(200_000);
  const asked = (): Promise<unknown> =>
    Promise.all([system.call("echo", "say", long, lasting), beside.call("echo", "say", long, lasting)]);
  assert.deepEqual(await asked(), [long, long]);
  await server.end();
  const meanwhile = asked();
  await server.start({ config: "max_payload: 65536" });
  assert.deepEqual(await meanwhile, [long, long]);
  assert.deepEqual(await asked(), [long, long]);
});

test("what is too large to be said is told of, and what is said behind the end is not", terms, async (t) => {
  const server = await Server.start();
  t.after(() => server.close());
  const broker = await connect(toTerms({ servers: server.url }));
  const told: HermodError[] = [];
  broker.heed((error) => told.push(error));
  broker.road.publish(["hermod.up.nobody", "x".repeat(2 ** 20 + 1)]);
  broker.road.flush();
  assert.deepEqual(
    told.map(({ code }) => code),
    ["HERMOD_TOO_LARGE"],
  );
  await broker.close();
  broker.road.publish(["hermod.up.nobody", "x"]);
  broker.road.flush();
  assert.equal(told.length, 1);
});

test("nothing is said while the connection drains, and nothing thrown", terms, async (t) => {
  const server = await Server.start();
  t.after(() => server.close());
  const broker = await connect(toTerms({ servers: server.url }));
  const drained = broker.connection.drain();
  while (!broker.connection.isClosed()) {
    broker.road.publish(["hermod.up.nobody", "x"]);
    broker.road.flush();
    await new Promise<void>((resolve) => systemClock.pause(resolve));
  }
  await drained;
});
