/** Limits: what a model's endpoint takes, kept for all agents of a system together; what waits, in which order, and what a pause costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  HermodError,
  llmAgent,
  terminal,
  tool,
  type AgentDefinition,
  type ModelLimits,
  type ModelOptions,
  type ModelPart,
  type OpenStore,
  type TextModel,
} from "hermod";
import { simulated, testSystem, type TestClock, type TestSystem } from "hermod/testing";
import * as z from "zod";
import { caught, only, testOn, type On } from "./stage.ts";

const T0 = Date.UTC(2026, 0, 1);

/** An endpoint that notes when it was asked what; it answers at once, or when the test says so. */
class Endpoint implements TextModel {
  readonly name = "small";
  readonly limits: ModelLimits;
  readonly asked: (readonly [at: number, prompt: string])[] = [];
  readonly answers: (() => void)[] = [];
  clock: TestClock | undefined;
  readonly #isSlow: boolean;

  constructor(limits: ModelLimits = {}, isSlow = false) {
    this.limits = limits;
    this.#isSlow = isSlow;
  }

  get prompts(): string[] {
    return this.asked.map(([, prompt]) => prompt);
  }

  text(prompt: string, { signal }: ModelOptions = {}): Promise<string> {
    this.asked.push([this.clock?.monotonic() ?? -1, prompt]);
    if (!this.#isSlow) return Promise.resolve("twice a day");
    return new Promise((resolve, reject) => {
      this.answers.push(() => resolve("at last"));
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }
}

/** An agent that asks the model for what it is asked, as many as come at once. */
function asker(name = "asker", runs: unknown[] = []): AgentDefinition {
  return agent(name, {
    concurrency: 500,
    on: {
      request: (prompt, ctx) => (runs.push(prompt), ctx.model.text(prompt as string, { maxTokens: 50 })),
      notification: (prompt, ctx) => (runs.push(prompt), ctx.model.text(prompt as string)),
      task: async function* (prompt, ctx) {
        for await (const part of ctx.model.stream({
          messages: [{ role: "user", content: prompt as string }],
        }))
          if (part.type === "text") yield part.text;
          else return part.reply.text;
      },
    },
  });
}

/** Asks for many things at once. */
function askAll({ system }: TestSystem, prompts: readonly string[], to = "asker", conversation?: string) {
  const terms = { timeout: "1h", ...(conversation && { conversation }) } as const;
  return prompts.map((prompt) => system.call(to, "", prompt, terms));
}

const numbered = (count: number, name = "n"): string[] => Array.from({ length: count }, (_, at) => name + at);

/** Deliveries that began: of which attempt each. */
function attempts({ spy }: TestSystem): number[] {
  return spy.of("delivery.started").flatMap(({ agent: who, attempt }) => (who ? [attempt] : []));
}

const limited = (retryAfter: number, times: number) =>
  simulated({
    retryAfter,
    script: [
      { when: "", fault: "rate-limit", times },
      { when: "", say: "twice a day" },
    ],
  });

export function limitSuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: agents together never ask more than the requests a minute, and wait no longer than that`, async () => {
    const model = new Endpoint({ requests: 5 });
    await using stage = await on({ agents: ["a", "b", "c"].map((who) => asker(who)), model });
    const clock = (model.clock = stage.clock);
    const asked = ["a", "b", "c"].flatMap((who) => askAll(stage, numbered(4, who), who));
    await clock.settle();
    assert.equal(model.asked.length, 5);
    await clock.advance("59999ms");
    assert.equal(model.asked.length, 5);
    await clock.advance("61s");
    await Promise.all(asked);
    const times = model.asked.map(([at]) => at);
    assert.deepEqual(
      times,
      [...numbered(5).fill("0"), ...numbered(5).fill("60000"), "120000", "120000"].map(Number),
    );
    assert.deepEqual(Object.keys(Object.groupBy(model.prompts, (prompt) => prompt[0] ?? "")).toSorted(), [
      "a",
      "b",
      "c",
    ]);
  });

  test(`${name}: tokens a minute count as they may be used, and as they were once that is known`, async () => {
    const model = new Endpoint({ tokens: 100 });
    await using stage = await on({ agents: [asker()], model });
    const clock = (model.clock = stage.clock);
    // Each may use 7 + 50 tokens, and uses 7 + 4.
    const asked = askAll(stage, numbered(6).fill("the tide"));
    await clock.advance("60s");
    await Promise.all(asked);
    assert.deepEqual(
      model.asked.map(([at]) => at),
      [0, 0, 0, 0, 60_000, 60_000],
    );
  });

  test(`${name}: a stream counts with the tokens that it says it has used`, async () => {
    const asked: number[] = [];
    let clock: TestClock | undefined;
    const model: TextModel = {
      ...{ name: "small", limits: { tokens: 1500 }, text: async () => "" },
      async *stream(): AsyncGenerator<ModelPart> {
        asked.push(clock?.monotonic() ?? -1);
        const usage = { inputTokens: 1, outputTokens: 2 };
        yield { type: "text", text: "long ".repeat(400) };
        yield { type: "end", reply: { text: "long", toolCalls: [], usage, finish: "stop" } };
      },
    };
    await using stage = await on({ agents: [asker()], model });
    clock = stage.clock;
    for (let n = 0; n < 3; n++) await (await stage.system.task("asker", "", "tide")).result();
    assert.deepEqual(asked, [0, 0, 0]);
  });

  test(`${name}: a call that is larger than the whole limit goes alone`, async () => {
    const model = new Endpoint({ tokens: 20 });
    await using stage = await on({ agents: [asker()], model });
    const clock = (model.clock = stage.clock);
    const asked = askAll(stage, numbered(3));
    await clock.advance("2m");
    await Promise.all(asked);
    assert.deepEqual(
      model.asked.map(([at]) => at),
      [0, 60_000, 120_000],
    );
  });

  test(`${name}: conversations take turns: a flood of one keeps nobody else waiting for more than two`, async () => {
    const model = new Endpoint({ concurrency: 1 }, true);
    await using stage = await on({ agents: [asker()], model });
    const { clock } = stage;
    const flood = askAll(stage, numbered(100, "flood "), "asker", "c1");
    await clock.settle();
    const single = askAll(stage, ["single"], "asker", "c2");
    await clock.settle();
    for (let done = 0; done < 101; done++) {
      assert.equal(model.asked.length, done + 1);
      model.answers[done]?.();
      await clock.settle();
    }
    await Promise.all([...flood, ...single]);
    assert.ok(model.prompts.indexOf("single") <= 2, `${model.prompts.indexOf("single")}`);
    const others = model.prompts.filter((prompt) => prompt !== "single");
    assert.deepEqual(others, numbered(100, "flood "));
  });

  test(`${name}: a large call whose turn it is waits for its tokens, and nothing small passes it`, async () => {
    const model = new Endpoint({ tokens: 100 });
    const sized = agent("sized", {
      concurrency: 10,
      on: { request: (size, ctx) => ctx.model.text(`${String(size)}`, { maxTokens: size as number }) },
    });
    await using stage = await on({ agents: [sized], model });
    const clock = (model.clock = stage.clock);
    const asked = [60, 90, 1].map((size) => stage.system.call("sized", "", size, { timeout: "1h" }));
    await clock.settle();
    assert.deepEqual(model.prompts, ["60"]);
    await clock.advance("60s");
    await Promise.all(asked);
    assert.deepEqual(model.asked, [
      [0, "60"],
      [60_000, "90"],
      [60_000, "1"],
    ]);
  });

  test(`${name}: a pause that the endpoint asks for is one for all agents, and costs no attempt`, async () => {
    const model = limited(5000, 1);
    const runs: unknown[] = [];
    await using stage = await on({ agents: [asker("a", runs), asker("b", runs)], model });
    const { clock, spy } = stage;
    const first = askAll(stage, ["first"], "a");
    await clock.settle();
    const second = askAll(stage, ["second"], "b");
    await clock.advance(4999);
    assert.equal(model.requests.length, 1);
    await clock.advance(1);
    assert.deepEqual(await Promise.all([...first, ...second]), ["twice a day", "twice a day"]);
    assert.deepEqual(
      [runs, attempts(stage)],
      [
        ["first", "second"],
        [1, 1],
      ],
    );
    const { key, until, why } = only(spy.of("model.paused"));
    assert.deepEqual([key, until], [model.name, T0 + 5000]);
    assert.match(why, /429/);
    assert.deepEqual(
      spy.of("model.called").map(({ waited, error }) => [waited, error]),
      [
        [5000, undefined],
        [5000, undefined],
      ],
    );
  });

  test(`${name}: a refused call goes first again in its conversation, and has begun with no piece`, async () => {
    const model = simulated({
      limits: { concurrency: 1 },
      script: [
        { when: "", fault: "rate-limit", times: 3 },
        { when: "", say: "so" },
      ],
    });
    await using stage = await on({ agents: [asker()], model });
    const { system, clock } = stage;
    const tasks = [];
    for (const prompt of ["one", "two"])
      tasks.push(await system.task("asker", "", prompt, { conversation: "c1" }));
    await clock.advance("1m");
    assert.deepEqual(await Promise.all(tasks.map((task) => task.result())), ["so", "so"]);
    const prompts = model.requests.map(({ messages }) => only(messages).content);
    assert.deepEqual(prompts, ["one", "one", "one", "one", "two"]);
  });

  test(`${name}: a refusal in the middle of an answer is the handler's`, async () => {
    const model: TextModel = {
      ...{ name: "breaking", text: async () => "" },
      async *stream(): AsyncGenerator<ModelPart> {
        yield { type: "text", text: "so" };
        throw new HermodError("HERMOD_RATE_LIMITED", "no more", { details: { retryAfter: 1000 } });
      },
    };
    await using stage = await on({ agents: [asker()], model });
    const task = await stage.system.task("asker", "", "go on", { retry: { retries: 0 } });
    const error = await caught(task.result());
    assert.equal((error.cause as HermodError).code, "HERMOD_RATE_LIMITED");
    assert.equal(stage.spy.of("model.paused").length, 0);
  });

