/** Notes: the lines of log and the calls of models that are kept beside a message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, llmAgent, type LogNote, type Model, type ModelNote } from "hermod";
import { simulated } from "hermod/testing";
import * as z from "zod";
import { Gate, caught, only, saidIn, type On } from "./stage.ts";

const Worker = contract("worker", {
  calls: { run: { in: z.unknown(), out: z.unknown(), chunk: z.unknown() } },
  casts: { note: z.unknown() },
});
const Writer = contract("writer", { calls: { draft: { in: z.string(), out: z.string() } } });

export function noteSuite(name: string, on: On): void {
  test(`${name}: a handler's lines are kept beside its message, with level, text, data, agent and attempt [84]`, async () => {
    const worker = agent(Worker, {
      on: {
        run: (_, { log }) => {
          log.debug("looks", { at: [1, "two"] });
          log.info("found");
          log.warn("is odd", new Error("why"));
          log.error("is wrong", 7);
        },
        note: () => undefined,
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    await system.call(Worker, "run", null);
    await clock.settle();
    const { id } = only(await saidIn(system, "verb:call")).envelope;
    const { notes, cut } = await system.notes(id);
    const lines = notes.filter((note) => note.type === "log");
    assert.deepEqual(
      lines.map(({ level, text, agent: by, attempt, at }) => [level, text, by, attempt, at === clock.now()]),
      ["debug looks", "info found", "warn is odd", "error is wrong"].map((line) => {
        const [level, ...text] = line.split(" ");
        return [level, text.join(" "), "worker", 1, true];
      }),
    );
    assert.deepEqual(
      [lines[0]?.data, lines[1]?.data, lines[3]?.data, cut],
      [{ at: [1, "two"] }, undefined, 7, []],
    );
    assert.equal((lines[2]?.data as { readonly message: string } | undefined)?.message, "why");
    assert.deepEqual(await system.notes("no such message"), { notes: [], cut: [] });
  });

  test(`${name}: each attempt has its lines, those that failed too; a task's parts and end stay what they are`, async () => {
    const worker = agent(Worker, {
      on: {
        note: () => undefined,
        run: async function* (_, { log, envelope }) {
          log.info(`begins ${envelope.operation}`);
          yield "part";
          if (failed++ === 0) throw new Error("once");
          return "done";
        },
      },
    });
    let failed = 0;
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", null);
    await clock.advance("5m");
    assert.equal(await task.result(), "done");
    const { notes } = await system.notes(task.id);
    assert.deepEqual(
      notes.map((note) => [note.attempt, (note as LogNote).text]),
      [
        [1, "begins run"],
        [2, "begins run"],
      ],
    );
    assert.deepEqual([(await task.status()).parts, (await task.status()).state], [2, "done"]);
    assert.deepEqual(
      (await Array.fromAsync(task.parts())).map(({ value }) => value),
      ["part", "part"],
    );
  });

  test(`${name}: lines are there within a second, while the handler still works`, async () => {
    const gate = new Gate();
    const worker = agent(Worker, {
      on: {
        note: async (_, { log }) => {
          log.info("has begun");
          await gate.passed;
        },
        run: () => undefined,
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const { id } = await system.cast(Worker, "note", null);
    await clock.settle();
    assert.equal((await system.notes(id)).notes.length, 0);
    await clock.advance("1s");
    assert.equal((only((await system.notes(id)).notes) as LogNote).text, "has begun");
    gate.open();
  });

  test(`${name}: lines are bounded in number and size, which is said, and hold whatever data a handler gives`, async () => {
    const cycle: Record<string, unknown> = {};
    cycle["own"] = cycle;
    const worker = agent(Worker, {
      on: {
        note: (_, { log }) => {
          for (let line = 0; line < 250; line++) log.debug(`line ${line}`);
        },
        run: (_, { log }) => {
          log.info("x".repeat(5000), "y".repeat(9000));
          log.info("cycle", cycle);
          log.info("function", () => 1);
          log.info({ toString: () => Promise.reject(new Error("no text")).catch(String) } as never, 1n);
          for (let line = 0; line < 20; line++) log.info("long", "z".repeat(3000));
        },
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    const { id } = await system.cast(Worker, "note", null);
    await system.call(Worker, "run", null);
    await clock.settle();
    const many = await system.notes(id);
    assert.deepEqual([many.notes.length, many.cut], [200, [{ agent: "worker", attempt: 1, count: 50 }]]);
    const call = only(await saidIn(system, "verb:call")).envelope.id;
    const { notes, cut } = await system.notes(call);
    const [long] = notes as readonly LogNote[];
    assert.deepEqual([long?.text.length, String(long?.data).length], [2001, 4001]);
    assert.ok(JSON.stringify(notes).length < 40_000 && notes.length > 5, String(notes.length));
    assert.equal(only(cut).count, 24 - notes.length);
  });

  test(`${name}: each call of a model is told with its model, tokens, cost, duration and end, and without its words`, async () => {
    const script = [{ when: "tide", say: "It turns, quietly." }];
    const model = simulated({ script, price: { input: 2, output: 4 } });
    await using stage = await on({ agents: [llmAgent(Writer, { instructions: "You write." })], model });
    const { system, clock } = stage;
    assert.equal(await system.call(Writer, "draft", "tide"), "It turns, quietly.");
    await clock.settle();
    const { id, conversationId } = only(await saidIn(system, "verb:call")).envelope;
    const { notes } = await system.notes(id);
    const { inputTokens, outputTokens, cost, ms, ...note } = only(notes) as ModelNote & {
      readonly at: number;
    };
    assert.equal(note.simulated, true);
    assert.deepEqual([note.model, note.finish, note.type], [model.name, "stop", "model"]);
    assert.ok(inputTokens > 0 && outputTokens > 0 && typeof ms === "number", String(ms));
    const spent = await system.spent(conversationId);
    assert.deepEqual([spent["tokens"], spent["cost"]], [inputTokens + outputTokens, cost]);
    assert.doesNotMatch(JSON.stringify(notes), /quietly|You write/u);
  });

  test(`${name}: a call of a model that fails is told with its error; a real model is not called simulated`, async () => {
    const real: Model = Object.assign(simulated({ faults: { error: 1 } }), {
      name: "real",
      simulated: false,
    });
    const worker = agent(Worker, {
      on: { note: () => undefined, run: (_, { model }) => model.text("the tide") },
    });
    await using stage = await on({ agents: [worker], model: real });
    const { system, clock } = stage;
    await caught(system.call(Worker, "run", null));
    await clock.settle();
    const { id } = only(await saidIn(system, "verb:call")).envelope;
    const note = only((await system.notes(id)).notes) as ModelNote;
    assert.deepEqual(
      [note.model, note.error?.code, note.finish, note.simulated],
      ["real", "HERMOD_MODEL", undefined, undefined],
    );
  });
}
