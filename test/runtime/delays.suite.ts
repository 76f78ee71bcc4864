/** Delays: what is sent for later is handed out then, in the order of the times, and not before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, agent, contract, topic } from "hermod";
import * as z from "zod";
import { caught, type On } from "./stage.ts";

const Clerk = contract("clerk", { casts: { note: z.string() } });
const Noon = topic("noon.*", z.string());

export function delaySuite(name: string, on: On): void {
  test(`${name}: a message with a delay waits for as long, and counts as delayed meanwhile`, async () => {
    const noted: string[] = [];
    const clerk = agent(Clerk, { on: { note: (text) => void noted.push(text) } });
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const { notBefore } = await system.cast(Clerk, "note", "late", { delay: "10s" });
    assert.equal(notBefore, clock.now() + 10_000);
    await clock.advance(9_999);
    assert.deepEqual(noted, []);
    const [delayed] = await system.mailbox(Clerk).delayed();
    assert.deepEqual([delayed?.envelope.payload, delayed?.dueAt], ["late", notBefore]);
    await clock.advance(1);
    assert.deepEqual(noted, ["late"]);
  });

  test(`${name}: messages for one time or another come in the order of the times, a passed one at once`, async () => {
    const noted: string[] = [];
    const clerk = agent(Clerk, { on: { note: (text) => void noted.push(text) } });
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const now = clock.now();
    await system.cast(Clerk, "note", "third", { at: now + 3000 });
    await system.cast(Clerk, "note", "second", { at: new Date(now + 2000) });
    await system.cast(Clerk, "note", "first", { at: new Date(now - 1000) });
    await clock.settle();
    assert.deepEqual(noted, ["first"]);
    await clock.advance("3s");
    assert.deepEqual(noted, ["first", "second", "third"]);
  });

  test(`${name}: sixty days are sixty days: one timer after the other waits for them`, async () => {
    const noted: string[] = [];
    const clerk = agent(Clerk, { on: { note: (text) => void noted.push(text) } });
    await using stage = await on({ agents: [clerk] });
    await stage.system.cast(Clerk, "note", "renew", { delay: "60d" });
    await stage.clock.advance("59d");
    assert.deepEqual(noted, []);
    await stage.clock.advance("1d");
    assert.deepEqual(noted, ["renew"]);
  });

  test(`${name}: the timeout of a delayed message begins when it is due`, async () => {
    const noted: string[] = [];
    const clerk = agent(Clerk, { on: { note: (text) => void noted.push(text) } });
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const sent = await system.cast(Clerk, "note", "fresh", { delay: "1h", timeout: "5s" });
    assert.equal(sent.deadline, clock.now() + 3_605_000);
    await clock.advance("1h");
    assert.deepEqual(noted, ["fresh"]);
  });

  test(`${name}: an event can be published for later, to whoever subscribes now`, async () => {
    const heard: string[] = [];
    await using stage = await on({});
    const { system, clock } = stage;
    const subscription = await system.subscribe(Noon, (text) => void heard.push(text));
    await system.publish(Noon.name("gun"), "bang", { delay: "1m" });
    await clock.advance("59s");
    assert.deepEqual(heard, []);
    await clock.advance("1s");
    assert.deepEqual(heard, ["bang"]);
    await subscription.close();
  });

  test(`${name}: a delay or time that is none is refused by name`, async () => {
    const clerk = agent(Clerk, { on: { note: () => undefined } });
    await using stage = await on({ agents: [clerk] });
    const wrong: readonly object[] = [
      { delay: -1 },
      { delay: Infinity },
      { delay: "soon" },
      { at: "tomorrow" },
      { at: new Date(Number.NaN) },
      { at: -1 },
      { at: 9e15 },
      { at: 0, delay: 0 },
    ];
    for (const options of wrong) {
      const error = await caught(stage.system.cast(Clerk, "note", "", options));
      assert.ok(error instanceof HermodError && error.code === "HERMOD_BAD_OPTION", JSON.stringify(options));
      assert.match(error.message, /delay|at/);
    }
    const forCall = { delay: "1s" } as object;
    const refused = await caught(stage.system.call("clerk", "note", "", forCall));
    assert.equal((refused as HermodError).code, "HERMOD_BAD_OPTION");
  });
}
