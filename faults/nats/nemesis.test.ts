/** The choice of faults, by its laws. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { drawsOf } from "../random.ts";
import { CLIENTS, LEASE, mixes, plan, sizes, type Fault, type Mix } from "./nemesis.ts";

const seeds = fc.nat(2 ** 31 - 1);
const mix = fc.constantFrom(...mixes);
const faultsOf = (seed: number, kind: Mix, count: number): readonly Fault[] =>
  plan(drawsOf(seed), kind, count).flatMap(({ faults }) => faults);

test("a plan has just the faults that were asked for, and the same for the same seed", () => {
  fc.assert(
    fc.property(seeds, mix, fc.integer({ min: 1, max: 60 }), (seed, kind, count) => {
      assert.equal(faultsOf(seed, kind, count).length, count);
      assert.deepEqual(plan(drawsOf(seed), kind, count), plan(drawsOf(seed), kind, count));
    }),
  );
});

test("a quarter of the periods have no fault", () => {
  for (const kind of mixes) {
    const periods = plan(drawsOf(7), kind, 2000);
    const peaceful = periods.filter(({ faults }) => faults.length === 0).length;
    assert.ok(Math.abs(peaceful / periods.length - 0.25) < 0.03, `${peaceful} of ${periods.length}`);
  }
});

test("at once there is at most one fault of a node, behind at most one of a client, and a host that crashes alone", () => {
  fc.assert(
    fc.property(seeds, mix, (seed, kind) => {
      for (const { faults } of plan(drawsOf(seed), kind, 50)) {
        const order = faults.map(({ type }) => (type.endsWith("-client") ? "client" : "node"));
        assert.ok(["", "client", "node", "client,node"].includes(order.join()), order.join());
        // It has a client too.
        if (faults.some(({ type }) => type === "crash-host")) assert.equal(faults.length, 1);
      }
    }),
  );
});

test("faults meet who is there, and stop a client for longer than its lease", () => {
  fc.assert(
    fc.property(seeds, mix, (seed, kind) => {
      for (const fault of faultsOf(seed, kind, 50)) {
        if ("node" in fault) assert.ok(fault.node < sizes[kind]);
        if ("client" in fault) assert.ok(fault.client < CLIENTS);
        if (fault.type === "pause-client") assert.ok(fault.ms > LEASE);
      }
    }),
  );
});

test("each mix has all of its faults, and one broker is never set apart from itself", () => {
  const typesOf = (kind: Mix) => [...new Set(faultsOf(3, kind, 300).map(({ type }) => type))].toSorted();
  const single = ["kill-client", "kill-node", "part-client", "pause-client", "pause-node", "replace-client"];
  assert.deepEqual(typesOf("single"), single);
  const more = ["move-client", "part-node", "part-node-of", "step-down"];
  assert.deepEqual(typesOf("cluster"), [...single, ...more].toSorted());
  const ofHosts = ["crash-host", "kill-client", "kill-node", "part-host", "pause-client", "pause-node"];
  assert.deepEqual(typesOf("hosts"), [...ofHosts, "replace-client", "step-down"]);
});
