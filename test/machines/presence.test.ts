/** Every machine knows which systems and agents are there, and hears when they are gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Address, type AccountPart, type SystemLook } from "hermod";
import { caught } from "../runtime/stage.ts";
import { Machines, terms, type Machine } from "./machines.kit.ts";

const named = (name: string) => agent(name, { on: { request: () => name, notification: () => undefined } });

/** Which of the addresses are known to a machine. */
async function knownTo({ store }: Machine, addresses: readonly string[]): Promise<string[]> {
  const directory: readonly string[] = await store.directory();
  return addresses.filter((address) => directory.includes(address));
}

/** Which agents a machine is told to be at work. */
async function servedFor({ store }: Machine, names: readonly string[]): Promise<string[]> {
  const { items } = await store.read({ type: "counts", limit: 1000 });
  return names.filter((name) => items.some(({ mailbox, served }) => mailbox === name && served));
}

/** What a system says that it runs, asked by another. */
async function agentsOf(asker: Machine, { system }: Machine): Promise<readonly Address[]> {
  const { text } = (await asker.system.call(system.address, "look", {})) as AccountPart;
  return (JSON.parse(text) as SystemLook).agents;
}

test("each machine is told who is there and where, and who is gone when one has ended", terms, async (t) => {
  const { keeper, host, caller, end } = await Machines.around(t, "north");
  const places: readonly (readonly [string, Machine])[] = [
    ["north", host],
    ["south", keeper],
    ["west", caller],
  ];
  const names = places.map(([name]) => name);
  const systems = places.map(([, { system }]) => system.address);
  for (const [name, { system }] of places) await system.spawn(named(name));
  for (const [, machine] of places) {
    assert.deepEqual(await knownTo(machine, [...names, ...systems]), [...names, ...systems]);
    assert.deepEqual(await servedFor(machine, names), names);
    for (const [name, other] of places) {
      assert.equal(await machine.system.call(name, "who", null), name);
      assert.deepEqual(await agentsOf(machine, other), [name]);
    }
    const unknown = await caught(machine.system.call("sout", "who", null));
    assert.deepEqual(
      [unknown.code, /Did you mean "south"\?/u.test(unknown.message)],
      ["HERMOD_NO_AGENT", true],
    );
  }
  // Whoever keeps its mailbox stays, and is not the one that served it.
  await end(host);
  for (const machine of [keeper, caller]) {
    assert.deepEqual(await knownTo(machine, systems), [keeper.system.address, caller.system.address]);
    assert.deepEqual(await servedFor(machine, names), ["south", "west"]);
  }
  const gone = await caught(keeper.system.call(host.system.address, "look", {}));
  assert.equal(gone.code, "HERMOD_NO_AGENT");
});
