/** Agents on several machines that would wait for one another: the call that would close the circle is refused at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type HermodError } from "hermod";
import { Machines, terms, type Machine } from "./machines.kit.ts";

/** Calls the next one, and gives back the error that it hears of. */
const passing = (name: string, to: string) =>
  agent(name, {
    on: {
      request: (_, ctx: Context) => ctx.call(to, "ask", null).catch(({ details }: HermodError) => details),
    },
  });

test("a circle over three machines is refused where it would close, with its names", terms, async (t) => {
  const { keeper, host, caller } = await Machines.around(t, "a");
  const seats: readonly (readonly [Machine, string, string])[] = [
    [host, "a", "b"],
    [keeper, "b", "c"],
    [caller, "c", "a"],
  ];
  for (const [{ system }, name, next] of seats) await system.spawn(passing(name, next));
  assert.deepEqual(await caller.system.call("a", "ask", null), {
    agents: ["a", "b", "c"],
    operation: "ask",
  });
});

test(
  "a callee on another machine that calls back is refused, unless its caller takes such calls",
  terms,
  async (t) => {
    const { host, caller } = await Machines.around(t, "a");
    const back = agent("back", { on: { request: (_, ctx) => ctx.call("a", "clarify", null) } });
    const codes: string[] = [];
    const asking = (ctx: Context): Promise<unknown> =>
      ctx
        .call("back", "ask", null)
        .catch((error: HermodError) => void codes.push((error.cause as HermodError).code));
    await caller.system.spawn(back);
    const strict = await host.system.spawn(agent("a", { on: { request: (_, ctx) => asking(ctx) } }));
    await host.system.call("a", "ask", null);
    assert.deepEqual(codes, ["HERMOD_LOOP"]);
    await strict.stop();
    const clarify = (_: unknown, ctx: Context): unknown =>
      ctx.envelope.operation === "clarify" ? "clear" : asking(ctx);
    await host.system.spawn(agent("a", { reentrant: true, on: { request: clarify } }));
    assert.equal(await host.system.call("a", "ask", null), "clear");
    assert.deepEqual(codes, ["HERMOD_LOOP"]);
  },
);

test(
  "agents of two machines that call each other at the same time: one of the calls ends, and the other is answered",
  terms,
  async (t) => {
    const { host, caller } = await Machines.around(t, "a");
    const both = Promise.withResolvers<void>();
    let working = 0;
    const crossing = (name: string, to: string) =>
      agent(name, {
        on: {
          request: async (what, ctx) => {
            if (what === "late") return "heard";
            if (++working === 2) both.resolve();
            await both.promise;
            return ctx
              .call(to, "ask", "late", { timeout: "50s" })
              .catch(({ details }: HermodError) => details);
          },
        },
      });
    await host.system.spawn(crossing("a", "b"));
    await caller.system.spawn(crossing("b", "a"));
    const answers = await Promise.all(
      ["a", "b"].map((name) => caller.system.call(name, "ask", "go", { timeout: "50s" })),
    );
    const [details] = answers.filter((answer) => answer !== "heard") as { readonly agents: string[] }[];
    assert.equal(answers.filter((answer) => answer === "heard").length, 1);
    assert.deepEqual(details?.agents.toSorted(), ["a", "b"]);
  },
);
