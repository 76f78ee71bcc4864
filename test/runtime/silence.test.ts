/** Reports cost nothing while nobody listens: not one is built on the road of a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, start, type OpenStore, type Report, type System } from "hermod";
import { testClock, testSystem } from "hermod/testing";
import { Jobs, failure, given } from "./pull.kit.ts";

const worker = agent("worker", {
  retry: { retries: 1, base: 0 },
  on: {
    request: (payload) => payload,
    notification: (payload, ctx) => {
      ctx.log.info("heard", payload);
      if (payload === "bad") throw new Error("broken");
    },
  },
});

/** Sends messages of every fate. */
async function converse(system: System, clock: ReturnType<typeof testClock>): Promise<void> {
  await system.call("worker", "ask", 1);
  await system.cast("worker", "tell", "good", { key: "k" });
  await system.cast("worker", "tell", "good", { key: "k" });
  await system.cast("worker", "tell", "bad");
  await failure("HERMOD_NO_AGENT", system.cast("nobody", "tell", 1));
  await system.cast(Jobs, "note", { text: "a" });
  await given(await system.mailbox(Jobs).receive()).ack();
  await system.cast(Jobs, "note", { text: "b" });
  await system.mailbox(Jobs).receive();
  await clock.advance("1m");
}

test("nothing is built while nobody listens, and everything as soon as somebody does", async () => {
  const emitted: Report[] = [];
  const counting: OpenStore = (env) => {
    const reports = env.reports as { emit: (report: Report) => void };
    const emit = reports.emit.bind(reports);
    reports.emit = (report) => {
      emitted.push(report);
      emit(report);
    };
    return memory()(env);
  };
  const clock = testClock();
  await using system = await start({ agents: [worker], pull: [Jobs], store: counting, clock });
  await converse(system, clock);
  const guest = await system.spawn(agent("guest", { on: {} }));
  await guest.stop();
  assert.deepEqual(emitted, []);
  const end = system.reports(() => undefined);
  await converse(system, clock);
  assert.ok(emitted.length > 10);
  end();
  emitted.length = 0;
  await converse(system, clock);
  assert.deepEqual(emitted, []);
});

test("every kind of report that a message can cause is made once for its cause", async () => {
  await using stage = await testSystem({ agents: [worker], pull: [Jobs] });
  await converse(stage.system, stage.clock);
  const counts: Record<string, number> = {};
  for (const { type } of stage.spy.all) counts[type] = (counts[type] ?? 0) + 1;
  assert.deepEqual(counts, {
    "agent.started": 1,
    // request, reply, good, bad, two notes
    "message.sent": 6,
    "message.duplicated": 1,
    "message.refused": 1,
    // request, good, bad twice, two notes
    "delivery.started": 6,
    // request, reply, good, bad twice, one note
    "delivery.settled": 6,
    "message.buried": 1,
    "lease.expired": 1,
    "log.written": 3,
  });
});
