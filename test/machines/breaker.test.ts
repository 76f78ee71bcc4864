/** A circuit breaker stands where its agent runs, and whoever calls that agent, from whatever machine, hears of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Address, type BreakerOptions } from "hermod";
import { caught } from "../runtime/stage.ts";
import { Machines, terms, type Machine } from "./machines.kit.ts";

/** Fails while it is sick; what it is to do once it is well waits for it. */
function patient(breaker: BreakerOptions) {
  const self = { isSick: true, runs: 0 };
  const run = (what: unknown): unknown => {
    self.runs++;
    if (self.isSick) throw new Error("sick");
    return what;
  };
  const definition = agent("patient", { breaker: { least: 2, ...breaker }, on: { request: run } });
  return { self, definition };
}

const codesOf = (machines: readonly Machine[]): Promise<string[]> =>
  Promise.all(machines.map(async ({ system }) => (await caught(system.call("patient", "", 1))).code));

test(
  "callers on every machine are refused while the breaker is open, also when the mailbox has moved",
  terms,
  async (t) => {
    const { keeper, host, caller, end } = await Machines.around(t, "patient");
    const { self, definition } = patient({ openFor: "1h" });
    await host.system.spawn(definition);
    assert.deepEqual(await codesOf([keeper, keeper]), ["HERMOD_FAILED", "HERMOD_FAILED"]);
    await host.spy.seen("breaker.changed", ({ state }) => state === "open");
    assert.deepEqual(await codesOf([keeper, caller, host]), Array(3).fill("HERMOD_CIRCUIT_OPEN"));
    await end(keeper);
    assert.deepEqual(await codesOf([caller]), ["HERMOD_CIRCUIT_OPEN"]);
    assert.equal(self.runs, 2);
  },
);

test(
  "what another machine sends at least once waits out the open time, is the trial, and closes the breaker for all",
  terms,
  async (t) => {
    const { keeper, host, caller, end } = await Machines.around(t, "patient");
    const { self, definition } = patient({ openFor: "2s" });
    await host.system.spawn(definition);
    await codesOf([keeper, keeper]);
    const trial = caller.system.call("patient", "", "trial", { delivery: "at-least-once" });
    await end(keeper);
    self.isSick = false;
    assert.equal(await trial, "trial");
    assert.equal(await caller.system.call("patient", "", "well"), "well");
    const states = host.spy.of("breaker.changed").map(({ state }) => state);
    assert.deepEqual([states, self.runs], [["open", "half-open", "closed"], 4]);
  },
);

/** Answers with its machine's name; fails what it is told to. */
const named = (name: string) =>
  agent("patient", {
    breaker: { least: 1, openFor: "1h" },
    on: {
      request: (what) => {
        if (what === "fail") throw new Error("sick");
        return name;
      },
    },
  });

const answersOf = (machines: readonly Machine[]): Promise<unknown[]> =>
  Promise.all(
    machines.map(({ system }) =>
      system.call("patient", "", 1).catch(({ code }: { readonly code: string }) => code),
    ),
  );

/** Until it has heard who else serves the agent: it is told before the first answer, has asked before the second, and knows before the third. */
async function told({ store }: Machine): Promise<void> {
  for (let times = 0; times < 3; times++) await store.read({ type: "counts", mailbox: "patient" as Address });
}

test(
  "of two machines that serve one agent, the one whose breaker is open leaves all calls to the other, also when the mailbox has moved",
  terms,
  async (t) => {
    const { keeper, host, caller, end } = await Machines.around(t, "patient");
    const all = [keeper, caller, host];
    await host.system.spawn(named("host"));
    await caught(host.system.call("patient", "", "fail"));
    await host.spy.seen("breaker.changed", ({ state }) => state === "open");
    assert.deepEqual(await answersOf(all), Array(3).fill("HERMOD_CIRCUIT_OPEN"));
    await caller.system.spawn(named("caller"));
    await told(host);
    assert.deepEqual(await answersOf(all), Array(3).fill("caller"));
    await end(keeper);
    assert.deepEqual(await answersOf([host, caller]), ["caller", "caller"]);
    caller.system.breakers.open("patient");
    assert.deepEqual(await answersOf([caller, host]), Array(2).fill("HERMOD_CIRCUIT_OPEN"));
    caller.system.breakers.auto("patient");
    await told(caller);
    await told(host);
    assert.deepEqual(await answersOf([host, caller]), ["caller", "caller"]);
    await end(caller);
    assert.deepEqual(await answersOf([host]), ["HERMOD_CIRCUIT_OPEN"]);
  },
);