  test(`${name}: without a time, or with 0 for one, the pause grows with each refusal in a row`, async () => {
    const asked: number[] = [];
    let clock: TestClock | undefined;
    const model: TextModel = {
      name: "busy",
      text: async () => {
        const count = asked.push(clock?.monotonic() ?? 0);
        if (count === 5 || count === 7) return "so";
        throw new HermodError("HERMOD_RATE_LIMITED", "no more", {
          details: count > 2 ? { retryAfter: 0 } : {},
        });
      },
    };
    await using stage = await on({ agents: [asker()], model });
    clock = stage.clock;
    for (const advance of ["15s", "1s"] as const) {
      const [answer] = askAll(stage, ["go on"]);
      await clock.advance(advance);
      assert.equal(await answer, "so");
    }
    const pauses = asked.slice(1).map((at, before) => at - (asked[before] ?? 0));
    for (const [n, most] of [1000, 2000, 4000, 8000].entries())
      assert.ok((pauses[n] ?? 0) >= 0.75 * most && (pauses[n] ?? 0) <= most, pauses.join());
    assert.ok((pauses[5] ?? 0) >= 750 && (pauses[5] ?? 0) <= 1000, pauses.join());
  });

  test(`${name}: for a long pause no handler is held: what is kept comes again after it, with no attempt used`, async () => {
    const model = limited(300_000, 1);
    const runs: unknown[] = [];
    await using stage = await on({ agents: [asker("asker", runs)], model });
    const { system, clock, spy } = stage;
    const sent = await system.cast("asker", "", "cast", { retry: { retries: 0 } });
    await clock.settle();
    const { envelope, settlement } = only(spy.of("delivery.settled"));
    assert.deepEqual(
      [envelope.id, settlement],
      [sent.id, { type: "release", at: T0 + 300_000, keepsKey: true }],
    );
    const error = await caught(system.call("asker", "", "call", { timeout: "1h" }));
    const { code, details } = error.cause as HermodError;
    assert.deepEqual([code, details], ["HERMOD_RATE_LIMITED", { retryAfter: 300_000, key: model.name }]);
    const kept = system.call("asker", "", "kept", {
      delivery: "at-least-once",
      timeout: "1h",
      retry: { retries: 0 },
    });
    await clock.advance(299_999);
    assert.deepEqual([model.requests.length, runs], [1, ["cast", "call", "kept"]]);
    await clock.advance(1);
    assert.equal(await kept, "twice a day");
    assert.deepEqual([model.requests.length, runs.slice(3)], [3, ["cast", "kept"]]);
    assert.deepEqual(attempts(stage), [1, 1, 1, 1, 1]);
  });

