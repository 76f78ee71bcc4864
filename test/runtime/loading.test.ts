/** Loading: an agent's state comes from the store before its first handler runs, once, however long that takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, memory, type OpenStore, type Store } from "hermod";
import { testSystem } from "hermod/testing";
import * as z from "zod";
import { Gate } from "./stage.ts";

const Counter = contract("counter", { calls: { add: { in: z.number(), out: z.number() } } });

/** A memory store that gives an agent's state only when the test says so. */
function withheld(loads: Gate[]): OpenStore {
  return async (env) => {
    const store = await memory()(env);
    const load: Store["load"] = async (key) => {
      const gate = new Gate();
      loads.push(gate);
      await gate.passed;
      return store.load(key);
    };
    return new Proxy(store, {
      get(target, name) {
        const value: unknown = name === "load" ? load : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

test("a notice that loads the state beside a message does not undo what that message's handler does", async () => {
  const loads: Gate[] = [];
  const gate = new Gate();
  const counter = agent(Counter, {
    state: () => ({ count: 0 }),
    on: {
      add: async (by, ctx) => {
        ctx.state.count += by;
        await gate.passed;
        return (ctx.state.count += by);
      },
    },
    info: () => undefined,
  });
  await using stage = await testSystem({ agents: [counter], store: withheld(loads) });
  const { system, clock } = stage;
  const call = system.call(Counter, "add", 1);
  await clock.settle();
  await system.info(Counter, "health");
  await clock.settle();
  assert.equal(loads.length, 2);
  loads[0]?.open();
  await clock.settle();
  loads[1]?.open();
  await clock.settle();
  gate.open();
  assert.equal(await call, 2);
});
