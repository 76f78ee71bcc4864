/** Schedules outlive their process: they go on by themselves, and a kill loses no time of theirs and doubles none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, agent, start, type Envelope, type OpenStore, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock } from "hermod/testing";
import { only } from "../runtime/stage.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";

const HOUR = 3_600_000;

function keeping(heard: Envelope[]) {
  return agent("poller", { on: { notification: (_, { envelope }) => void heard.push(envelope) } });
}

test("a schedule whose process is killed again and again loses no time and sends none twice", async (t) => {
  const file = newFile(t);
  const begun = testClock().now();
  const due = (n: number): string => new Date(begun + n * 1000).toISOString();
  // A life may come further before it is killed: the next one does not say again what is settled.
  const lastOf = ({ said }: Life): number =>
    Math.max(...said.map((line) => (Date.parse(line.slice("due ".length)) - begun) / 1000 || 0));
  let life = await killedAt(t, "schedules.set", file, `due ${due(3)}`);
  for (const more of [6, 1, 13, 17])
    life = await killedAt(t, "schedules.again", file, `due ${due(lastOf(life) + more)}`);
  for (const stage of ["atStart", "atSend", "atSettlement", "atStart", "atSend"])
    assert.equal(await Life.begin(t, `schedules.${stage}`, file).ended, "SIGKILL");
  const clock = testClock();
  const { system } = await here(t, file, { agents: [keeping([])], clock, file: { thread: false } });
  await clock.advance("100s");
  const sent: unknown[] = [];
  for (let after: string | undefined; ;) {
    const page = await system.history({
      where: "to:poller operation:poll",
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    sent.push(...page.items.map(({ envelope }) => envelope.metadata["due"]));
    if (page.next === undefined) break;
    after = page.next;
  }
  assert.ok(sent.length >= 100);
  assert.deepEqual(
    sent,
    sent.map((_, at) => due(at + 1)),
  );
});

for (const [misfire, made] of [
  ["once", [1]],
  ["skip", []],
  ["all", [1, 2, 3, 4]],
] as const)
  test(`times that were missed while no process ran: "${misfire}"`, async (t) => {
    const file = newFile(t);
    const clock = testClock();
    const begun = clock.now();
    const terms = { thread: false };
    const first = await here(t, file, { agents: [keeping([])], clock, file: terms });
    await first.system.schedule("mail", { every: "1h", misfire }, "poller", "poll", {});
    await first.system.close();
    const heard: Envelope[] = [];
    const later = testClock(begun + 4.5 * HOUR);
    const { system } = await here(t, file, { agents: [keeping(heard)], clock: later, file: terms });
    await later.settle();
    const expected = [...made, 5].map((n) => new Date(begun + n * HOUR).toISOString());
    assert.equal(heard.length, made.length);
    assert.equal(only(await system.schedules()).next, begun + 5 * HOUR);
    await later.advance("30m");
    assert.deepEqual(
      heard.map(({ metadata }) => metadata["due"]),
      expected,
    );
  });

test("a schedule that is set again by each start of its program keeps its rhythm, and one taken away stays away", async (t) => {
  const file = newFile(t);
  const clock = testClock();
  const begun = clock.now();
  for (let life = 1; life <= 3; life++) {
    const { system } = await here(t, file, { agents: [keeping([])], clock, file: { thread: false } });
    const schedule = await system.schedule("mail", { cron: "0 9 * * *" }, "poller", "poll", {});
    await system.schedule("gone", { every: "1h", times: 1 }, "poller", "poll", {});
    assert.equal(await schedule.next(), begun + 9 * HOUR);
    assert.deepEqual(
      (await system.schedules()).map(({ name }) => name),
      life === 1 ? ["gone", "mail"] : ["mail"],
    );
    await clock.advance("2h");
    if (life === 3) await schedule.cancel();
    await system.close();
  }
  const { system } = await here(t, file, { agents: [keeping([])], clock, file: { thread: false } });
  assert.deepEqual(await system.schedules(), []);
});

test("a schedule whose time became a dead letter goes on when its program sets it again", async (t) => {
  const file = newFile(t);
  const clock = testClock();
  const terms = { thread: false };
  const set = (system: System): Promise<unknown> =>
    system.schedule("mail", { every: "1h" }, "poller", "poll", {});
  const first = await here(t, file, { agents: [keeping([])], clock, file: terms });
  await set(first.system);
  await first.system.close();
  const later = testClock(clock.now() + HOUR);
  const heard: Envelope[] = [];
  const error = new HermodError("HERMOD_FAILED", "it cannot be").toJSON();
  const store: OpenStore = async (env) => {
    const opened = await sqlite(file, terms)(env);
    const settle = opened.settle.bind(opened);
    opened.settle = (claim) => {
      opened.settle = settle;
      return settle(claim, { type: "dead", reason: "exhausted", error }, []);
    };
    return opened;
  };
  await using system = await start({ agents: [keeping(heard)], clock: later, store, statistics: false });
  await later.advance("2h");
  assert.deepEqual([heard.length, await system.schedules()], [0, []]);
  await set(system);
  await set(system);
  await later.advance("1h");
  assert.equal(heard.length, 2, "one for what was missed, one in time");
  assert.equal((await system.schedules()).length, 1);
  const closing = system.close();
  await later.advance(0);
  await closing;
});