  test(`${name}: what waits when a long pause begins is put off too, however the handler wraps its error; what it decides itself stands`, async () => {
    const model = simulated({
      ...{ limits: { concurrency: 1 }, retryAfter: "5m" },
      script: [
        { when: "", fault: "rate-limit", times: 1 },
        { when: "", say: "so" },
      ],
    });
    const wrapping = agent("wrapping", {
      concurrency: 3,
      retry: { retries: 0 },
      on: {
        notification: (how, ctx) =>
          ctx.model.text(how as string).catch((cause: unknown) => {
            throw how === "ends" ? terminal(cause) : new Error("no answer", { cause });
          }),
      },
    });
    await using stage = await on({ agents: [wrapping], model });
    const { system, clock, spy } = stage;
    await Promise.all(["goes on", "waits", "ends"].map((how) => system.cast("wrapping", "", how)));
    await clock.settle();
    const types = (): unknown[] =>
      spy
        .of("delivery.settled")
        .map(({ settlement }) => settlement.type)
        .toSorted();
    assert.deepEqual(types(), ["dead", "release", "release"]);
    await clock.advance("5m");
    assert.deepEqual(types(), ["ack", "ack", "dead", "release", "release"]);
  });

  test(`${name}: a tool of an LLM agent that asks the model itself puts the message off as well; the model is told of no failure`, async () => {
    const model = simulated({
      retryAfter: "5m",
      script: [
        { when: "inner", fault: "rate-limit", times: 1 },
        { when: "inner", say: "so" },
        { when: "it says so", say: "done" },
        { when: "outer", call: [{ name: "think", input: {} }] },
      ],
    });
    const think = tool("think", {
      input: z.object({}),
      run: async (_, ctx) => `it says ${await ctx.model.text("inner")}`,
    });
    const writer = llmAgent("writer", { instructions: "You write.", tools: [think], retry: { retries: 0 } });
    await using stage = await on({ agents: [writer], model });
    const { system, clock } = stage;
    const task = await system.task("writer", "", "outer");
    await clock.advance("299s");
    assert.deepEqual([(await task.status()).state, model.requests.length], ["waiting", 2]);
    await clock.advance("2s");
    assert.equal(await task.result(), "done");
    assert.ok(!model.requests.some(({ messages }) => JSON.stringify(messages).includes("The tool failed")));
    assert.deepEqual(attempts(stage), [1, 1]);
  });

