/** Loops: agents that would wait for one another for ever are told at once, and those that send to one another without end are stopped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LoopError,
  agent,
  contract,
  pool,
  type AgentDefinition,
  type Context,
  type HermodError,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, sorted, type On } from "./stage.ts";

const text = z.string();
const Asker = contract("asker", {
  calls: { start: { in: text, out: text }, clarify: { in: text, out: text }, other: { in: text, out: text } },
});

/** Each calls the next, and the last one the first; gives the error that closes the circle. */
function circle(names: readonly string[], errors: HermodError[]): AgentDefinition[] {
  return names.map((name, at) => {
    const next = names[(at + 1) % names.length] as string;
    const isLast = at === names.length - 1;
    const ask = async (_: unknown, ctx: Context): Promise<unknown> => {
      if (!isLast) return ctx.call(next, "go", {});
      errors.push(await caught(ctx.call(next, "back", {})));
      return "broken";
    };
    return agent(name, { on: { request: ask } });
  });
}

/** Asks somebody who asks back. */
function asker(options: { readonly reentrant?: true | readonly string[] }, seen: string[]) {
  return agent(Asker, {
    ...options,
    state: () => ({ count: 0 }),
    on: {
      start: async (_, ctx) => {
        ctx.state.count = 5;
        const answer = await ctx.call("helper", "", {});
        return `${String(answer)} ${ctx.state.count}`;
      },
      clarify: (input, ctx) => {
        seen.push(`${input} ${ctx.state.count} ${Object.isFrozen(ctx.state)}`);
        assert.throws(() => ctx.state.count++, TypeError);
        return "the tide";
      },
      other: (input) => input,
    },
  });
}

const helper = agent("helper", {
  on: {
    request: async (_, ctx) => {
      const call = ctx.call(Asker, "clarify", "which?");
      return call.catch((error: HermodError) => error.code);
    },
  },
});

