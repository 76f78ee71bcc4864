/** Agents on the command line: who is there, and who is paused, drained and restarted. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { documentOf, errorOf, openWorld, until, type World } from "./cli.test.kit.ts";

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

test("the JSON of a list holds at least what its table holds", async () => {
  const [people, programs] = await Promise.all([
    world.run(["agents", "ls"]),
    world.run(["agents", "ls", "--json"]),
  ]);
  const names = (documentOf(programs).data as readonly { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ["clerk", "echo", "fails", "harbour", "lathe", "slow"]);
  assert.match(people.out, /^AGENT +STATE +HANDLED +ERRORS +RESTARTS +BREAKER /u);
  for (const name of names) assert.match(people.out, new RegExp(`^${name} `, "mu"));
});
test("an agent is paused, and resumed: meanwhile what comes for it waits", async () => {
  assert.equal((await world.run(["agents", "pause", "lathe"])).code, 0);
  const called = world.begin(["call", "lathe", "say", "1", "--conversation", "paused"]);
  await until(async () => (await world.system.conversation("paused"))[0]);
  const drained = documentOf(await world.run(["agents", "drain", "lathe", "--json"]));
  assert.deepEqual(
    (drained.data as readonly { idle: boolean }[]).map(({ idle }) => idle),
    [true],
  );
  assert.match((await world.run(["tree"])).out, /lathe {2}agent {2}running {2}transient, paused/u);
  assert.match((await world.run(["agents", "restart", "lathe"])).out, / done\n/u);
  assert.match((await world.run(["agents", "resume", "lathe"])).out, / done\n/u);
  assert.equal((await called.ended).out, "1\n");
  for (const verb of ["pause", "resume", "drain", "restart"]) {
    const { code, err } = await world.run(["agents", verb, "lethe"]);
    assert.deepEqual([code, /Did you mean "lathe"/u.test(err)], [3, true], verb);
  }
});
test("a drain waits as long as it may, and who rests is seen", async () => {
  const stateOf = async () => {
    const { out } = await world.run(["agents", "ls", "--fields", "name,state"]);
    return /^slow +(.+)$/mu.exec(out)?.[1];
  };
  assert.equal(await stateOf(), "serving");
  const call = world.begin(["call", "slow", "sleep", "--conversation", "drained"]);
  await until(async () =>
    (await world.system.conversation("drained")).find(({ state }) => state === "running"),
  );
  const late = await world.run(["agents", "drain", "slow", "--timeout", "20ms", "--json"]);
  assert.deepEqual([late.code, (documentOf(late).data as readonly { idle: boolean }[])[0]?.idle], [6, false]);
  assert.equal(await stateOf(), "draining");
  const drain = world.begin(["agents", "drain", "slow", "--timeout", "1h"]);
  call.child.kill("SIGINT");
  await call.ended;
  assert.match((await drain.ended).out, / done\n/u);
  assert.equal(await stateOf(), "paused");
  assert.match((await world.run(["agents", "show", "slow"])).out, /^state +paused$/mu);
  assert.equal((await world.run(["agents", "resume", "slow"])).code, 0);
});
test("what the hub alone knows is asked of it: where it does not, that is told", async () => {
  for (const words of [["breaker", "ls"], ["tree"]]) {
    const ran = await world.run([...words, "--json"]);
    if (ran.code === 0) assert.ok(Array.isArray(documentOf(ran).data));
    else assert.deepEqual([ran.code, errorOf(ran).code], [3, "HERMOD_NOT_FOUND"]);
  }
  for (const verb of ["open", "close", "reset"])
    assert.match((await world.run(["breaker", verb, "lethe"])).err, /Did you mean "lathe"/u);
});
test("what waits for a time is listed, run now and cancelled", async () => {
  const { system } = world;
  const first = await system.cast("nobody.later", "note", 1, { hold: true, delay: "1h" });
  const second = await system.cast("nobody.later", "note", 2, { hold: true, delay: "2h" });
  const ran = await world.run(["mailbox", "later", "--where", "to:nobody.later", "--json"]);
  const listed = documentOf(ran).data as { id: string; mailbox: string }[];
  assert.deepEqual(
    listed.map(({ id, mailbox }) => [id, mailbox]),
    [
      [first.id, "nobody.later"],
      [second.id, "nobody.later"],
    ],
  );
  assert.match((await world.run(["mailbox", "later"])).out, /nobody\.later/u);
  assert.equal((await world.run(["mailbox", "run", "nobody.later", first.id])).code, 0);
  assert.equal((await world.run(["mailbox", "cancel", "nobody.later", second.id])).code, 2);
  assert.equal((await world.run(["mailbox", "cancel", "nobody.later", second.id, "--yes"])).code, 0);
  assert.equal((await world.run(["mailbox", "run", "nobody.later", second.id])).code, 3);
});
test("a breaker is forced with a reason, which is listed", async () => {
  const forced = await world.run(["breaker", "open", "echo", "--reason", "the mains are down"]);
  assert.equal(forced.code, 0, forced.err);
  assert.match((await world.run(["breaker", "ls"])).out, /the mains are down/u);
  assert.equal((await world.run(["breaker", "reset", "echo"])).code, 0);
});
