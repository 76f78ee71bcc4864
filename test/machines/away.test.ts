/** A system ends soon though its servers are gone for good, and whoever asked something hears what became of it. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { agent, start } from "hermod";
import { nats } from "hermod/nats";
import { Spy } from "hermod/testing";
import { Server } from "../../packages/hermod/src/nats/server.test.kit.ts";
import { caught } from "../runtime/stage.ts";
import { terms } from "./machines.kit.ts";

/** The bound of each test, its own beginning included: ends took 11 to 20 s when they waited for each answer that could not come. */
const soon = { ...terms, timeout: 8000 };

/** A system whose agent works until it is told to stop. */
async function begun(t: TestContext) {
  const server = await Server.start();
  t.after(() => server.close());
  const [work, spy] = [Promise.withResolvers<void>(), new Spy()];
  const worker = agent("worker", {
    on: {
      request: () => "here",
      notification: async (_, { signal }) => {
        work.resolve();
        await new Promise((_, stopped) => signal.addEventListener("abort", () => stopped(signal.reason)));
      },
    },
  });
  const system = await start({ store: nats({ servers: server.url }), agents: [worker], reports: spy.listen });
  assert.equal(await system.call("worker", "who", null), "here");
  const codes = () => spy.of("store.failed").map(({ error }) => (error as { readonly code: string }).code);
  return { server, system, working: work.promise, spy, codes };
}

test("a system at rest ends soon whose servers are gone", soon, async (t) => {
  const { server, system, spy, codes } = await begun(t);
  await server.end("SIGKILL");
  await system.close();
  assert.equal(spy.of("system.closed").length, 1);
  assert.ok(codes().includes("HERMOD_UNREACHABLE"), "it says that it could not take its leave");
});

test(
  "one at work ends soon after its time, and who asked something hears that its outcome is unknown",
  soon,
  async (t) => {
    const { server, system, spy, working } = await begun(t);
    await system.cast("worker", "work", null);
    await working;
    await server.end("SIGKILL");
    const asked = [system.call("worker", "who", null), system.cast("worker", "work", null)].map(caught);
    await system.close({ timeout: "500ms" });
    const errors = await Promise.all(asked);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["HERMOD_CLOSED", "HERMOD_CLOSED"],
    );
    for (const { message } of errors) assert.match(message, /unknown/u);
    assert.equal(spy.of("system.drained")[0]?.unfinished, 1);
  },
);
