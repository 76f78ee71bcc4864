/** Systems that share their agents end in order: nothing of that is a failure. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { agent, start, type System } from "hermod";
import { nats } from "hermod/nats";
import { Spy } from "hermod/testing";
import { Server } from "../../packages/hermod/src/nats/server.test.kit.ts";
import { terms } from "./machines.kit.ts";

/** Two systems over one server, each with an agent, which have called each other. */
async function pair(t: TestContext, direct: boolean) {
  const server = await Server.start();
  t.after(() => server.close());
  const spy = new Spy();
  const made = (name: string): Promise<System> =>
    start({
      store: nats({ servers: server.url, direct }),
      agents: [agent(name, { on: { request: () => name } })],
      reports: spy.listen,
    });
  const [one, two] = [await made("one"), await made("two")];
  t.after(() => Promise.all([one.close({ timeout: 0 }), two.close({ timeout: 0 })]));
  const heard = [await one.call("two", "who", null), await two.call("one", "who", null)];
  assert.deepEqual(heard, ["two", "one"]);
  const failures = () => spy.all.filter(({ type }) => type === "store.failed");
  return { one, two, failures };
}

for (const direct of [true, false]) {
  const by = direct ? "past the broker" : "over the broker";

  test(`two systems that end one after the other, ${by}, report no failure`, terms, async (t) => {
    const { one, two, failures } = await pair(t, direct);
    await one.close();
    await two.close();
    assert.deepEqual(failures(), []);
  });

  test(`two systems that end together, ${by}, report no failure`, terms, async (t) => {
    const { one, two, failures } = await pair(t, direct);
    await Promise.all([one.close(), two.close()]);
    assert.deepEqual(failures(), []);
  });
}