export function loopSuite(name: string, on: On): void {
  for (const names of [["a"], ["a", "b"], ["a", "b", "c"]])
    test(`${name}: a circle of ${names.length} that would wait for one another fails at once, with their names`, async () => {
      const errors: HermodError[] = [];
      await using stage = await on({ agents: circle(names, errors) });
      const { system, clock } = stage;
      const began = clock.monotonic();
      assert.equal(await system.call("a", "go", {}), "broken");
      const error = only(errors);
      assert.ok(error instanceof LoopError);
      assert.deepEqual([error.code, error.retryable], ["HERMOD_LOOP", false]);
      assert.deepEqual(error.details["agents"], names);
      assert.ok(error.message.endsWith([...names, "a"].join(" → ")), error.message);
      assert.equal(clock.monotonic(), began);
      assert.deepEqual(await lettersOf(system), []);
    });

  test(`${name}: the circle begins where it closes: those before it are not in it`, async () => {
    const errors: HermodError[] = [];
    const first = agent("first", { on: { request: (_, ctx) => ctx.call("a", "go", {}) } });
    await using stage = await on({ agents: [first, ...circle(["a", "b"], errors)] });
    assert.equal(await stage.system.call("first", "", {}), "broken");
    assert.deepEqual(only(errors).details["agents"], ["a", "b"]);
  });

  for (const names of [
    ["a", "b"],
    ["a", "b", "c"],
  ])
    test(`${name}: ${names.length} that call each other in a circle, at work on messages of their own, do not wait for their timeouts`, async () => {
      const errors: HermodError[] = [];
      const all = new Gate();
      let ready = 0;
      const agents = names.map((own, at) =>
        agent(own, {
          on: {
            request: async (body, ctx) => {
              if (body === "late") return `${own} is free`;
              if (++ready === names.length) all.open();
              await all.passed;
              const next = names[(at + 1) % names.length] as string;
              return ctx.call(next, "", "late").catch((error: HermodError) => {
                errors.push(error);
                return "broken";
              });
            },
          },
        }),
      );
      await using stage = await on({ agents });
      const { system, clock } = stage;
      const began = clock.monotonic();
      const answers = await Promise.all(names.map((own) => system.call(own, "", "go")));
      assert.equal(answers.filter((answer) => answer === "broken").length, 1);
      const error = only(errors);
      assert.ok(error instanceof LoopError, String(error));
      assert.equal((error.details["agents"] as string[]).toSorted().join(), names.join());
      assert.equal(clock.monotonic(), began);
    });

  for (const work of [{ keyed: true }, { concurrency: { by: "conversation" } }] as const)
    test(`${name}: those of ${JSON.stringify(work)} that call each other fail at once, and others of them do not`, async () => {
      const Both = contract("both", { calls: { go: { in: text, out: text } } });
      const Other = contract("other", { calls: { go: { in: text, out: text } } });
      const gates = [new Gate(), new Gate()];
      let ready = 0;
      const at = (to: typeof Both | typeof Other, key: string) => ("keyed" in work ? to.at(key) : to);
      const made = (own: typeof Both, next: typeof Both | typeof Other) =>
        agent(own, {
          ...work,
          on: {
            go: async (body, ctx) => {
              if (body === "late") return "free";
              const [round, nextKey] = body.split(" ") as [string, string];
              if (++ready % 2 === 0) gates[Number(round)]?.open();
              await gates[Number(round)]?.passed;
              const options = "keyed" in work ? {} : { conversation: nextKey };
              return ctx
                .call(at(next, nextKey), "go", "late", options)
                .catch((error: HermodError) => error.code);
            },
          },
        });
      await using stage = await on({
        agents: [made(Both, Other), made(Other as unknown as typeof Both, Both)],
      });
      const { system } = stage;
      const ask = (to: typeof Both | typeof Other, key: string, body: string) =>
        system.call(at(to, key), "go", body, "keyed" in work ? {} : { conversation: key });
      const crossed = await Promise.all([ask(Both, "x", "0 x"), ask(Other, "x", "0 x")]);
      assert.deepEqual(sorted(crossed), ["HERMOD_LOOP", "free"]);
      const apart = await Promise.all([ask(Both, "x", "1 y"), ask(Other, "x", "1 y")]);
      assert.deepEqual(apart, ["free", "free"]);
    });

  test(`${name}: a call back from a task whose result its handler waits for fails at once`, async () => {
    const errors: HermodError[] = [];
    const gate = new Gate();
    const front = agent("front", {
      on: { request: async (_, ctx) => (await ctx.task("back", "", {})).result() },
    });
    const back = agent("back", {
      on: {
        task: async (_, ctx) => {
          await gate.passed;
          errors.push(await caught(ctx.call("front", "", {})));
          return "broken";
        },
      },
    });
    await using stage = await on({ agents: [front, back] });
    const { system, clock } = stage;
    const answer = system.call("front", "", {});
    await clock.settle();
    gate.open();
    assert.equal(await answer, "broken");
    assert.deepEqual([only(errors).code, only(errors).details["agents"]], ["HERMOD_LOOP", ["front", "back"]]);
  });

  test(`${name}: whoever has a hand free, or works on, holds up no circle`, async () => {
    const gate = new Gate();
    const both = new Gate();
    let ready = 0;
    const [busy, idle] = ["busy", "idle"].map((own) =>
      agent(own, {
        concurrency: 2,
        on: {
          request: async (body, ctx) => {
            if (body === "late") return "free";
            if (body === "work") return gate.passed.then(() => "worked");
            if (++ready === 2) both.open();
            await both.passed;
            return ctx.call(own === "busy" ? "idle" : "busy", "", "late");
          },
        },
      }),
    ) as [AgentDefinition, AgentDefinition];
    await using stage = await on({ agents: [busy, idle] });
    const { system, clock } = stage;
    const work = system.call("busy", "", "work");
    await clock.settle();
    const answers = Promise.all(["busy", "idle"].map((own) => system.call(own, "", "go")));
    await clock.settle();
    gate.open();
    assert.deepEqual([await work, ...(await answers)], ["worked", "free", "free"]);
  });

  test(`${name}: an at-least-once call that closes a circle leaves a dead letter "loop"`, async () => {
    let error: HermodError | undefined;
    const back = agent("back", {
      on: {
        request: async (_, ctx) => {
          error = await caught(ctx.call("front", "again", {}, { delivery: "at-least-once" }));
          return "broken";
        },
      },
    });
    const front = agent("front", { on: { request: (_, ctx) => ctx.call("back", "", {}) } });
    await using stage = await on({ agents: [front, back] });
    const { system } = stage;
    assert.equal(await system.call("front", "", {}), "broken");
    assert.equal(error?.code, "HERMOD_LOOP");
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.attempts.length, letter.error?.code], ["loop", 1, "HERMOD_LOOP"]);
  });

  test(`${name}: instances of a keyed agent are agents of their own: only one that waits closes a circle`, async () => {
    const Keyed = contract("keyed", { calls: { go: { in: text, out: text } } });
    const keyed = agent(Keyed, {
      keyed: true,
      on: {
        go: async (to, ctx) => {
          if (to === "end") return "end";
          const [next, ...rest] = to.split(" ");
          const call = ctx.call(Keyed.at(next as string), "go", rest.join(" ") || "end");
          return call.catch((error: HermodError) => (error.details["agents"] as string[]).join());
        },
      },
    });
    await using stage = await on({ agents: [keyed] });
    const { system } = stage;
    assert.equal(await system.call(Keyed.at("a"), "go", "b c"), "end");
    assert.equal(
      await system.call(Keyed.at("a"), "go", "b a"),
      [Keyed.at("a").address, Keyed.at("b").address].join(),
    );
  });

  test(`${name}: a call back to a pool that waits fails as one to an agent does`, async () => {
    let error: HermodError | undefined;
    const member = agent("pool", { on: { request: (_, ctx) => ctx.call("other", "", {}) } });
    const other = agent("other", {
      on: { request: async (_, ctx) => ((error = await caught(ctx.call("pool", "", {}))), "broken") },
    });
    await using stage = await on({ agents: [pool(member, { size: 3 }), other] });
    assert.equal(await stage.system.call("pool", "", {}), "broken");
    assert.deepEqual([error?.code, error?.details["agents"]], ["HERMOD_LOOP", ["pool", "other"]]);
  });

  for (const [reentrant, answer] of [
    [undefined, "HERMOD_LOOP"],
    [["other"], "HERMOD_LOOP"],
    [["clarify"], "the tide"],
    [true, "the tide"],
  ] as const)
    test(`${name}: an agent that is reentrant ${JSON.stringify(reentrant)} answers a question back with ${answer}`, async () => {
      const seen: string[] = [];
      const options = reentrant === undefined ? {} : { reentrant };
      await using stage = await on({ agents: [asker(options, seen), helper] });
      const { system } = stage;
      assert.equal(await system.call(Asker, "start", "go"), `${answer} 5`);
      assert.deepEqual(seen, answer === "the tide" ? ["which? 0 true"] : []);
      assert.equal(await system.call(Asker, "start", "go"), `${answer} 5`);
      assert.deepEqual(seen, answer === "the tide" ? ["which? 0 true", "which? 5 true"] : []);
    });

  test(`${name}: an agent by message type is reentrant for its requests`, async () => {
    let depth = 0;
    const asks = agent("asks", {
      reentrant: ["request"],
      on: { request: (_, ctx) => (depth++ === 0 ? ctx.call("back", "", {}) : "answer") },
    });
    const back = agent("back", { on: { request: (_, ctx) => ctx.call("asks", "", {}) } });
    await using stage = await on({ agents: [asks, back] });
    assert.equal(await stage.system.call("asks", "", {}), "answer");
  });

  for (const wrong of [false, "clarify", ["clarfiy"], [1], {}, null])
    test(`${name}: reentrant ${JSON.stringify(wrong)} is refused`, () => {
      assert.throws(() => asker({ reentrant: wrong as never }, []), { code: "HERMOD_BAD_OPTION" });
    });

  test(`${name}: a message back that nobody waits for is no circle`, async () => {
    const heard: unknown[] = [];
    const first = agent("first", {
      on: {
        request: (_, ctx) => ctx.call("second", "", {}),
        notification: (payload) => void heard.push(payload),
        task: (payload) => void heard.push(payload),
      },
    });
    const second = agent("second", {
      on: {
        request: async (_, ctx) => {
          await ctx.cast("first", "", "cast");
          await ctx.task("first", "", "task");
          return "asked";
        },
      },
    });
    await using stage = await on({ agents: [first, second] });
    assert.equal(await stage.system.call("first", "", {}), "asked");
    await stage.clock.settle();
    assert.deepEqual(sorted(heard), ["cast", "task"]);
  });

  for (const concurrency of [1, 2])
    test(`${name}: whoever has answered early waits for nobody: a call back is no circle, with ${concurrency} at a time`, async () => {
      const gate = new Gate();
      let answer: unknown;
      const first = agent("first", {
        concurrency,
        on: {
          request: async (question, ctx) => {
            if (question === "back") return "heard";
            const call = ctx.call("second", "", {});
            return call;
          },
        },
      });
      const second = agent("second", {
        on: {
          request: async (_, ctx) => {
            await ctx.reply("early");
            answer = await ctx.call("first", "", "back");
            gate.open();
          },
        },
      });
      await using stage = await on({ agents: [first, second] });
      assert.equal(await stage.system.call("first", "", "go"), "early");
      await stage.clock.settle();
      await gate.passed;
      assert.equal(answer, "heard");
    });

  test(`${name}: a chain of messages ends at the hop limit, 32 by default`, async () => {
    for (const hops of [undefined, 5]) {
      const errors: HermodError[] = [];
      let runs = 0;
      const names = ["x", "y", "z"];
      const agents = names.map((self, at) =>
        agent(self, {
          on: {
            notification: async (_, ctx) => {
              runs++;
              await ctx
                .cast(names[(at + 1) % 3] as string, "", {})
                .catch((error: HermodError) => errors.push(error));
            },
          },
        }),
      );
      await using stage = await on({ agents, ...(hops !== undefined && { loops: { hops } }) });
      await stage.system.cast("x", "", {});
      await stage.clock.settle();
      const most = hops ?? 32;
      assert.equal(runs, most);
      const error = only(errors);
      assert.deepEqual([error.code, error.details["most"]], ["HERMOD_LOOP", most]);
      assert.equal((error.details["agents"] as string[]).length, most);
      assert.equal((await stage.system.stats()).router.failed, 1);
    }
  });

  test(`${name}: two that send to and fro are stopped at 16 messages by default, and the handler fails that lets the error out`, async () => {
    for (const pingPong of [undefined, 3]) {
      let runs = 0;
      const agents = [
        ["ping", "pong"],
        ["pong", "ping"],
      ].map(([self, other]) =>
        agent(self as string, {
          on: { notification: async (_, ctx) => (runs++, void (await ctx.cast(other as string, "", {}))) },
        }),
      );
      await using stage = await on({ agents, ...(pingPong !== undefined && { loops: { pingPong } }) });
      await stage.system.cast("ping", "", {});
      await stage.clock.settle();
      const most = pingPong ?? 16;
      assert.equal(runs, most + 1);
      const letter = only(await lettersOf(stage.system));
      assert.deepEqual([letter.reason, letter.attempts.length], ["loop", 1]);
      assert.equal(letter.error?.details?.["most"], most);
      assert.deepEqual(sorted(letter.error?.details?.["agents"] as string[]), ["ping", "pong"]);
    }
  });

  test(`${name}: tasks, publishes and calls stand under the same limits`, async () => {
    const codes: string[] = [];
    const again = async (_: unknown, ctx: Context): Promise<void> => {
      const note = (error: HermodError): void => void codes.push(error.code);
      await ctx.task("x", "", {}).catch(note);
      await ctx.call("x", "", {}).catch(note);
      await ctx.publish("some.topic", {}).catch(note);
    };
    await using stage = await on({
      agents: [agent("x", { on: { notification: again } })],
      loops: { hops: 1 },
    });
    await stage.system.cast("x", "", {});
    await stage.clock.settle();
    assert.deepEqual(codes, ["HERMOD_LOOP", "HERMOD_LOOP", "HERMOD_LOOP"]);
  });

  test(`${name}: what is sent for a second later or more begins a chain of its own`, async () => {
    for (const [delay, most] of [
      [999, 4],
      [1000, 20],
    ] as const) {
      let runs = 0;
      const tick = agent("tick", {
        on: {
          notification: async (_, ctx) => {
            runs++;
            if (runs < 20) await ctx.cast("tick", "", {}, { delay });
          },
        },
      });
      await using stage = await on({ agents: [tick], loops: { hops: 4 } });
      await stage.system.cast("tick", "", {});
      await stage.clock.advance("1m");
      assert.equal(runs, most);
    }
  });

  for (const loops of [
    { hops: 0 },
    { pingPong: -1 },
    { hops: 1.5 },
    { pingPong: NaN },
    { hops: 1001 },
    { hop: 1 },
    7,
  ])
    test(`${name}: loops ${JSON.stringify(loops)} are refused`, async () => {
      assert.equal((await caught(on({ loops: loops as never }))).code, "HERMOD_BAD_OPTION");
    });
}