  test(`${name}: what is put off says nothing about the health of its agent`, async () => {
    const model = limited(300_000, 1);
    const patient = agent("patient", {
      breaker: { least: 1, rate: 0.1 },
      on: { notification: (prompt, ctx) => ctx.model.text(prompt as string) },
    });
    await using stage = await on({ agents: [patient], model });
    await stage.system.cast("patient", "", "tide");
    await stage.clock.settle();
    assert.equal(only(stage.spy.of("delivery.settled")).settlement.type, "release");
    assert.equal(only(stage.system.breakers.list()).state, "closed");
  });

  test(`${name}: what was to be committed with a message that is put off is taken back`, async () => {
    const model = limited(300_000, 1);
    const heard: unknown[] = [];
    const teller = agent("teller", {
      state: () => ({ runs: 0 }),
      on: {
        notification: async (prompt, ctx) => {
          ctx.state.runs++;
          await ctx.cast("hearer", "", ctx.state.runs);
          await ctx.model.text(prompt as string);
        },
      },
    });
    const hearer = agent("hearer", { on: { notification: (what) => void heard.push(what) } });
    await using stage = await on({ agents: [teller, hearer], model });
    await stage.system.cast("teller", "", "tide", { delivery: "exactly-once" });
    await stage.clock.settle();
    assert.deepEqual([model.requests.length, heard], [1, []]);
    await stage.clock.advance("5m");
    assert.deepEqual([model.requests.length, heard], [2, [1]]);
  });

  test(`${name}: a task that is put off says its parts anew`, async () => {
    const model = limited(300_000, 1);
    const worker = agent("worker", {
      on: {
        task: async function* (prompt, ctx) {
          yield "begun";
          return ctx.model.text(prompt as string);
        },
      },
    });
    await using stage = await on({ agents: [worker], model });
    const task = await stage.system.task("worker", "", "tide", { retry: { retries: 0 } });
    await stage.clock.advance("5m");
    assert.equal(await task.result(), "twice a day");
    const parts: unknown[] = [];
    for await (const { value, attempt } of task.parts()) parts.push([value, attempt]);
    assert.deepEqual(parts.at(-1), ["begun", 2]);
  });

  test(`${name}: a call that is refused ten times in a row holds its handler no longer`, async () => {
    const model = limited(1000, 11);
    await using stage = await on({ agents: [asker()], model });
    const { system, clock, spy } = stage;
    await system.cast("asker", "", "cast", { retry: { retries: 0 } });
    await clock.advance("9s");
    const { settlement } = only(spy.of("delivery.settled"));
    assert.deepEqual(
      [model.requests.length, settlement],
      [10, { type: "release", at: T0 + 69_000, keepsKey: true }],
    );
    await clock.advance("60s");
    assert.equal(model.requests.length, 11);
    await clock.advance("1s");
    assert.deepEqual([model.requests.length, attempts(stage)], [12, [1, 1]]);
  });

