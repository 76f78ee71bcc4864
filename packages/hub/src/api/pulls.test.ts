/** Pulls: what was handed out over HTTP ends with its lease, its hub or its holder's bound. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agent, memory, start, type Store } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { testClock } from "hermod/testing";
import type { Principal } from "../auth/principal.ts";
import { Hub } from "../hub.ts";
import { Client } from "./api.test.kit.ts";
import { Pulls } from "./pulls.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const ana: Principal = { name: "ana", kind: "person", may: () => true };
const terms = { max: 1, wait: 0, lease: 5000 };
const never = new AbortController().signal;

async function opened() {
  const clock = testClock();
  const { promise, resolve } = Promise.withResolvers<Store>();
  const system = await start({
    clock,
    store: async (env) => {
      const store = await memory()(env);
      resolve(store);
      return store;
    },
  });
  const pulls = new Pulls({ system, store: await promise, hosting: { sessions: [] } }, clock);
  await pulls.take(ana, "jobs", terms, never);
  return { clock, system, pulls };
}

test("a message whose lease ran out is held no longer, and comes back with its attempt counted", async () => {
  const { clock, system, pulls } = await opened();
  await system.cast("jobs", "do", 1);
  const [held] = await pulls.take(ana, "jobs", terms, never);
  await held!.delivery.extend(8000);
  await clock.advance("6s");
  assert.equal(pulls.size, 1, "its lease was made longer");
  await clock.advance("3s");
  assert.equal(pulls.size, 0);
  assert.throws(() => pulls.find(ana, held!.token), { code: "HERMOD_STALE_LEASE" });
  const [again] = await pulls.take(ana, "jobs", terms, never);
  assert.equal(again!.delivery.attempt, 2);
  await pulls.close();
  await system.close();
});

test("one principal holds a thousand messages and no more", async () => {
  const { system, pulls } = await opened();
  for (let at = 0; at < 1100; at++) await system.cast("jobs", "do", at);
  const most = { ...terms, max: 600 };
  const first = await pulls.take(ana, "jobs", most, never);
  const second = await pulls.take(ana, "jobs", most, never);
  assert.deepEqual([first.length, second.length], [600, 400]);
  await assert.rejects(pulls.take(ana, "jobs", terms, never), { code: "HERMOD_OVERLOADED" });
  assert.equal((await pulls.take({ ...ana, name: "ben" }, "jobs", terms, never)).length, 1);
  await pulls.settle(first[0]!, (delivery) => delivery.ack());
  assert.equal((await pulls.take(ana, "jobs", terms, never)).length, 1);
  await pulls.close();
  await system.close();
});

test("whoever went away while a message was taken for them does not have it", async () => {
  const { system, pulls } = await opened();
  const left = new AbortController();
  await system.cast("jobs", "do", 1);
  const taking = pulls.take(ana, "jobs", terms, left.signal);
  left.abort(new Error("left"));
  await assert.rejects(taking, /left/);
  assert.deepEqual([pulls.size, (await system.mailbox("jobs").peek()).length], [0, 1]);
  await system.close();
});

test("whoever went away just as a message came does not have it: it is given back", async () => {
  const left = new AbortController();
  let released = 0;
  const delivery = { release: async () => void released++ };
  const mailbox = {
    receive: () => (left.abort(new Error("left")), Promise.resolve(delivery)),
    tryReceive: () => Promise.resolve(undefined),
  };
  const system = { pull: () => Promise.resolve(), mailbox: () => mailbox };
  const store = { read: () => ({ items: [] }) };
  const pulls = new Pulls({ system, store, hosting: { sessions: [] } } as never);
  await assert.rejects(pulls.take(ana, "jobs", terms, left.signal), /left/);
  assert.deepEqual([pulls.size, released], [0, 1]);
});

test("what is held when the hub ends waits in its file, without an attempt used", async () => {
  const store = () => sqlite(join(folder, "held.db"));
  const jobs = async (hub: Hub) =>
    (await new Client(hub.url).ask("post /v1/mailboxes/jobs/pull", { body: {} })).body.deliveries;
  const first = await Hub.open({ store: store(), port: 0 });
  await jobs(first);
  await first.system.cast("jobs", "do", 1);
  assert.equal((await jobs(first)).length, 1);
  await first.close();
  await using second = await Hub.open({ store: store(), port: 0 });
  const [again] = await jobs(second);
  assert.deepEqual([again.attempt, again.envelope.payload], [1, 1]);
});

test("a mailbox is pulled from again when the system that took it over has left", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const client = new Client(hub.url);
  const pull = () => client.ask("post /v1/mailboxes/jobs/pull", { body: {} });
  await pull();
  const system = await start({
    agents: [agent("jobs", { on: { notification: () => undefined } })],
    store: remote(hub.url),
  });
  assert.equal((await pull()).status, 409);
  await system.close();
  await hub.system.cast("jobs", "do", 1);
  assert.equal((await pull()).body.deliveries.length, 1);
  const { items } = (await client.ask("get /v1/agents")).body;
  assert.deepEqual([items[0].pulled, items[0].mailbox.served], [true, true]);
});
