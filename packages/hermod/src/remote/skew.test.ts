/** Skew: a client whose clock is hours off works as one whose is not, since it goes by the hub's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, type Context } from "../index.ts";
import { codeOf } from "../core/samples.test.kit.ts";
import { linked, type Linking } from "../testing/pipes.ts";
import { testSystem } from "../testing/system.ts";
import { HubClock } from "./hubclock.ts";

const HOURS = 3_600_000;

/** A system behind a hub whose clock is so far ahead of its own. */
async function apart(skew: number, worker: (said: unknown, ctx: Context) => unknown, more: Linking = {}) {
  const hub = linked(memory(), { skew, ...more });
  const listening = agent("worker", { on: { request: worker, notification: worker }, retry: { retries: 1 } });
  return Object.assign(await testSystem({ agents: [listening], store: hub.open }), { hub });
}

/** Goes on until it is told to stop. */
function hanging({ signal }: Context): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
}

for (const hours of [-5, 0, 5]) {
  const skew = hours * HOURS;
  const name = `with the hub ${hours} h ahead`;

  test(`${name}: calls are answered, and those that nobody answers end at their time`, async () => {
    await using stage = await apart(skew, (said, ctx) => (said === "hang" ? hanging(ctx) : said));
    const { system, clock } = stage;
    assert.equal(await system.call("worker", "", "hello", { timeout: "1s" }), "hello");
    const asked = system.call("worker", "", "hang", { timeout: "10s" });
    let ended = "";
    asked.catch((error: { code: string }) => (ended = error.code));
    await clock.advance("9s");
    assert.equal(ended, "");
    await clock.advance("2s");
    assert.equal(ended, "HERMOD_TIMEOUT");
  });

  test(`${name}: what is sent for later comes then, and what is sent for a time not after it`, async () => {
    const heard: unknown[] = [];
    await using stage = await apart(skew, (said) => void heard.push(said));
    const { system, clock } = stage;
    await system.cast("worker", "", "later", { delay: "10m" });
    await system.schedule("tick", { every: "25m" }, "worker", "", "tick");
    await clock.advance("9m");
    assert.deepEqual(heard, []);
    await clock.advance("2m");
    assert.deepEqual(heard, ["later"]);
    await system.unschedule("tick");
    const { items } = await system.history({ where: "to:worker" });
    assert.equal(items[0]?.attempts[0]?.outcome, "acked");
  });

  test(`${name}: a lease is renewed in time, and its work done once`, async () => {
    let runs = 0;
    const gate = Promise.withResolvers<unknown>();
    await using stage = await apart(skew, async (_said, ctx) => {
      runs++;
      await gate.promise;
      ctx.signal.throwIfAborted();
    });
    const { system, clock } = stage;
    await system.cast("worker", "", 1);
    for (let at = 0; at < 10; at++) await clock.advance("20s");
    gate.resolve(undefined);
    await clock.advance("1s");
    const { items } = await system.history({ where: "to:worker" });
    assert.deepEqual([runs, items[0]?.state], [1, "done"]);
  });

  test(`${name}: a lease that can be renewed no more is over when the hub says so`, async () => {
    let lost = "";
    await using stage = await apart(skew, (_said, ctx) => {
      ctx.signal.addEventListener("abort", () => (lost = codeOf(() => ctx.signal.throwIfAborted())));
      return hanging(ctx);
    });
    const { system, clock, hub } = stage;
    await system.cast("worker", "", 1);
    await clock.settle();
    hub.pipes.up = false;
    hub.pipes.cut();
    await clock.advance("25s");
    assert.equal(lost, "", "it is held still");
    await clock.advance("10s");
    assert.equal(lost, "HERMOD_STALE_LEASE");
    hub.pipes.up = true;
    await clock.advance("20s");
  });
}

test("the clock of a hub is known as well as its answers are quick, and one that may be right is kept", () => {
  let now = 1000;
  const clock = new HubClock({ now: () => now } as never);
  now = 1010;
  clock.heard(1005, 1000);
  assert.equal(clock.now(), 1010, "of one machine");
  clock.heard(5000, 1000);
  assert.equal(clock.now(), 5000, "no earlier than it said");
  now = 2000;
  assert.equal(clock.now(), 5990);
  clock.heard(1900, 1990);
  assert.equal(clock.now(), 1910, "no later than when it was asked");
});
