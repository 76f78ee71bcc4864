/** Control: what a system tells another of itself, and lets it do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, pool, type AgentOffer, type HermodError, type SystemLook } from "hermod";
import * as z from "zod";
import { isOpen } from "./pull.kit.ts";
import { caught, only, type On } from "./stage.ts";

const critic = agent("critic", { breaker: true, on: { request: () => "fine" } });
const spy = agent("spy", { on: { request: (to, ctx) => ctx.call(to as string, "look", {}) } });

const Clerk = contract("clerk", {
  calls: {
    file: {
      in: z.object({ name: z.string(), copies: z.number().default(1) }).describe("Files a paper."),
      out: z.object({ place: z.string() }),
    },
    // What cannot be said, and what is too much of it, is left to whoever asks.
    trim: { in: z.string().transform((text) => text.trim()), out: z.enum(many("shelf")) },
  },
  casts: { note: z.string() },
  events: { filed: z.object({ place: z.string() }) },
});
const clerk = agent(Clerk, {
  keyed: true,
  on: { file: () => ({ place: "a" }), trim: () => "shelf 1", note: () => undefined },
});

function many(word: string): readonly string[] {
  return Array.from({ length: 2000 }, (_, at) => `${word} ${at + 1}`);
}

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

  test(`${name}: a system that is asked for an agent tells what it can be asked, with the schemas`, async () => {
    await using stage = await on({ agents: [clerk, pool(critic, { size: 2 })] });
    const { system } = stage;
    const offer = async (of: string): Promise<AgentOffer> =>
      (await system.call(system.address, "offer", { agent: of })) as unknown as AgentOffer;
    const told = await offer("clerk");
    assert.deepEqual([told.contract, told.keyed, told.types], ["clerk", true, []]);
    const [file, trim, note, filed] = told.operations;
    assert.deepEqual(
      [file?.kind, file?.description, file?.in?.["required"]],
      ["call", "Files a paper.", ["name"]],
    );
    assert.deepEqual(Object.keys(file?.out?.["properties"] ?? {}), ["place"]);
    assert.deepEqual([trim?.name, trim?.in?.["type"], trim?.out], ["trim", "string", undefined]);
    assert.deepEqual([note?.kind, note?.in, note?.out], ["cast", { type: "string" }, undefined]);
    assert.deepEqual([filed?.name, filed?.kind], ["filed", "event"]);
    const untyped = await offer("critic");
    assert.deepEqual([untyped.contract, untyped.operations, untyped.types], [undefined, [], ["request"]]);
    assert.equal((await caught(offer("nobody"))).code, "HERMOD_NO_AGENT");
    assert.equal((await caught(system.call(system.address, "offer", {}))).code, "HERMOD_BAD_ADDRESS");
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
