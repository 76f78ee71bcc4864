/** Blackboard: agents that post what they find and react to one another, until a goal is reached. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, on as listen, topic, type OpenStore } from "hermod";
import { blackboard } from "hermod/patterns";
import { testSystem } from "hermod/testing";
import * as z from "zod";
import type { On } from "./stage.ts";

const Clues = topic("clues", z.object({ clue: z.string() }));

export function blackboardSuite(name: string, on: On): void {
  test(`${name}: agents post to a blackboard and react to one another until the goal is reached`, async () => {
    await using stage = await on({ agents: detectives() });
    const { system, clock } = stage;
    const gathered = await blackboard(system, Clues, {
      post: { clue: "who?" },
      done: (clues) => clues.some(({ says }) => says.clue === "the moon"),
      clock,
    });
    assert.equal(gathered.reached, true);
    assert.deepEqual(
      gathered.findings.map(({ from, says }) => `${from}: ${says.clue}`),
      ["looker: wet sand", "thinker: the moon"],
    );
  });

  test(`${name}: a blackboard's time is bounded; it is put up again with what was found, and nothing is asked anew`, async () => {
    await using stage = await on({ agents: detectives() });
    const { system, clock } = stage;
    const options = { post: { clue: "who?" }, timeout: "5s", conversation: "case 1", clock } as const;
    const first = blackboard(system, Clues, { ...options, done: () => false });
    await clock.settle();
    await system.publish(Clues, { clue: "of another case" });
    await system.publish("gossip", { clue: "on another topic" }, { conversation: "case 1" });
    await clock.advance("5s");
    const { reached, findings, conversation } = await first;
    assert.deepEqual([reached, findings.length, conversation], [false, 2, "case 1"]);
    const again = await blackboard(system, Clues, { ...options, done: (clues) => clues.length === 2 });
    assert.deepEqual([again.reached, again.findings], [true, findings]);
    const posted = (await system.conversation("case 1")).filter(({ envelope }) => envelope.topic === "clues");
    assert.equal(new Set(posted.map(({ envelope }) => envelope.id)).size, 3);
  });

  test(`${name}: a goal that throws ends the blackboard with its error`, async () => {
    await using stage = await on({ agents: detectives() });
    const done = () => {
      throw new RangeError("no taste");
    };
    const { system, clock } = stage;
    await assert.rejects(blackboard(system, Clues, { post: { clue: "who?" }, done, clock }), {
      message: "no taste",
    });
  });
}

/** What holds over the end of a system, where the store outlives it. */
export function blackboardAgainSuite(name: string, opening: () => OpenStore): void {
  test(`${name}: a blackboard that is put up again in another system goes on with what was found before`, async () => {
    const store = opening();
    const [looker, thinker] = detectives();
    const options = { post: { clue: "who?" }, conversation: "case 1" } as const;
    const first = await testSystem({ store, agents: [looker] });
    const { clock } = first;
    const done = (clues: readonly unknown[]) => clues.length > 0;
    const before = await blackboard(first.system, Clues, { ...options, done, clock });
    await first[Symbol.asyncDispose]();
    await using second = await testSystem({ store, agents: [looker, thinker], seed: 2 });
    const { system } = second;
    const until = { timeout: "1m", clock: second.clock } as const;
    const gathering = blackboard(system, Clues, {
      ...options,
      ...until,
      done: (clues) => clues.length === 2,
    });
    await second.clock.settle();
    await system.publish(Clues, { clue: "wet sand" }, { conversation: "another" });
    await system.publish(Clues, { clue: "a boat" }, { conversation: "case 1" });
    const after = await gathering;
    assert.deepEqual(
      after.findings.map(({ says }) => says.clue),
      ["wet sand", "a boat"],
    );
    assert.deepEqual(after.findings[0], before.findings[0]);
  });
}

/** One who looks when somebody asks, and one who thinks about what was seen. */
function detectives() {
  const reacts = (name: string, to: string, clue: string) =>
    agent(name, {
      on: {},
      topics: [
        listen(Clues, async (seen, ctx) => void (seen.clue === to && (await ctx.publish(Clues, { clue })))),
      ],
    });
  return [reacts("looker", "who?", "wet sand"), reacts("thinker", "wet sand", "the moon")] as const;
}
