/** A circuit breaker stands where its agent runs, and whoever calls that agent, from whatever machine, hears of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type BreakerOptions } from "hermod";
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
