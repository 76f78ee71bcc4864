/** Requests to a topic: exactly one subscriber answers, all take turns, and the wait leaves nothing behind. */
import assert from "node:assert/strict";
import {
  FailedError,
  NoAgentError,
  RejectedError,
  TimeoutError,
  agent,
  on,
  topic,
  type HermodError,
  type System,
} from "hermod";
import * as z from "zod";
import { Gate, caught, only, saidIn, sorted, testOn, type On } from "./stage.ts";
import { Sum } from "./topics.kit.ts";

const Who = topic("who", { in: z.number(), out: z.string() });

/** An agent that answers by its name. */
function answering(name: string) {
  return agent(name, { on: {}, topics: [on(Who, () => name)] });
}

/** The answers to so many requests, one after the other. */
async function asked(system: System, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let at = 0; at < times; at++) answers.push(await system.call(Who, at));
  return answers;
}

async function nobodyWaits(system: System): Promise<void> {
  assert.equal((await system.stats()).calls.waiting, 0);
}

export function topicCallSuite(name: string, start: On): void {
  const test = testOn(name, start);
  test(`${name}: a request to a topic is answered by exactly one subscriber, and its reply comes back [21] [22] [(1)]`, async () => {
    const runs: string[] = [];
    const adding = (name: string) =>
      agent(name, {
        on: {},
        topics: [on(Sum, (numbers) => (runs.push(name), numbers.reduce((a, b) => a + b, 0)))],
      });
    await using stage = await start({ agents: [adding("one"), adding("two")] });
    const { system, clock } = stage;
    assert.equal(await system.call(Sum, [1, 2, 3]), 6);
    await clock.settle();
    assert.equal(runs.length, 1);
    assert.deepEqual(
      (await saidIn(system)).map(({ envelope, state }) => [
        envelope.verb,
        envelope.topic,
        envelope.to,
        state,
      ]),
      [
        ["call", "sum", runs[0], "done"],
        ["reply", undefined, system.address, "done"],
      ],
    );
    await nobodyWaits(system);
  });

  test(`${name}: agents, durable and live subscribers take turns [(12)]`, async () => {
    await using stage = await start({ agents: [answering("a"), answering("b")] });
    const { system } = stage;
    await system.subscribe(Who, () => "durable", { durable: "d" });
    await system.subscribe(Who, () => "live 1");
    await system.subscribe("*", () => "live 2");
    const answers = await asked(system, 8);
    assert.deepEqual(sorted(answers.slice(0, 4)), sorted(["a", "b", "durable", answers[3]]));
    assert.deepEqual(
      answers.slice(4).map((answer) => answer.split(" ")[0]),
      answers.slice(0, 4).map((answer) => answer.split(" ")[0]),
    );
    assert.deepEqual(sorted(answers.filter((answer) => answer.startsWith("live"))), ["live 1", "live 2"]);
  });

  test(`${name}: requests made at the same time take turns too`, async () => {
    const names = ["a", "b", "c", "d"];
    await using stage = await start({ agents: names.map(answering) });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => stage.system.call(Who, at)));
    const counts = names.map((name) => answers.filter((answer) => answer === name).length);
    assert.deepEqual(counts, [5, 5, 5, 5]);
  });

  test(`${name}: every one of 1,500 subscribers has its turn`, async () => {
    await using stage = await start();
    const { system } = stage;
    await Promise.all(Array.from({ length: 1500 }, (_, at) => system.spawn(answering(`a-${at}`))));
    const answers = await Promise.all(Array.from({ length: 1500 }, (_, at) => system.call(Who, at)));
    assert.equal(new Set(answers).size, 1500);
  });

  test(`${name}: who joins has its turn, who leaves is not asked any more, and who is away only when nobody is there [17]`, async () => {
    await using stage = await start({ agents: [answering("stays")] });
    const { system, clock } = stage;
    const joins = await system.spawn(answering("joins"));
    assert.deepEqual(sorted(await asked(system, 2)), ["joins", "stays"]);
    await joins.stop();
    assert.deepEqual(await asked(system, 2), ["stays", "stays"]);
    const away = await system.subscribe(Who, () => "away", { durable: "d" });
    await away.close();
    assert.deepEqual(await asked(system, 3), ["stays", "stays", "stays"]);
    await system.spawn(answering("joins"));
    assert.deepEqual(sorted(await asked(system, 4)), ["joins", "joins", "stays", "stays"]);
    await clock.settle();
  });

  test(`${name}: a subscriber that is away gets the request when it is back`, async () => {
    await using stage = await start();
    const { system, clock } = stage;
    const away = await system.subscribe(Who, () => "first", { durable: "d" });
    await away.close();
    const answer = system.call(Who, 1);
    await clock.advance("10s");
    await system.subscribe(Who, () => "back", { durable: "d" });
    assert.equal(await answer, "back");
  });

  test(`${name}: an agent that asks is not asked itself; when it is the only one, there is nobody`, async () => {
    const asking = agent("asking", {
      on: { request: (at, ctx) => ctx.call(Who, at as number) },
      topics: [on(Who, () => "itself")],
    });
    await using stage = await start({ agents: [asking] });
    const { system } = stage;
    const error = await caught(system.call("asking", "", 1));
    const cause = error.cause as HermodError;
    assert.ok(cause instanceof NoAgentError);
    assert.match(cause.message, /nobody but the asker itself subscribes to "who"/);
    assert.equal(await system.call(Who, 1), "itself");
    await system.spawn(answering("other"));
    for (let at = 0; at < 3; at++) assert.equal(await system.call("asking", "", 1), "other");
    await nobodyWaits(system);
  });

  test(`${name}: a live subscriber answers the application that subscribed it, and agents`, async () => {
    const asking = agent("asking", { on: { request: (at, ctx) => ctx.call(Who, at as number) } });
    await using stage = await start({ agents: [asking] });
    const { system } = stage;
    const seen: unknown[] = [];
    await system.subscribe(Who, (at, { from, verb }) => (seen.push([at, from, verb]), `live ${at}`));
    assert.deepEqual([await system.call(Who, 1), await system.call("asking", "", 2)], ["live 1", "live 2"]);
    assert.deepEqual(seen, [
      [1, system.address, "call"],
      [2, "asking", "call"],
    ]);
    await nobodyWaits(system);
  });

  test(`${name}: nobody subscribes: NoAgent at once, with what to do [(7)] [C3] [C9]`, async () => {
    await using stage = await start({ agents: [agent("who", { on: { request: () => "wrong" } })] });
    const { system, clock } = stage;
    const before = clock.now();
    const error = await caught(system.call(Who, 1));
    assert.ok(error instanceof NoAgentError);
    assert.match(error.message, /nobody subscribes to "who"/);
    assert.match(error.hint, /system\.subscribe/);
    assert.equal(clock.now(), before);
    await nobodyWaits(system);
    assert.deepEqual([(await saidIn(system)).length, clock.waiting], [0, 0]);
  });

  test(`${name}: no reply in 30 s is a timeout by default, sooner where it says so, and leaves no listener [21] [C3]`, async () => {
    const never = () => new Promise<never>(() => undefined);
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(Who, never);
    const [long, short] = [caught(system.call(Who, 1)), caught(system.call(Who, 2, { timeout: "1s" }))];
    await clock.advance("1s");
    assert.ok((await short) instanceof TimeoutError);
    assert.equal((await system.stats()).calls.waiting, 1);
    await clock.advance(28_999);
    assert.equal((await system.stats()).calls.waiting, 1);
    await clock.advance(1);
    const error = await long;
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /30000 ms/);
    await nobodyWaits(system);
    const now = caught(system.call(Who, 3, { timeout: 0 }));
    await clock.advance(0);
    assert.ok((await now) instanceof TimeoutError);
    await clock.advance("1m");
    assert.equal(clock.waiting, 1, "the renewal alone");
  });

  test(`${name}: a request that is cancelled leaves no listener, and its late reply is counted [C3]`, async () => {
    const gate = new Gate();
    const stop = new AbortController();
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(Who, () => gate.passed.then(() => "late"));
    const call = caught(system.call(Who, 1, { signal: stop.signal }));
    await clock.settle();
    stop.abort(new Error("enough"));
    assert.equal((await call).code, "HERMOD_CANCELLED");
    await nobodyWaits(system);
    gate.open();
    await clock.settle();
    assert.equal((await system.stats()).delivery.lateReplies, 1);
    assert.equal(
      (await caught(system.call(Who, 1, { signal: AbortSignal.abort() }))).code,
      "HERMOD_CANCELLED",
    );
    await nobodyWaits(system);
  });

  test(`${name}: a failing subscriber is a Failed with its error inside, agent and live alike, and nobody else is asked [(7)] [C14]`, async () => {
    let asked = 0;
    const fail = (): never => {
      asked++;
      throw new RangeError("no ink");
    };
    for (const kind of ["agent", "live", "durable"] as const) {
      await using stage = await start();
      const { system } = stage;
      if (kind === "agent") await system.spawn(agent("north", { on: {}, topics: [on(Who, fail)] }));
      else await system.subscribe(Who, fail, kind === "durable" ? { durable: "north" } : {});
      await system.spawn(agent("other", { on: {}, topics: [on("who", fail)] }));
      asked = 0;
      const error = await caught(system.call(Who, 1));
      assert.ok(error instanceof FailedError, kind);
      assert.deepEqual(
        [(error.cause as Error).name, (error.cause as Error).message],
        ["RangeError", "no ink"],
      );
      assert.equal(asked, 1);
      await nobodyWaits(system);
    }
  });

  test(`${name}: a live subscriber may reject a request by a typed error, as an agent does`, async () => {
    await using stage = await start();
    const { system } = stage;
    await system.subscribe(Who, () => Promise.reject(new RejectedError("not today")));
    const error = await caught(system.call(Who, 1));
    assert.ok(error instanceof RejectedError);
    assert.match(error.message, /not today/);
  });

  test(`${name}: the request is checked when it is sent, and the reply before it leaves, whoever answers [31]`, async () => {
    let runs = 0;
    const wrong = (): never => (runs++, 5 as never);
    for (const durable of [{}, { durable: "log" }]) {
      await using stage = await start();
      const { system } = stage;
      await system.subscribe(Who, wrong, durable);
      runs = 0;
      const unfit = await caught(system.call(Who, "one" as never));
      assert.equal(unfit.code, "HERMOD_BAD_PAYLOAD");
      assert.match(unfit.message, /who request/);
      assert.equal(runs, 0);
      const failed = await caught(system.call(Who, 1));
      assert.ok(failed instanceof FailedError);
      assert.equal((failed.cause as HermodError).code, "HERMOD_BAD_REPLY");
      assert.equal(runs, 1);
      await nobodyWaits(system);
    }
  });

  test(`${name}: a reply that a subscriber by plain name sends is checked by the caller`, async () => {
    await using stage = await start();
    const { system } = stage;
    await system.subscribe("who", () => 5);
    assert.equal((await caught(system.call(Who, 1))).code, "HERMOD_BAD_REPLY");
    assert.equal(await system.call(topic("who"), 1), 5);
    await nobodyWaits(system);
  });

  test(`${name}: a request that its subscriber cannot read is told as it is, agent and live alike`, async () => {
    const Strict = topic("who", { in: z.string(), out: z.string() });
    for (const durable of [{}, { durable: "log" }]) {
      await using stage = await start();
      await stage.system.subscribe(Strict, () => assert.fail("unreadable"), durable);
      const error = await caught(stage.system.call(Who, 1));
      assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
      await nobodyWaits(stage.system);
    }
  });

  test(`${name}: an empty reply is a reply, and whatever can be awaited is waited for [(8)] [C3]`, async () => {
    await using stage = await start();
    const { system } = stage;
    const gate = new Gate();
    await system.subscribe("empty", () => undefined);
    await system.subscribe("null", () => null);
    await system.subscribe("later", () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- some libraries answer so
      then: (resolve: (value: string) => void) => void gate.passed.then(() => resolve("later")),
    }));
    assert.equal(await system.call(topic("empty"), 1), undefined);
    assert.equal(await system.call(topic("null"), 1), null);
    const later = system.call(topic("later"), 1);
    gate.open();
    assert.equal(await later, "later");
  });

  test(`${name}: a live subscriber that closes before its request comes leaves its asker a NoAgent`, async () => {
    await using stage = await start({ agents: [answering("slow")] });
    const { system, clock } = stage;
    const subscription = await system.subscribe("only", () => "late");
    const call = caught(system.call(topic("only"), 1));
    const closing = subscription.close();
    await clock.settle();
    await closing;
    const error = await call;
    assert.ok(error instanceof NoAgentError, error.message);
    await nobodyWaits(system);
  });

  test(`${name}: a slow live subscriber answers several requests at the same time, each once, however long it takes`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(Who, async (at) => (heard.push(at), await gate.passed, `${at}`));
    const options = { timeout: "5m", delivery: "at-least-once" } as const;
    const calls = [1, 2].map((at) => system.call(Who, at, options));
    await clock.advance("4m");
    assert.deepEqual(heard, [1, 2]);
    gate.open();
    assert.deepEqual(await Promise.all(calls), ["1", "2"]);
    assert.equal((await system.stats()).delivery.lateReplies, 0);
  });

  test(`${name}: the same key asks the same subscriber, and its work is done once [10] [(32)]`, async () => {
    const runs: string[] = [];
    const counting = (name: string) =>
      agent(name, { on: {}, topics: [on(Who, () => (runs.push(name), name))] });
    await using stage = await start({ agents: ["a", "b", "c"].map(counting) });
    const { system } = stage;
    await system.subscribe(Who, () => (runs.push("live"), "live"));
    for (let key = 0; key < 20; key++) {
      const options = { key: `k-${key}` };
      const first = await system.call(Who, key, options);
      assert.deepEqual(
        [await system.call(Who, key, options), await system.call(Who, key, options)],
        [first, first],
      );
    }
    assert.equal(runs.length, 20);
    assert.equal(new Set(runs).size, 4);
    await nobodyWaits(system);
  });

  test(`${name}: close ends a request that waits for its subscriber with a typed error`, async () => {
    const stage = await start();
    const { system, clock } = stage;
    await system.subscribe(Who, () => new Promise<never>(() => undefined));
    const call = caught(system.call(Who, 1));
    await clock.settle();
    await stage[Symbol.asyncDispose]();
    assert.equal((await call).code, "HERMOD_CLOSED");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: the reply of a live subscriber names its request and stays in the conversation [8] [C1]`, async () => {
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(Who, () => "live");
    await system.call(Who, 1, { conversation: "c-1" });
    await clock.settle();
    const [request, reply] = (await system.conversation("c-1")).map(({ envelope }) => envelope);
    assert.deepEqual(
      [reply?.type, reply?.inReplyTo, reply?.correlationId, reply?.causeId, reply?.payload],
      ["response", request?.id, request?.id, request?.id, "live"],
    );
    assert.equal(only(await saidIn(system, "verb:reply")).state, "done");
  });
}
