/** Overspending: what becomes of the work when a conversation's budget runs out: it stops, goes on with a cheaper model, or asks a person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, llmAgent, start, type HermodError } from "hermod";
import { simulated } from "hermod/testing";
import * as z from "zod";
import { caught, only, type On } from "./stage.ts";

const Thinker = contract("thinker", {
  calls: { think: { in: z.string(), out: z.string() }, set: { in: z.number(), out: z.string() } },
});

/** Says "Yes.", which with its prompt is about 30 tokens. */
const large = (price?: { input: number; output: number }) =>
  simulated({ script: [{ when: "", say: "Yes." }], ...(price && { price }) });
const small = () =>
  simulated({ seed: 2, script: [{ when: "", say: "Yea." }], price: { input: 1, output: 1 } });
const thinker = llmAgent(Thinker, {
  instructions: "x",
  maxTokens: 10,
  memory: 0,
  concurrency: 20,
  on: {
    set: async (tokens, { budget }) => {
      await (await budget.reserve({ tokens })).settle({ tokens });
      return "set";
    },
  },
});

const terms = (budget: object) => ({ conversation: "c1", budget });
const isSpent = (error: HermodError): boolean => (error.cause as HermodError).code === "HERMOD_BUDGET";

async function questions({ system, clock }: Awaited<ReturnType<On>>) {
  await clock.settle();
  return system.people.list("ana");
}

