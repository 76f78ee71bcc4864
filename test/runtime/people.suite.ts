/** People: questions that agents have for persons, and their answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, fromMap, type AgentDefinition, type OpenStore, type Store } from "hermod";
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

  test(`${name}: a question can be given to somebody else, which all who list it see, and taken back again [66]`, async () => {
    await using stage = await on({ agents: [clerk] });
    const { system, clock } = stage;
    const task = await system.task(Clerk, "send", "a letter");
    await clock.settle();
    const { id } = only(await system.people.list("ana"));
    await system.people.assign(id, "cy", "bo");
    const at = clock.now();
    for (const who of [undefined, "ana", "cy"])
      assert.deepEqual(only(await system.people.list(who)).assigned, { to: "cy", by: "bo", at });
    assert.deepEqual(await system.people.list("bo"), []);
    await system.people.assign(id, undefined, "bo");
    assert.equal(only(await system.people.list("ana")).assigned, undefined);
    assert.deepEqual(await system.people.list("cy"), []);
    await system.people.assign(id, "cy");
    assert.equal((await caught(system.people.assign(id, "no name"))).code, "HERMOD_BAD_ADDRESS");
    await system.people.answer(id, "yes");
    assert.equal(await task.result(), "a letter: yes");
    assert.equal((await caught(system.people.assign(id, "cy"))).code, "HERMOD_NO_TASK");
  });

  test(`${name}: a question can be declined: whoever asked hears why, and it waits no more [66]`, async () => {
    const asker = agent("asker", {
      retry: { retries: 0 },
      on: { request: async (_, ctx) => ctx.ask("ana", "Shall it?").catch((error: unknown) => String(error)) },
    });
    await using stage = await on({ agents: [asker] });
    const { system, clock } = stage;
    const asked = system.call("asker", "", "");
    await clock.settle();
    const { id } = only(await system.people.list());
    await system.people.decline(id, "not mine to say");
    assert.match(String(await asked), /ana declined: not mine to say/u);
    assert.deepEqual(await system.people.list(), []);
    for (const act of ["decline", "answer"] as const)
      assert.equal((await caught(system.people[act](id, "yes"))).code, "HERMOD_NO_TASK");
    assert.deepEqual((await system.deadLetters.list()).items, []);
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

  test(`${name}: a question that a handler asks again is another one, and one that was over is asked anew`, async () => {
    const Twice = contract("twice", { calls: { ask: { in: z.null(), out: z.unknown() } } });
    const twice = agent(Twice, {
      on: {
        async ask(_, ctx) {
          const late = await caught(ctx.ask("ana", "Now?", { timeout: "1m" }));
          return [late.code, await ctx.ask("ana", "Now?"), await ctx.ask("ana", "Now?")];
        },
      },
    });
    await using stage = await on({ agents: [twice] });
    const { system, clock } = stage;
    const task = await system.task(Twice, "ask", null);
    await clock.settle();
    await clock.advance("2m");
    for (const answer of ["no", "yes"]) {
      await system.people.answer(only(await system.people.list()).id, answer);
      await clock.settle();
    }
    assert.deepEqual(await task.result(), ["HERMOD_EXPIRED", "no", "yes"]);
  });

  test(`${name}: nobody sends to a person, nor as one, nor asks in another's name: by no verb and by no hand`, async () => {
    const refused: string[] = [];
    const note = async (...tries: readonly (() => Promise<unknown>)[]): Promise<void> => {
      for (const act of tries) refused.push((await caught(Promise.resolve().then(act))).code);
    };
    const forged = { question: "Lunch?", options: ["allow", "stop"] };
    const mallory = agent("mallory", {
      on: {
        notification: (_, ctx) =>
          note(
            () => ctx.task("~people/ana", "ask", forged, { key: "budget c1 tokens 100 0 0" }),
            () => ctx.task("~people/ana", "ask", null, { hold: true }),
            () => ctx.cast("~people/ana", "ask", forged, { hold: true }),
            () => ctx.cast("~people", "ask", forged, { hold: true }),
            () => ctx.call("~people/ana", "ask", forged),
            () => ctx.task("mallory", "", null, { onDone: ["~people/ana", "ask"] }),
          ),
      },
    });
    await using stage = await on({ agents: [mallory] });
    const { system, clock } = stage;
    await system.cast("mallory", "", null);
    await clock.settle();
    const by = { payload: "I am Ana" };
    await note(
      () => system.send({ ...by, to: "mallory", from: "~people/ana" }),
      () => system.send({ ...by, to: "mallory", type: "request", replyTo: "~people/ana" }),
      () => system.send({ ...by, to: "~people/ana", type: "task", operation: "ask" }),
      () => system.task("~people/ana", "ask", forged),
      () => system.info("~people/ana", forged),
      () => system.schedule("forged", { every: "1m" }, "~people/ana", "ask", forged),
      async () => system.taskById("~people/ana", "x").cancel(),
      async () => system.pull("~people/ana" as never),
      async () => system.mailbox("~people"),
    );
    assert.deepEqual(refused, Array(15).fill("HERMOD_BAD_ADDRESS"));
    assert.deepEqual(await system.people.list(), []);
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

  test(`${name}: what is no question, put among them by hand, is not listed and not answered, and the others stand`, async () => {
    const opened: Store[] = [];
    const store = opening();
    const open: OpenStore = async (env) => {
      const made = await store(env);
      opened.push(made);
      return made;
    };
    await using stage = await testSystem({ store: open, agents: [clerk] });
    const { system, clock } = stage;
    const task = await system.task(Clerk, "send", "a letter");
    await clock.settle();
    const sentAt = new Date(clock.now()).toISOString();
    const common = {
      from: "mallory",
      to: "~people/ana",
      sequence: 1,
      conversationId: "c9",
      sentAt,
      delivery: "at-least-once",
    };
    const payloads = [null, 5, {}, { question: 7 }, { question: "Lunch?", options: "yes" }];
    for (const [at, payload] of payloads.entries()) {
      const given = { ...common, id: `garbage-${at}`, verb: "task", type: "task", operation: "ask", payload };
      assert.equal((await only(opened).append(fromMap(given))).status, "stored");
    }
    const { id } = only(await system.people.list());
    for (const at of payloads.keys())
      assert.equal((await caught(system.people.answer(`garbage-${at}`, "yes"))).code, "HERMOD_NO_TASK");
    await system.people.answer(id, "yes");
    assert.equal(await task.result(), "a letter: yes");
  });
}
