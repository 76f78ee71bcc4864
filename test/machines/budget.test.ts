/** What a conversation may spend is one amount, on whichever machines it is spent, and whoever counts it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type HermodError } from "hermod";
import { caught } from "../runtime/stage.ts";
import { Machines, terms } from "./machines.kit.ts";

const conversation = "the tide";

/** Sets aside as much as it is asked to. */
const spender = (name: string) =>
  agent(name, {
    on: { request: (amounts, { budget }) => budget.reserve(amounts as Amounts).then(() => true) },
  });
type Amounts = Parameters<Context["budget"]["reserve"]>[0];

// Parts of a cost that are no parts of ten: sums of them are exact.
for (const [name, one] of [
  ["tokens", 1],
  ["cost", 0.25],
] as const)
  test(
    `${name} that one machine spends are gone for the others, also when another one counts them`,
    terms,
    async (t) => {
      const { keeper, host, caller, end } = await Machines.around(t, conversation);
      await host.system.spawn(spender("near"));
      await caller.system.spawn(spender("far"));
      const ask = (to: string, times: number): Promise<unknown> =>
        host.system.call(
          to,
          "spend",
          { [name]: times * one },
          {
            ...{ conversation, budget: { [name]: 100 * one }, delivery: "at-least-once" },
            retry: { retries: 0 },
          },
        );
      const refused = async (to: string, times: number): Promise<unknown> =>
        ((await caught(ask(to, times))).cause as HermodError).details;
      const beyond = { conversation, name, limit: 100 * one, spent: 90 * one, wanted: 11 * one };
      await ask("near", 60);
      await ask("far", 30);
      assert.deepEqual([await refused("near", 11), await refused("far", 11)], [beyond, beyond]);
      await end(keeper);
      assert.deepEqual([await refused("near", 11), await refused("far", 11)], [beyond, beyond]);
      await ask("far", 10);
      for (const { system } of [host, caller])
        assert.deepEqual(await system.spent(conversation), { [name]: 100 * one });
    },
  );

test("messages are counted together, whichever machine sends them and whichever counts", terms, async (t) => {
  const { keeper, host, caller, end } = await Machines.around(t, conversation);
  const note = agent("note", { on: { notification: () => undefined } });
  const say = async (_: unknown, ctx: Context): Promise<unknown> =>
    ctx.cast("note", "said", null).then(
      () => "said",
      ({ details }: HermodError) => details,
    );
  await host.system.spawn(note);
  await caller.system.spawn(agent("speaker", { on: { request: say } }));
  const options = { conversation, budget: { messages: 3 }, delivery: "at-least-once" } as const;
  const ask = (): Promise<unknown> => host.system.call("speaker", "speak", null, options);
  assert.equal(await ask(), "said");
  await end(keeper);
  assert.deepEqual(await ask(), { conversation, name: "messages", limit: 3, spent: 3, wanted: 1 });
  for (const { system } of [host, caller])
    assert.deepEqual(await system.spent(conversation), { messages: 3 });
});
