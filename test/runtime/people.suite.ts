/** People: questions that agents have for persons, and their answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, type AgentDefinition, type OpenStore } from "hermod";
import { testSystem } from "hermod/testing";
import * as z from "zod";
import { caught, only, type On } from "./stage.ts";

const Clerk = contract("clerk", {
  calls: { send: { in: z.string(), out: z.string() }, count: { in: z.string(), out: z.number() } },
});

/** A clerk that sends nothing before Ana has said so. */
const clerk = agent(Clerk, {
  on: {
    async send(letter, ctx) {
      const answer = await ctx.ask("ana", `Send ${letter}?`, {
        options: ["yes", "no"],
        details: { letter },
      });
      return `${letter}: ${answer}`;
    },
    async count(what, ctx) {
      return ctx.ask("bo", `How many ${what}?`, { schema: z.number().int(), timeout: "1h" });
    },
  },
});

export function peopleSuite(name: string, on: On): void {
  test(`${name}: a question waits for its person, is seen with what it is about, and its answer goes on [66]`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const task = await system.task(Clerk, "send", "a letter", { conversation: "c1" });
    await clock.advance("3h");
    const question = only(await system.people.list());
    assert.deepEqual(
      { ...question, id: "", askedAt: 0 },
      {
        ...{ id: "", askedAt: 0, person: "ana", question: "Send a letter?", options: ["yes", "no"] },
        ...{ details: { letter: "a letter" }, from: "clerk", conversation: "c1" },
      },
    );
    assert.deepEqual(await system.people.list("bo"), []);
    await system.people.answer(question.id, "yes");
    assert.equal(await task.result(), "a letter: yes");
    assert.deepEqual(await system.people.list(), []);
  });

  test(`${name}: an answer that is not to choose is refused and the question stands; a second answer and a strange one are refused`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const task = await system.task(Clerk, "send", "a letter");
    await clock.settle();
    const { id } = only(await system.people.list("ana"));
    const refused = await caught(system.people.answer(id, "perhaps"));
    assert.deepEqual([refused.code, refused.message.includes("perhaps")], ["HERMOD_BAD_OPTION", true]);
    assert.equal(only(await system.people.list("ana")).id, id);
    await system.people.answer(id, "no");
    assert.equal((await caught(system.people.answer(id, "yes"))).code, "HERMOD_NO_TASK");
    assert.equal((await caught(system.people.answer("nothing", "yes"))).code, "HERMOD_NO_TASK");
    assert.equal(await system.people.withdraw(id), false);
    assert.equal(await task.result(), "a letter: no");
  });

  test(`${name}: an answer is checked against what the handler expects; nobody's answer in time is an end`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const one = await system.task(Clerk, "count", "ships");
    await clock.settle();
    await system.people.answer(only(await system.people.list()).id, 3);
    assert.equal(await one.result(), 3);
    const late = await system.task(Clerk, "count", "waves");
    await clock.settle();
    const { deadline, askedAt } = only(await system.people.list());
    assert.equal((deadline ?? 0) - askedAt, 3_600_000);
    const ended = caught(late.result({ timeout: "2h" }));
    const { id } = only(await system.people.list());
    await clock.advance("61m");
    assert.equal((await caught(system.people.answer(id, 4))).code, "HERMOD_NO_TASK");
    assert.match((await ended).message, /bo has not answered in time/u);
    assert.deepEqual(await system.people.list(), []);
  });

  test(`${name}: an answer is text where nothing else is said; more questions than a page are all listed`, async () => {
    const plain = agent(contract("plain", { calls: { ask: { in: z.string(), out: z.unknown() } } }), {
      concurrency: 2000,
      on: { ask: (question, ctx) => ctx.ask("ana", question) },
    });
    await using stage = await on({ agents: [plain] });
    const { system, clock } = stage;
    const tasks = await Promise.all(
      Array.from({ length: 1001 }, (_, at) => system.task("plain", "ask", `What is ${at}?`)),
    );
    await clock.settle();
    const questions = await system.people.list();
    assert.equal(questions.length, 1001);
    await system.people.answer(questions[0]?.id ?? "", 7);
    await system.people.answer(questions[1]?.id ?? "", "seven");
    await clock.settle();
    const ends = await Promise.all(tasks.map((task) => task.status()));
    assert.deepEqual(
      ends.map(({ state }) => state).filter((state) => state !== "running"),
      ["failed", "done"],
    );
  });

  test(`${name}: a question ends with the work it was asked for, and by being taken back`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const task = await system.task(Clerk, "send", "a letter");
    await clock.settle();
    assert.equal((await system.people.list()).length, 1);
    await task.cancel("no need");
    await clock.settle();
    assert.deepEqual(await system.people.list(), []);
    const other = await system.task(Clerk, "send", "another");
    const ended = caught(other.result({ timeout: "2h" }));
    await clock.settle();
    assert.equal(await system.people.withdraw(only(await system.people.list()).id, "asked twice"), true);
    assert.equal((await ended).code, "HERMOD_FAILED");
  });

  test(`${name}: no agent can be a person, nor answer as one; nonsense is refused`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system } = stage;
    assert.throws(() => agent("~people/ana", { on: {} } as never), { code: "HERMOD_BAD_ADDRESS" });
    assert.throws(() => agent("~people", { on: {} } as never), { code: "HERMOD_BAD_ADDRESS" });
    const asked: unknown[] = [];
    const asker: AgentDefinition = agent(contract("asker", { casts: { go: z.string() } }), {
      on: {
        async go(_, ctx) {
          const bad: readonly (readonly unknown[])[] = [
            ["no name", "?"],
            ["", "?"],
            ["ana", ""],
            ["ana", "?", { options: [] }],
            ["ana", "?", { options: [1] }],
            ["ana", "?", { timeout: -1 }],
            ["ana", "?", { answer: "yes" }],
            ["ana", "?", { details: () => 1 }],
            ["ana", "?", { details: 1n }],
            ["ana", "?", { schema: "number" }],
          ];
          for (const terms of bad) asked.push((await caught(ctx.ask(...(terms as ["ana", "?"])))).code);
        },
      },
    });
    await system.spawn(asker);
    await system.cast("asker", "go", "now");
    await stage.clock.settle();
    assert.deepEqual(asked, [
      ...["HERMOD_BAD_ADDRESS", "HERMOD_BAD_ADDRESS", "HERMOD_BAD_OPTION", "HERMOD_BAD_OPTION"],
      ...["HERMOD_BAD_OPTION", "HERMOD_BAD_OPTION", "HERMOD_BAD_OPTION", "HERMOD_BAD_PAYLOAD"],
      ...["HERMOD_BAD_PAYLOAD", "HERMOD_BAD_OPTION"],
    ]);
    assert.deepEqual(await system.people.list(), []);
    assert.equal((await caught(system.people.answer(3 as never, "yes"))).code, "HERMOD_BAD_OPTION");
  });
}

/** What outlives the system that asked. */
export function askedAgainSuite(name: string, opening: () => OpenStore): void {
  test(`${name}: a question outlives the system that asked: the rerun finds it, asks nobody twice and takes the answer`, async () => {
    const store = opening();
    const first = await testSystem({ store, agents: [clerk] });
    const { id } = await first.system.task(Clerk, "send", "a letter");
    await first.clock.settle();
    const question = only(await first.system.people.list());
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store });
    assert.equal(only(await second.system.people.list("ana")).id, question.id);
    await second.system.people.answer(question.id, "yes");
    await second.system.spawn(clerk);
    await second.clock.advance("1m");
    assert.equal(await second.system.taskById(Clerk, id).result(), "a letter: yes");
    assert.deepEqual(await second.system.people.list(), []);
  });
}
