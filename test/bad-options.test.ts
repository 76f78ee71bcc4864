/** Options that once passed unchecked, at the doors of a system; nothing of what is refused stays behind. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agent, contract, memory, start, type OpenStore, type Store } from "hermod";
import { testClock, testSystem } from "hermod/testing";
import * as z from "zod";
import { refusal } from "./bad-input.kit.ts";

const OPTION = "HERMOD_BAD_OPTION";
const Jobs = contract("jobs", { casts: { note: z.string() } });

describe("system.pull", () => {
  test("refuses what start refuses, and leaves nothing behind", async () => {
    await using stage = await testSystem();
    const { system } = stage;
    for (const given of [undefined, null, 5, {}, [], { address: "q" }, { from: "q", lease: 0 }])
      await refusal(`pull ${JSON.stringify(given)}`, () => system.pull(given as never));
    assert.deepEqual(system.agents(), []);
    assert.deepEqual((await system.stats()).mailboxes, []);
  });

  test("takes a contract, a name, or options", async () => {
    await using stage = await testSystem();
    const { system } = stage;
    await system.pull(Jobs);
    await system.pull("plain");
    await system.pull({ from: "bounded", capacity: 1 });
    assert.deepEqual(system.agents(), ["jobs", "plain", "bounded"]);
    await system.cast(Jobs, "note", "hello");
    assert.equal((await system.mailbox(Jobs).tryReceive())?.payload, "hello");
    await refusal("pull twice", () => system.pull(Jobs), "HERMOD_DUPLICATE_AGENT");
  });

  test("is refused once the system closes", async () => {
    const { system } = await testSystem();
    await system.close();
    await refusal("pull after close", () => system.pull("late"), "HERMOD_CLOSED");
  });

  test("gives the address free again when the store does not take it", async () => {
    let broken = true;
    const announce: Store["announce"] = () => {
      if (broken) throw new Error("disk full");
    };
    const picky: OpenStore = async (env) => {
      const store = await memory()(env);
      const plain = store.announce.bind(store);
      return Object.assign(store, {
        announce: (...[to, rule]: Parameters<Store["announce"]>) =>
          to === "q" && broken ? announce(to, rule) : plain(to, rule),
      });
    };
    await using system = await start({ clock: testClock(), store: picky });
    await refusal("pull", () => system.pull("q"), "HERMOD_STORE");
    assert.deepEqual(system.agents(), []);
    broken = false;
    await system.pull("q");
    assert.deepEqual(system.agents(), ["q"]);
  });
});

describe("start", () => {
  test("names every method that a part lacks", async () => {
    const lacking = { append: () => 1, close: () => undefined };
    const { message } = await refusal("store", () => start({ store: () => lacking as never }), OPTION);
    assert.match(message, /^store lacks the methods appendAll, claim, .*operate/);
    const clock = await refusal("clock", () => start({ clock: { now: () => 1 } as never }), OPTION);
    assert.match(clock.message, /monotonic, after, defer, pause/);
  });

  test("refuses parts that are none", async () => {
    const wrong = [
      ...[{ clock: 5 }, { clock: {} }, { clock: null }, { model: 5 }, { model: {} }, { model: null }],
      ...[{ random: () => NaN }, { random: () => 1 }, { random: null }, { store: () => ({}) }],
      ...[{ store: () => undefined }, { reports: null }, { limits: { size: null } }],
    ];
    for (const options of wrong) {
      const name = Object.keys(options)[0] as string;
      const { message } = await refusal(name, () => start(options as never), OPTION);
      assert.ok(message.includes(name), message);
    }
  });

  test("a store that is none is named in a test system too", async () => {
    const { message } = await refusal("store", () => testSystem({ store: () => ({}) as never }), OPTION);
    assert.match(message, /store lacks the methods append, /);
  });
});

test("options of one message are checked before anything is sent or waited for", async () => {
  const echo = agent("echo", { on: { request: (payload) => payload } });
  await using stage = await testSystem({ agents: [echo] });
  const { system } = stage;
  const signal = { aborted: false } as never;
  await refusal("hold", () => system.cast("echo", "note", 1, { hold: "yes" as never }), OPTION);
  await refusal("signal", () => system.call("echo", "say", 1, { signal }), OPTION);
  const { calls, router } = await system.stats();
  assert.deepEqual([calls.waiting, router.routed], [0, 0]);
});

test("an agent by name takes its notices in `on`, and null is no value", async () => {
  const info = (): void => undefined;
  for (const given of [info, 5, null]) {
    const { message, hint } = await refusal(
      "info",
      () => agent("x", { on: {}, info: given } as never),
      OPTION,
    );
    assert.match(message, /^agent x has no option "info"/);
    assert.match(hint, /on: \{ info/);
  }
  const names = ["on", "info", "state", "concurrency", "capacity", "order", "lease", "retry"];
  for (const name of names) await refusal(name, () => agent("x", { on: {}, [name]: null } as never), OPTION);
  for (const retry of [{ retries: null }, { base: null }, { factor: null }, { cap: null }, { jitter: null }])
    await refusal("retry", () => agent("x", { on: {}, retry } as never), OPTION);
});

describe("pulled mailboxes:", () => {
  test("a lease is at least 1 s wherever it is given", async () => {
    await using stage = await testSystem({ pull: [Jobs] });
    const { system } = stage;
    await system.cast(Jobs, "note", "hello");
    const jobs = system.mailbox(Jobs);
    for (const lease of [0, 999, "999ms"] as const) {
      await refusal("receive", () => jobs.receive({ lease }), OPTION);
      await refusal("tryReceive", () => jobs.tryReceive({ lease }), OPTION);
      await refusal("receiveAll", () => jobs.receiveAll({ lease }), OPTION);
    }
    const held = await jobs.receive({ lease: "1s" });
    const { message } = await refusal("extend", async () => held?.extend(0), OPTION);
    assert.match(message, /lease must be at least 1 s, got 0 ms/);
    await held?.extend(1000);
    await held?.ack();
  });

  test("nobody but the system can close one", async () => {
    await using stage = await testSystem({ pull: [Jobs] });
    assert.equal("close" in stage.system.mailbox(Jobs), false);
  });

  test("receiveAll ends while a sender keeps up", async () => {
    let sent = 0;
    const busy: OpenStore = async (env) => {
      const store = await memory()(env);
      const claim = store.claim.bind(store);
      const again: Store["claim"] = async (...terms) => {
        const taken = await claim(...terms);
        if (terms[0] === "jobs" && ++sent < 50) await system.cast(Jobs, "note", `more ${sent}`);
        return taken;
      };
      return Object.assign(store, { claim: again });
    };
    await using system = await start({ clock: testClock(), store: busy, pull: [Jobs] });
    for (const text of ["a", "b", "c"]) await system.cast(Jobs, "note", text);
    const all = await system.mailbox(Jobs).receiveAll();
    assert.deepEqual(
      all.map(({ payload }) => payload),
      ["a", "b", "c"],
    );
    for (const held of all) await held.ack();
  });
});
