/** Many: thousands of agents in one system are shown wholly, and asking costs no more than it must. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, supervisor } from "hermod";
import { open, type Shown } from "./api.test.kit.ts";

const MANY = 3200;

test(`${MANY} agents of one system are listed with how they do, and stand in its tree`, async () => {
  const worker = (name: string) => agent(name, { on: { request: (said) => said } });
  const crew = Array.from({ length: MANY / 2 }, (_, at) => worker(`crew-${at}`));
  const lone = Array.from({ length: MANY / 2 }, (_, at) => worker(`lone-${at}`));
  const agents = [supervisor("shift", { children: crew }), ...lone];
  await using ground = await open({ agents });
  const { client, system } = ground;
  await system.call("crew-7", "", "up");
  const { items } = (await client.ask("get /v1/agents")).body;
  assert.equal(items.length, MANY);
  assert.equal(items.filter(({ state }: Shown) => state === "running").length, MANY);
  const one = items.find(({ name }: Shown) => name === "crew-7");
  assert.equal(one.numbers.processed, 1);
  const systems = (await client.ask("get /v1/systems")).body.items;
  const of = systems.find(({ tree }: Shown) => tree?.length > 0);
  assert.deepEqual([of.answers, of.tree.length, of.tree[0].children.length], [true, MANY / 2 + 1, MANY / 2]);
  const { items: said } = (await client.ask("get /v1/history?limit=100")).body;
  assert.equal(said.length, 2);
});
