/** Reports: what the system says about itself, who hears it, and what it costs nobody. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, terminal, type Report, type ReportType } from "hermod";
import { Jobs, failure, given, once } from "./pull.kit.ts";
import { Gate, only, type On } from "./stage.ts";

const worker = agent("worker", {
  retry: once,
  on: {
    notification: (payload) => {
      if (payload === "bad") throw terminal(new Error("no"));
      if (payload === "again") throw new Error("not yet");
    },
    request: (payload) => payload,
  },
});

export function reportSuite(name: string, on: On): void {
  test(`${name}: a message that is sent and handled is reported once at each step, with what it was`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    const sent = await system.cast("worker", "work", 1);
    await clock.settle();
    assert.deepEqual(spy.all, [
      { type: "agent.started", agent: "worker" },
      { type: "message.sent", envelope: sent },
      { type: "delivery.started", envelope: sent, mailbox: "worker", attempt: 1, agent: "worker" },
      {
        type: "delivery.settled",
        envelope: sent,
        mailbox: "worker",
        attempt: 1,
        settlement: { type: "ack" },
        agent: "worker",
      },
    ]);
  });

  test(`${name}: a call is reported with its request, its reply and their settlements`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    await system.call("worker", "ask", 1);
    await clock.settle();
    const steps = spy.all
      .slice(1)
      .map((report) => `${report.type} ${"envelope" in report ? report.envelope?.type : ""}`);
    const expected = [
      "message.sent request",
      "delivery.started request",
      "message.sent response",
      "delivery.settled request",
      "delivery.settled response",
    ];
    assert.deepEqual(steps, expected);
  });

  test(`${name}: retries, dead letters, duplicates and refusals are reported with their reasons`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    const bad = await system.cast("worker", "work", "bad");
    const again = await system.cast("worker", "work", "again", { key: "k" });
    const twin = await system.cast("worker", "work", "again", { key: "k" });
    await failure("HERMOD_NO_AGENT", system.cast("nobody", "work", 1));
    await clock.advance("5s");
    const settled = spy
      .of("delivery.settled")
      .map(({ envelope, attempt, settlement }) => [envelope.id, attempt, settlement.type]);
    assert.deepEqual(settled, [
      [bad.id, 1, "dead"],
      [again.id, 1, "retry"],
      [again.id, 2, "dead"],
    ]);
    const buried = spy
      .of("message.buried")
      .map(({ envelope, reason, mailbox }) => [envelope.id, reason, mailbox]);
    assert.deepEqual(buried, [
      [bad.id, "terminal", "worker"],
      [again.id, "exhausted", "worker"],
    ]);
    assert.deepEqual([only(spy.of("message.duplicated")).id, twin.id], [again.id, again.id]);
    const refused = only(spy.of("message.refused"));
    assert.deepEqual([refused.code, refused.envelope.to], ["HERMOD_NO_AGENT", "nobody"]);
  });

  test(`${name}: a reply that comes too late is reported once`, async () => {
    const gate = new Gate();
    const slow = agent("slow", { on: { request: () => gate.passed.then(() => "late") } });
    await using stage = await on({ agents: [slow] });
    const { system, clock, spy } = stage;
    const asked = failure("HERMOD_TIMEOUT", system.call("slow", "ask", 1, { timeout: "1s" }));
    await clock.advance("1s");
    await asked;
    gate.open();
    await clock.settle();
    const { envelope } = only(spy.of("reply.missed"));
    assert.deepEqual([envelope.type, envelope.payload, envelope.from], ["response", "late", "slow"]);
  });

  test(`${name}: a lease that runs out, and the late settlement after it, are reported once each`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const sent = await system.cast(Jobs, "note", { text: "a" });
    const held = given(await system.mailbox(Jobs).receive());
    await clock.advance("31s");
    await failure("HERMOD_STALE_LEASE", held.ack());
    const lost = { envelope: sent, mailbox: "jobs", attempt: 1 } as const;
    assert.deepEqual(spy.of("lease.expired"), [{ type: "lease.expired", ...lost }]);
    assert.deepEqual(spy.of("delivery.outlived"), [{ type: "delivery.outlived", ...lost }]);
  });

  test(`${name}: starting and stopping an agent, draining and closing are reported once each, in order`, async () => {
    const stage = await on();
    const { system, clock, spy } = stage;
    const running = await system.spawn(worker);
    await running.stop();
    await running.stop();
    await system.close();
    await system.close();
    await clock.settle();
    assert.deepEqual(spy.all, [
      { type: "agent.started", agent: "worker" },
      { type: "agent.stopped", agent: "worker" },
      { type: "system.drained", unfinished: 0 },
      { type: "system.closed" },
    ]);
  });

  test(`${name}: log lines down to debug level are reports with level, text, data, agent and message [84]`, async () => {
    const talker = agent("talker", {
      on: {
        notification: (_payload, ctx) => {
          const { debug, info, warn, error } = ctx.log;
          debug("one", { n: 1 });
          info("two");
          warn("three", [3]);
          error("four", "data");
        },
      },
    });
    await using stage = await on({ agents: [talker] });
    const { system, clock, spy } = stage;
    const sent = await system.cast("talker", "speak", null);
    await clock.settle();
    const lines = spy
      .of("log.written")
      .map(({ level, text, data, agent: who, envelope }) => [level, text, data, who, envelope?.id]);
    assert.deepEqual(lines, [
      ["debug", "one", { n: 1 }, "talker", sent.id],
      ["info", "two", undefined, "talker", sent.id],
      ["warn", "three", [3], "talker", sent.id],
      ["error", "four", "data", "talker", sent.id],
    ]);
  });

  test(`${name}: a large state is reported with its size`, async () => {
    const keeper = agent("keeper", {
      state: () => ({ text: "" }),
      on: { notification: (payload, ctx) => void (ctx.state.text = payload as string) },
    });
    await using stage = await on({ agents: [keeper] });
    const { system, clock, spy } = stage;
    await system.cast("keeper", "keep", "x".repeat(1000));
    await system.cast("keeper", "keep", "x".repeat(70_000));
    await clock.settle();
    const { agent: who, size } = only(spy.of("state.grown"));
    assert.deepEqual([who, size > 70_000 && size < 70_100], ["keeper", true]);
  });

  test(`${name}: a listener that throws or rejects is contained, told to the others, and told again next time`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    let heard = 0;
    system.reports(function broken() {
      heard++;
      throw new Error("deaf");
    });
    await system.cast("worker", "work", 1);
    await clock.settle();
    const failures = spy.of("listener.failed");
    assert.equal(failures.length, 3);
    assert.ok(
      failures.every(({ listener, error }) => listener === "broken" && (error as Error).message === "deaf"),
    );
    assert.equal(heard, 3);
    assert.equal(spy.of("delivery.settled").length, 1);
    const late = (): void => Promise.reject(new Error("deaf later")) as unknown as void;
    system.reports(late);
    await system.cast("worker", "work", 2);
    await clock.settle();
    const later = spy.of("listener.failed").filter(({ listener }) => listener === "late");
    assert.equal(later.length, 3);
  });

  test(`${name}: two listeners that both throw do not tell each other for ever`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    let heard = 0;
    for (let n = 0; n < 2; n++) {
      system.reports(() => {
        heard++;
        throw new Error("deaf");
      });
    }
    await system.cast("worker", "work", 1);
    await clock.settle();
    assert.ok(heard >= 6 && heard <= 12, `${heard} calls`);
    assert.equal(spy.of("delivery.settled").length, 1);
  });

  test(`${name}: a listener hears until it unsubscribes, and only once for each time it subscribed`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const heard: ReportType[] = [];
    const listen = ({ type }: Report): void => void heard.push(type);
    const ends = [system.reports(listen), system.reports(listen)];
    await system.cast("worker", "work", 1);
    await clock.settle();
    assert.equal(heard.length, 6);
    ends[0]?.();
    ends[0]?.();
    await system.cast("worker", "work", 2);
    await clock.settle();
    assert.equal(heard.length, 9);
    ends[1]?.();
    await system.cast("worker", "work", 3);
    await clock.settle();
    assert.equal(heard.length, 9);
  });

  test(`${name}: a listener may subscribe and unsubscribe while it is being told`, async () => {
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const heard: string[] = [];
    const end = system.reports(({ type }) => {
      heard.push(`first ${type}`);
      end();
      system.reports((report) => void heard.push(`second ${report.type}`));
    });
    await system.cast("worker", "work", 1);
    await clock.settle();
    assert.deepEqual(heard, ["first message.sent", "second delivery.started", "second delivery.settled"]);
  });
}
