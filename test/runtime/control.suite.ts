/** Control: what a system tells another of itself, and lets it do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  contract,
  pool,
  supervisor,
  type AccountPart,
  type AgentOffer,
  type HermodError,
  type SystemLook,
} from "hermod";
import type { TestSystem } from "hermod/testing";
import * as z from "zod";
import { isOpen } from "./pull.kit.ts";
import { crashOne, worker } from "./crew.kit.ts";
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

/** What a system says when it is asked, put together from its parts. */
async function lookAt({ system }: TestSystem): Promise<SystemLook> {
  const ask = async (payload: object): Promise<AccountPart> =>
    (await system.call(system.address, "look", payload)) as AccountPart;
  const first = await ask({});
  let json = first.text;
  for (let part = 1; part < first.parts; part++) json += (await ask({ account: first.account, part })).text;
  return JSON.parse(json) as SystemLook;
}

export function controlSuite(name: string, on: On): void {
  test(`${name}: a system that is asked tells what runs in it, and how`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system } = stage;
    await system.call("critic", "", "a text");
    const look = await lookAt(stage);
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

  test(`${name}: what is too much for one message is told in parts, all of the same moment`, async () => {
    await using stage = await on({ agents: Array.from({ length: 600 }, (_, at) => worker(`w${at}`)) });
    const { system } = stage;
    const first = (await system.call(system.address, "look", {})) as AccountPart;
    assert.ok(first.parts > 1, `${first.parts} parts`);
    assert.equal((await lookAt(stage)).agents.length, 600);
    const gone = { account: first.account + 99, part: 0 };
    assert.equal((await caught(system.call(system.address, "look", gone))).code, "HERMOD_NOT_FOUND");
    const beyond = { account: first.account, part: first.parts };
    assert.equal((await caught(system.call(system.address, "look", beyond))).code, "HERMOD_BAD_OPTION");
  });

  test(`${name}: what systems ask one another is not remembered, and counts nowhere`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system } = stage;
    const before = await system.stats();
    await lookAt(stage);
    await system.call(system.address, "offer", { agent: "critic" });
    assert.deepEqual((await system.history()).items, []);
    assert.deepEqual((await system.stats()).router, before.router);
    await system.call(system.address, "pause", { agent: "critic" });
    assert.equal((await system.history()).items.length, 2);
  });

  test(`${name}: what broke is told with its cause and its message, and what became of it [83]`, async () => {
    await using stage = await on({ agents: [supervisor("crew", { children: [worker("a")] })] });
    const { system } = stage;
    const at = stage.clock.now();
    const { id } = await system.cast("a", "", "crash", { retry: { retries: 0 } });
    await stage.clock.settle();
    const { incidents, tree } = await lookAt(stage);
    assert.deepEqual(incidents.slice(0, 2), [
      { at, name: "a", what: "crashed", why: "broken", message: id },
      { at, name: "a", what: "restarted" },
    ]);
    const { message, startedAt } = only(only(tree).children ?? []);
    assert.deepEqual([message, startedAt], [id, at]);
    for (let n = 0; n < 3; n++) await crashOne(stage, "a");
    const after = (await lookAt(stage)).incidents;
    assert.deepEqual(
      after.slice(-2).map(({ name: of, what }) => [of, what]),
      [
        ["crew", "escalated"],
        ["crew", "failed"],
      ],
    );
    assert.match(after.at(-1)?.why ?? "", /crew gives up: a needs more than 3 restarts in 5000 ms: broken/u);
  });

  test(`${name}: a breaker tells its last ten changes with their reasons, those of an operator too`, async () => {
    const breaker = { least: 2, openFor: "10s" } as const;
    await using stage = await on({ agents: [worker("a", { breaker })] });
    const { system, clock } = stage;
    for (let n = 0; n < 2; n++) await caught(system.call("a", "", "fail"));
    await clock.advance("10s");
    await caught(system.call("a", "", "fail"));
    await clock.advance("10s");
    await system.call("a", "", "well");
    await system.call(system.address, "breaker", { agent: "a", act: "open", reason: "the mains are down" });
    const changes = async () =>
      only(system.breakers.list()).changes.map(({ state, forced, reason }) => [state, forced, reason]);
    assert.deepEqual(await changes(), [
      ["open", true, "the mains are down"],
      ["closed", false, "a probe succeeded"],
      ["half-open", false, "10000 ms are over"],
      ["open", false, "a probe failed"],
      ["half-open", false, "10000 ms are over"],
      ["open", false, "2 of 2 deliveries failed within 10000 ms"],
    ]);
    assert.deepEqual((await lookAt(stage)).breakers, system.breakers.list());
    for (let n = 0; n < 9; n++) system.breakers.close("a");
    const kept = await changes();
    assert.deepEqual(
      [kept.length, kept[0], kept.at(-1)?.[2]],
      [10, ["closed", true, "by hand"], "the mains are down"],
    );
    assert.throws(() => system.breakers.auto("a", { reason: 7 } as never), { code: "HERMOD_BAD_OPTION" });
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
    const { config } = told;
    assert.deepEqual(
      [config.apart, config.busy, config.retry.retries, config.state, config.count],
      ["key", "queue", 3, false, undefined],
    );
    assert.match(told.version, /^[0-9a-f]{8}$/u);
    const untyped = await offer("critic");
    assert.notEqual(untyped.version, told.version);
    assert.equal(untyped.config.breaker?.openFor, 30_000);
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
    assert.deepEqual((await lookAt(stage)).paused, ["critic"]);
    const asked = system.call("critic", "", "a text");
    assert.equal(await isOpen(clock, asked), true);
    assert.deepEqual(await ask("drain", { agent: "critic", timeout: "1s" }), { idle: true });
    await ask("resume");
    assert.equal(await asked, "fine");
    await ask("restart");
    const look = await lookAt(stage);
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