  test(`${name}: a call whose deadline would pass in the pause fails at once`, async () => {
    const model = limited(5000, 1);
    await using stage = await on({ agents: [asker()], model });
    const { system, spy } = stage;
    for (const delivery of ["at-most-once", "at-least-once"] as const) {
      const error = await caught(
        system.call("asker", "", "tide", { timeout: "3s", delivery, retry: { retries: 0 } }),
      );
      const { code, details, retryable } = error.cause as HermodError;
      assert.deepEqual(
        [code, details, retryable],
        ["HERMOD_RATE_LIMITED", { retryAfter: 5000, key: model.name }, true],
      );
    }
    assert.equal(model.requests.length, 1);
    assert.equal(spy.of("model.called").length, 2);
    assert.equal(stage.clock.now(), T0);
  });

  test(`${name}: who is cancelled leaves the line at once, and the next one has the turn`, async () => {
    const model = new Endpoint({ concurrency: 1 }, true);
    await using stage = await on({ agents: [asker()], model });
    const { system, clock } = stage;
    const [first] = askAll(stage, ["first"]);
    await clock.settle();
    const second = await system.task("asker", "", "second");
    await clock.settle();
    const [third] = askAll(stage, ["third"]);
    await clock.settle();
    await second.cancel();
    await clock.settle();
    assert.equal((await second.status()).state, "cancelled");
    model.answers[0]?.();
    await clock.settle();
    assert.deepEqual(model.prompts, ["first", "third"]);
    model.answers[1]?.();
    await Promise.all([first, third]);
  });

  test(`${name}: a stream holds its place until it has ended or is left`, async () => {
    const asked: string[] = [];
    const model: TextModel = {
      ...{ name: "small", limits: { concurrency: 1 }, text: async (prompt) => (asked.push(prompt), "so") },
      async *stream(): AsyncGenerator<ModelPart> {
        for (;;) yield { type: "text", text: "and on " };
      },
    };
    const passages = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const reader = agent("reader", {
      on: {
        notification: async (_, ctx) => {
          for await (const _part of ctx.model.stream({ messages: [] })) {
            passages[0].resolve();
            await passages[1].promise;
            return;
          }
        },
      },
    });
    await using stage = await on({ agents: [reader, asker()], model });
    await stage.system.cast("reader", "", {});
    await passages[0].promise;
    const [answer] = askAll(stage, ["tide"]);
    await stage.clock.settle();
    assert.deepEqual(asked, []);
    passages[1].resolve();
    assert.equal(await answer, "so");
  });

  test(`${name}: a call that fails gives its place back`, async () => {
    const model = simulated({
      limits: { concurrency: 1 },
      script: [
        { when: "one", fault: "error" },
        { when: "two", fault: "cut", say: "so so" },
        { when: "", say: "so" },
      ],
    });
    await using stage = await on({ agents: [asker()], model });
    const [one, two, three] = askAll(stage, ["one", "two", "three"]);
    await Promise.all([caught(one as Promise<unknown>), caught(two as Promise<unknown>)]);
    assert.equal(await three, "so");
  });

  test(`${name}: limits that are none are refused at the start`, async () => {
    const model = { name: "small", text: async () => "", limits: { request: 5 } } as TextModel;
    const error = await caught(on({ model }));
    assert.deepEqual([error.code, error.details["option"]], ["HERMOD_BAD_OPTION", "request"]);
  });
}

/** What is put off outlives the system that put it off. */
export function putOffSuite(name: string, opening: () => OpenStore): void {
  test(`${name}: what is put off comes when the pause is over in the next system on the store too, and not before, with no attempt used`, async () => {
    const store = opening();
    const [busy, free] = [limited(600_000, 1), simulated({ script: [{ when: "", say: "twice a day" }] })];
    const writer = llmAgent("asker", { instructions: "You write.", retry: { retries: 0 } });
    const first = await testSystem({ store, agents: [writer], model: busy });
    const terms = { conversation: "c1", budget: { tokens: 3000 } };
    const { id } = await first.system.task("asker", "", "the tide", terms);
    await first.clock.advance("1m");
    const { state, attempt } = await first.system.taskById("asker", id).status();
    assert.deepEqual([busy.requests.length, state, attempt], [1, "waiting", 0]);
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store, agents: [writer], model: free });
    await second.clock.advance(599_999);
    assert.equal(free.requests.length, 0);
    await second.clock.advance(1);
    const task = second.system.taskById("asker", id);
    assert.equal(await task.result(), "twice a day");
    assert.deepEqual([free.requests.length, (await task.status()).attempt], [1, 1]);
    const { tokens = 0 } = await second.system.spent("c1");
    const { usage } = only(second.spy.of("model.called"));
    assert.equal(tokens, usage.inputTokens + usage.outputTokens, "paid once");
  });
}
