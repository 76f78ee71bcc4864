/** Agents by message type: the seven types and notices, and answers between agents. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Envelope, type MessageType, type TypeHandlers } from "hermod";
import { Gate, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const types: readonly MessageType[] = [
  "request",
  "response",
  "notification",
  "task",
  "result",
  "error",
  "status",
];

/** Handlers that keep what they got, by the name they were called by. */
function keeper(
  heard: [string, Envelope][],
  names: readonly (MessageType | "info")[],
): TypeHandlers<undefined> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      (_: unknown, ctx: { envelope: Envelope }) => void heard.push([name, ctx.envelope]),
    ]),
  );
}

export function typesSuite(name: string, on: On): void {
  test(`${name}: messages of all seven types reach the handler of their type, and an unsaid type is notification [4]`, async () => {
    const heard: [string, Envelope][] = [];
    await using stage = await on({ agents: [agent("north", { on: keeper(heard, types) })] });
    const { system, clock } = stage;
    const modes = new Map<string, string>();
    for (const type of types) {
      const { delivery } = await system.send({ to: "north", from: "south", type, payload: type });
      modes.set(type, delivery);
    }
    const atMostOnce = [...modes].filter(([, mode]) => mode === "at-most-once").map(([type]) => type);
    assert.deepEqual(atMostOnce, ["request", "status"]);
    await system.send({ to: "north", payload: "unsaid" });
    await clock.settle();
    const expected = [...types.map((type) => [type, type, type]), ["notification", "notification", "unsaid"]];
    assert.deepEqual(sorted(heard.map(([by, { type, payload }]) => [by, type, payload])), sorted(expected));
    assert.equal((await system.stats()).delivery.acknowledged, 8);
  });

  test(`${name}: a task's result goes back to its asker, names the task and inherits the conversation [8]`, async () => {
    const heard: [string, Envelope][] = [];
    const worker = agent("worker", { on: { task: (payload) => ({ done: payload }) } });
    await using stage = await on({ agents: [agent("asker", { on: keeper(heard, types) }), worker] });
    const { system, clock } = stage;
    const task = await system.send({
      from: "asker",
      to: "worker",
      type: "task",
      payload: "dig",
      conversationId: "c-1",
    });
    await clock.settle();
    const [by, result] = only(heard);
    assert.deepEqual(
      [by, result.from, result.to, result.payload],
      ["result", "worker", "asker", { done: "dig" }],
    );
    assert.deepEqual([result.inReplyTo, result.correlationId], [task.id, task.id]);
    assert.deepEqual([result.conversationId, result.causeId], ["c-1", task.id]);
    assert.equal(result.delivery, "at-least-once");
  });

  test(`${name}: an answer goes to the reply address rather than to the sender, under the asker's correlation id`, async () => {
    const heard: [string, Envelope][] = [];
    const worker = agent("worker", { on: { request: () => "yes" } });
    const desk = agent("desk", { on: keeper(heard, types) });
    await using stage = await on({ agents: [desk, worker, agent("asker", { on: {} })] });
    const { system, clock } = stage;
    await system.send({
      from: "asker",
      to: "worker",
      type: "request",
      replyTo: "desk",
      correlationId: "form-7",
    });
    await clock.settle();
    const [by, answer] = only(heard);
    assert.deepEqual([by, answer.payload, answer.correlationId], ["response", "yes", "form-7"]);
  });

  test(`${name}: an error of a handler reaches an asking agent as an error message with category and recoverability`, async () => {
    const heard: [string, Envelope][] = [];
    const worker = agent("worker", {
      retry: { retries: 1, base: 0 },
      on: {
        task: () => Promise.reject(new RangeError("no ink")),
        request: () => Promise.reject(new RangeError("no ink")),
      },
    });
    await using stage = await on({ agents: [agent("asker", { on: keeper(heard, types) }), worker] });
    const { system, clock } = stage;
    const asked = [
      await system.send({ from: "asker", to: "worker", type: "task" }),
      await system.send({ from: "asker", to: "worker", type: "request" }),
    ];
    await clock.advance("1s");
    assert.deepEqual(
      sorted(heard.map(([by, { inReplyTo }]) => [by, inReplyTo])),
      sorted(asked.map(({ id }) => ["error", id])),
    );
    for (const [, { payload }] of heard) {
      const { code, category, retryable, details } = payload as Record<string, unknown>;
      assert.deepEqual([code, category, retryable], ["HERMOD_FAILED", "failure", true]);
      assert.equal((details as { error: { name: string } }).error.name, "RangeError");
    }
  });

  test(`${name}: a notification that names a reply address has its failure told there`, async () => {
    const heard: [string, Envelope][] = [];
    const fails = agent("fails", {
      retry: { retries: 0 },
      on: { notification: () => Promise.reject(new Error("no ink")) },
    });
    await using stage = await on({ agents: [agent("desk", { on: keeper(heard, types) }), fails] });
    const sent = await stage.system.send({ to: "fails", replyTo: "desk" });
    await stage.clock.settle();
    assert.deepEqual(
      heard.map(([by, { inReplyTo, correlationId }]) => [by, inReplyTo, correlationId]),
      [["error", sent.id, sent.id]],
    );
  });

  test(`${name}: an answer is not answered, and an error is not answered by an error`, async () => {
    const fail = (): never => {
      throw new Error("no ink");
    };
    const on2 = { result: fail, response: fail, error: fail };
    await using stage = await on({
      agents: [
        agent("asker", { retry: { retries: 0 }, on: on2 }),
        agent("worker", { on: { task: () => 1 } }),
      ],
    });
    const { system, clock } = stage;
    await system.send({ from: "asker", to: "worker", type: "task" });
    await system.send({ from: "worker", to: "asker", type: "error", replyTo: "worker" });
    await clock.settle();
    assert.equal((await saidIn(system)).length, 3, "task, result, error");
    assert.deepEqual(
      sorted((await lettersOf(system)).map(({ envelope, reason }) => [envelope.type, reason])),
      [
        ["error", "exhausted"],
        ["result", "exhausted"],
      ],
    );
  });

  test(`${name}: a message of a type without a handler is set aside as unreadable, and names the handlers there are`, async () => {
    await using stage = await on({ agents: [agent("north", { on: { notification: () => undefined } })] });
    const { system, clock } = stage;
    await system.send({ to: "north", type: "result" });
    await system.send({ to: "north" });
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.error?.code, letter.attempts.length],
      ["unreadable", "HERMOD_NO_OPERATION", 1],
    );
    assert.match(letter.error?.message ?? "", /north has no handler for "result"/);
    assert.equal((await system.stats()).delivery.acknowledged, 1);
  });

  test(`${name}: a request without a handler is told to its asker`, async () => {
    const heard: [string, Envelope][] = [];
    await using stage = await on({
      agents: [agent("north", { on: {} }), agent("asker", { on: keeper(heard, types) })],
    });
    const { system, clock } = stage;
    await assert.rejects(system.call("north", "", {}), { code: "HERMOD_NO_OPERATION" });
    await system.send({ from: "asker", to: "north", type: "task" });
    await clock.settle();
    assert.deepEqual(
      heard.map(([by, { payload }]) => [by, (payload as { code: string }).code]),
      [["error", "HERMOD_NO_OPERATION"]],
    );
  });

  test(`${name}: a notice goes to the info handler, and without one to that of status`, async () => {
    const both: [string, Envelope][] = [];
    const one: [string, Envelope][] = [];
    await using stage = await on({
      agents: [
        agent("both", { on: keeper(both, ["info", "status"]) }),
        agent("one", { on: keeper(one, ["status"]) }),
      ],
    });
    const { system, clock } = stage;
    await system.info("both", "health");
    await system.info("one", "health");
    await clock.settle();
    assert.deepEqual([only(both)[0], only(one)[0]], ["info", "status"]);
  });

  test(`${name}: a task does not hold its sender up`, async () => {
    const gate = new Gate();
    const heard: [string, Envelope][] = [];
    const worker = agent("worker", { on: { task: () => gate.passed.then(() => "done") } });
    await using stage = await on({ agents: [agent("asker", { on: keeper(heard, types) }), worker] });
    const { system, clock } = stage;
    await system.send({ from: "asker", to: "worker", type: "task" });
    await system.send({ to: "asker", payload: "went on" });
    await clock.settle();
    assert.deepEqual(
      heard.map(([by]) => by),
      ["notification"],
    );
    gate.open();
    await clock.settle();
    assert.deepEqual(
      heard.map(([by]) => by),
      ["notification", "result"],
    );
  });
}
