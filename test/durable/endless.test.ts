/** What users of others suffered from work without end and from answers that come too late, with processes that are killed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type ErrorRecord } from "hermod";
import { testClock } from "hermod/testing";
import { caught, lettersOf, only, saidIn } from "../runtime/stage.ts";
import { MOST, TALK, asked, asking, gossips, polite, tell, thank } from "./endless.scenes.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";

test("two agents that thank each other for every thanks are stopped, also when their process is killed again and again", async (t) => {
  const file = newFile(t);
  for (let life = 0; life < 3; life++)
    assert.equal(await Life.begin(t, "endless.thanked", file).ended, "SIGKILL");
  const { system } = await here(t, file, { agents: [polite("ann", "bob"), polite("bob", "ann")] });
  await thank(system);
  await system.drain({ waiting: true });
  const { reason, error } = only(await lettersOf(system));
  assert.deepEqual([reason, error?.code], ["loop", "HERMOD_LOOP"]);
  assert.equal((await saidIn(system, `conversation:${TALK}`)).length, 17, "the first one, and 16 to and fro");
});

test("a conversation that turns into a cascade ends with its budget, over kills too", async (t) => {
  const file = newFile(t);
  for (let life = 0; life < 3; life++)
    assert.equal(await Life.begin(t, "endless.told", file).ended, "SIGKILL");
  const { system } = await here(t, file, { agents: gossips(), loops: { hops: 1000, pingPong: 1000 } });
  await tell(system);
  await system.drain({ waiting: true });
  const reasons = new Set((await lettersOf(system)).map(({ reason }) => reason));
  assert.deepEqual([...reasons], ["budget"]);
  const { length } = await saidIn(system, `conversation:${TALK}`);
  assert.equal((await system.spent(TALK))["messages"], length);
  assert.ok(length <= MOST && length > MOST - 2, `${length} messages`);
});

test("a circle of calls fails at once with its names, also where its first call is a durable one of a killed process", async (t) => {
  const file = newFile(t);
  await killedAt(t, "endless.circle", file, "there");
  const clock = testClock();
  const agents = [asking("ann", "bob", () => undefined), asking("bob", "ann", () => undefined)];
  const { system } = await here(t, file, { agents, clock, file: { thread: false } });
  const error = caught(system.call("ann", "ask", "why", asked));
  await clock.advance("1s");
  const { message, details } = await error;
  assert.match(message, /ann → bob → ann/);
  assert.equal((details?.["error"] as ErrorRecord | undefined)?.code, "HERMOD_FAILED");
});

test("a result that comes after its waiter has gone is there for whoever asks next", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "endless.waiting", file, "there");
  const first = await here(t, file, { agents: [agent("digger", { on: { task: () => "water" } })] });
  await first.spy.seen("delivery.settled");
  await first.system.close();
  const { system } = await here(t, file);
  assert.equal(await system.taskById("digger", await life.until("task")).result({ timeout: 0 }), "water");
});

test("a reply that comes too late is delivered to nobody, and kept", async (t) => {
  const file = newFile(t);
  const clock = testClock();
  const slow = Promise.withResolvers<string>();
  const digger = agent("digger", { on: { request: () => slow.promise } });
  const { system, spy } = await here(t, file, { agents: [digger], clock, file: { thread: false } });
  const first = caught(system.call("digger", "dig", 1, { timeout: "1s" }));
  await clock.advance("2s");
  assert.equal((await first).code, "HERMOD_TIMEOUT");
  slow.resolve("water");
  const { envelope } = await spy.seen("reply.missed");
  await clock.settle();
  assert.equal(envelope.payload, "water");
  assert.equal(only(await saidIn(system, "verb:reply")).envelope.payload, "water");
  assert.equal(await settled(system.call("digger", "dig", 2), clock), "water", "and not taken for another's");
});

async function settled(answer: Promise<unknown>, clock: ReturnType<typeof testClock>): Promise<unknown> {
  await clock.settle();
  return answer;
}
