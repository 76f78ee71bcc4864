/** Leases of agents at work: the heartbeat keeps them, and only while a handler runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { Gate, only, saidIn, type On } from "./stage.ts";

export function leaseSuite(name: string, on: On): void {
  test(`${name}: a handler of five minutes keeps its lease of thirty seconds and is not run twice`, async () => {
    const gate = new Gate();
    let runs = 0;
    const worker = agent("worker", { on: { notification: () => (runs++, gate.passed) } });
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    await system.cast("worker", "think", null);
    await clock.advance("5m");
    assert.deepEqual([runs, spy.of("lease.expired").length], [1, 0]);
    gate.open();
    await clock.advance("5m");
    assert.equal(runs, 1);
    const { state, attempts } = only(await saidIn(system));
    assert.deepEqual(
      [state, attempts.map(({ number, outcome }) => [number, outcome])],
      ["done", [[1, "acked"]]],
    );
  });

  test(`${name}: an agent with a short lease that is started while another works keeps its lease too`, async () => {
    const gate = new Gate();
    const runs = { patient: 0, hasty: 0 };
    const patient = agent("patient", {
      lease: "30s",
      on: { notification: () => (runs.patient++, gate.passed) },
    });
    const hasty = agent("hasty", { lease: "1s", on: { notification: () => (runs.hasty++, gate.passed) } });
    await using stage = await on({ agents: [patient] });
    const { system, clock, spy } = stage;
    await system.cast("patient", "think", null);
    await clock.advance("1s");
    await system.spawn(hasty);
    await system.cast("hasty", "think", null);
    await clock.advance("2m");
    assert.deepEqual([runs, spy.of("lease.expired").length], [{ patient: 1, hasty: 1 }, 0]);
    gate.open();
    await clock.settle();
  });

  test(`${name}: many handlers at once keep their leases, each for itself`, async () => {
    const gate = new Gate();
    const worker = agent("worker", { concurrency: 50, lease: "3s", on: { notification: () => gate.passed } });
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    for (let n = 0; n < 50; n++) {
      await system.cast("worker", "think", n);
      await clock.advance(100);
    }
    await clock.advance("1m");
    assert.deepEqual([spy.of("delivery.started").length, spy.of("lease.expired").length], [50, 0]);
    gate.open();
    await clock.settle();
    assert.equal((await system.stats()).delivery.acknowledged, 50);
  });

  test(`${name}: the heartbeat rests when nothing runs`, async () => {
    const worker = agent("worker", { on: { notification: () => undefined } });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    await system.cast("worker", "quick", null);
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });
}