export function overspendSuite(name: string, on: On): void {
  test(`${name}: where nothing is said the work stops, and no more than the budget was set aside`, async () => {
    await using stage = await on({ agents: [thinker], model: large() });
    await stage.system.call(Thinker, "set", 90, terms({ tokens: 100 }));
    const error = await caught(stage.system.call(Thinker, "think", "tide", terms({ tokens: 100 })));
    assert.ok(isSpent(error));
    assert.deepEqual(await stage.system.spent("c1"), { tokens: 90 });
  });

  test(`${name}: a cheaper model answers from its share of the budget on, and the report names it`, async () => {
    const [model, cheaper] = [large(), small()];
    await using stage = await on({ agents: [thinker], model, overspend: { cheaper, from: 0.5 } });
    const { system, spy } = stage;
    const budget = terms({ tokens: 1000 });
    assert.equal(await system.call(Thinker, "think", "tide", budget), "Yes.");
    await system.call(Thinker, "set", 500, budget);
    assert.equal(await system.call(Thinker, "think", "tide", budget), "Yea.");
    assert.equal(await system.call(Thinker, "think", "tide"), "Yes.", "another conversation");
    assert.deepEqual(
      spy.of("model.called").map((report) => report.model),
      [model.name, cheaper.name, model.name],
    );
    assert.deepEqual([model.requests.length, cheaper.requests.length], [2, 1]);
  });

  test(`${name}: a model whose price does not fit what is left gives way to the cheaper one; cost is set aside before the call`, async () => {
    const [model, cheaper] = [large({ input: 1e6, output: 1e6 }), small()];
    await using stage = await on({ agents: [thinker], model, overspend: { cheaper, from: 1 } });
    const { system } = stage;
    assert.equal(await system.call(Thinker, "think", "tide", terms({ cost: 20 })), "Yea.");
    await using plain = await on({ agents: [thinker], model });
    const error = await caught(plain.system.call(Thinker, "think", "tide", terms({ cost: 20 })));
    assert.ok(isSpent(error));
    assert.equal(model.requests.length, 0);
    assert.equal(await plain.system.call(Thinker, "think", "tide", terms({ cost: 200 })), "Yes.");
    const { cost = 0, tokens } = await plain.system.spent("c1");
    assert.equal(cost, tokens, "one a token");
  });

  test(`${name}: a person is asked once, however many wait for it, and who allows more lets all of them go on [66]`, async () => {
    await using stage = await on({ agents: [thinker], model: large(), overspend: { ask: "ana" } });
    const { system } = stage;
    await system.call(Thinker, "set", 100, terms({ tokens: 100 }));
    const tasks = await Promise.all(
      ["tide", "moon", "wind"].map((what) => system.task(Thinker, "think", what, terms({ tokens: 100 }))),
    );
    const question = only(await questions(stage));
    assert.match(
      question.question,
      /has spent 100 of 100 tokens, and \d+ more were wanted. Allow 100 more\?/u,
    );
    assert.deepEqual([question.options, question.conversation], [["allow", "stop"], "c1"]);
    await system.people.answer(question.id, "allow");
    // Each call sets aside more than it uses, and two of them more than a hundred.
    let allows = 1;
    for (let asked = await questions(stage); asked.length > 0; asked = await questions(stage)) {
      const { tokens = 0, "allowed.tokens": allowed = 0 } = await system.spent("c1");
      assert.ok(tokens > allowed && tokens <= 100 + allowed, `${tokens} of 100 and ${allowed}`);
      assert.equal(allowed, 100 * allows++);
      await system.people.answer(only(asked).id, "allow");
    }
    assert.deepEqual(await Promise.all(tasks.map((task) => task.result())), Array(3).fill("Yes."));
    assert.equal(allows, 3);
  });

  test(`${name}: the question stands though whoever asked it first is cancelled, and its answer holds for the others`, async () => {
    await using stage = await on({ agents: [thinker], model: large(), overspend: { ask: "ana" } });
    const { system, clock } = stage;
    await system.call(Thinker, "set", 100, terms({ tokens: 100 }));
    const first = await system.task(Thinker, "think", "tide", terms({ tokens: 100 }));
    const { id } = only(await questions(stage));
    const second = await system.task(Thinker, "think", "moon", terms({ tokens: 100 }));
    await clock.settle();
    await first.cancel("no need");
    assert.equal(only(await questions(stage)).id, id);
    await system.people.answer(id, "allow");
    assert.equal(await second.result(), "Yes.");
    assert.deepEqual([await questions(stage), (await first.status()).state], [[], "cancelled"]);
  });

  test(`${name}: a question that is taken back is a stop`, async () => {
    await using stage = await on({ agents: [thinker], model: large(), overspend: { ask: "ana" } });
    const { system } = stage;
    await system.call(Thinker, "set", 100, terms({ tokens: 100 }));
    const task = await system.task(Thinker, "think", "tide", terms({ tokens: 100 }));
    assert.equal(await system.people.withdraw(only(await questions(stage)).id), true);
    assert.ok(isSpent(await caught(task.result())));
  });

  test(`${name}: who says stop ends the work, and is not asked again in that conversation`, async () => {
    await using stage = await on({ agents: [thinker], model: large(), overspend: { ask: "ana" } });
    const { system } = stage;
    await system.call(Thinker, "set", 100, terms({ tokens: 100 }));
    const task = await system.task(Thinker, "think", "tide", terms({ tokens: 100 }));
    await system.people.answer(only(await questions(stage)).id, "stop");
    assert.ok(isSpent(await caught(task.result())));
    assert.ok(isSpent(await caught(system.call(Thinker, "think", "moon", terms({ tokens: 100 })))));
    assert.deepEqual(await questions(stage), []);
  });

  test(`${name}: nobody in time is a stop, and the next message asks anew; so does one whose asker went away`, async () => {
    await using stage = await on({ agents: [thinker], model: large(), overspend: { ask: "ana" } });
    const { system, clock } = stage;
    await system.call(Thinker, "set", 100, terms({ tokens: 100 }));
    const first = caught(
      system.call(Thinker, "think", "tide", { ...terms({ tokens: 100 }), timeout: "10s" }),
    );
    const { id } = only(await questions(stage));
    await clock.advance("11s");
    assert.match((await first).code, /HERMOD_(TIMEOUT|EXPIRED|FAILED)/u);
    assert.deepEqual(await questions(stage), []);
    const next = await system.task(Thinker, "think", "tide", terms({ tokens: 100 }));
    const question = only(await questions(stage));
    assert.notEqual(question.id, id);
    await system.people.answer(question.id, "allow");
    assert.equal(await next.result(), "Yes.");
  });

  test(`${name}: an agent's own model and rule go before the system's`, async () => {
    const [model, own, cheaper] = [large(), small(), simulated({ script: [{ when: "", say: "Hm." }] })];
    const rich = llmAgent("rich", { instructions: "x", model: own, overspend: { cheaper, from: 0 } });
    const plain = agent("plain", { on: { request: (_, ctx) => ctx.model.text("tide") } });
    await using stage = await on({ agents: [rich, plain], model });
    assert.equal(await stage.system.call("plain", "", "tide"), "Yes.");
    assert.equal(await stage.system.call("rich", "", "tide"), "Yea.", "without a budget nothing is tight");
    assert.equal(await stage.system.call("rich", "", "tide", terms({ tokens: 5000 })), "Hm.");
  });

  test(`${name}: rules that are none are refused by name`, async () => {
    for (const overspend of [
      5,
      { from: 2 },
      { from: -0.1 },
      { from: "half" },
      { ask: "" },
      { cheaper: {} },
      { x: 1 },
    ])
      assert.equal(
        (await caught(start({ overspend: overspend as never }))).code,
        "HERMOD_BAD_OPTION",
        JSON.stringify(overspend),
      );
    assert.throws(() => agent("x", { model: 5 as never, on: {} }), { code: "HERMOD_BAD_OPTION" });
  });
}
