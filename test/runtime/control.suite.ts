/** Control: what a system tells another of itself, and lets it do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type HermodError, type SystemLook } from "hermod";
import { isOpen } from "./pull.kit.ts";
import { caught, only, type On } from "./stage.ts";

const critic = agent("critic", { breaker: true, on: { request: () => "fine" } });
const spy = agent("spy", { on: { request: (to, ctx) => ctx.call(to as string, "look", {}) } });

export function controlSuite(name: string, on: On): void {
  test(`${name}: a system that is asked tells what runs in it, and how`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system } = stage;
    await system.call("critic", "", "a text");
    const look = (await system.call(system.address, "look", {})) as unknown as SystemLook;
    assert.deepEqual([look.system, look.agents], [system.address, ["critic"]]);
    assert.deepEqual(look.tree, system.tree());
    assert.deepEqual(
      look.breakers.map(({ agent: of, state }) => [of, state]),
      [["critic", "closed"]],
    );
    assert.deepEqual(
      look.statistics.mailboxes.map(({ mailbox }) => mailbox),
      ["critic"],
    );
  });

  test(`${name}: another system can force a breaker, and let it go`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system } = stage;
    await system.call(system.address, "breaker", { agent: "critic", act: "open" });
    assert.equal((await caught(system.call("critic", "", "a text"))).code, "HERMOD_CIRCUIT_OPEN");
    await system.call(system.address, "breaker", { agent: "critic", act: "auto" });
    assert.equal(await system.call("critic", "", "a text"), "fine");
    const wrong = [
      ["breaker", { agent: "critic", act: "burn" }, "HERMOD_BAD_OPTION"],
      ["breaker", "critic", "HERMOD_BAD_OPTION"],
      ["breaker", { agent: "nobody", act: "open" }, "HERMOD_NO_AGENT"],
      ["dance", {}, "HERMOD_NO_OPERATION"],
    ] as const;
    for (const [operation, payload, code] of wrong)
      assert.equal((await caught(system.call(system.address, operation, payload))).code, code, operation);
  });

  test(`${name}: another system can pause, drain, resume and restart an agent`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    const ask = (operation: string, payload: object = { agent: "critic" }): Promise<unknown> =>
      system.call(system.address, operation, payload);
    assert.deepEqual(await ask("pause"), { idle: true });
    assert.deepEqual(((await ask("look")) as SystemLook).paused, ["critic"]);
    const asked = system.call("critic", "", "a text");
    assert.equal(await isOpen(clock, asked), true);
    assert.deepEqual(await ask("drain", { agent: "critic", timeout: "1s" }), { idle: true });
    await ask("resume");
    assert.equal(await asked, "fine");
    await ask("restart");
    const look = (await ask("look")) as SystemLook;
    assert.deepEqual([look.paused, only(look.tree).restarts], [[], 1]);
    for (const operation of ["pause", "drain", "resume", "restart"]) {
      assert.equal((await caught(ask(operation, { agent: "nobody" }))).code, "HERMOD_NO_AGENT", operation);
      assert.equal((await caught(ask(operation, {}))).code, "HERMOD_BAD_ADDRESS", operation);
    }
  });

  test(`${name}: an agent may not ask a system`, async () => {
    await using stage = await on({ agents: [critic, spy] });
    const { system } = stage;
    const error = await caught(system.call("spy", "", system.address));
    assert.equal((error.cause as HermodError).code, "HERMOD_FORBIDDEN");
  });
}
