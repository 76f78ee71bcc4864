/** Budgets outlive their process: what was set aside counts, what was settled counts as it was, and messages count once each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { caught, lettersOf, only, saidIn } from "../runtime/stage.ts";
import { FEW, TALK, TREE, sow, think, thinker, tree, type Mode } from "./budgets.scenes.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";

test("tokens that were set aside when the process died count as spent, and another life cannot set aside more than what is left", async (t) => {
  const file = newFile(t);
  await killedAt(t, "budgets.reserved", file, "there");
  const { system } = await here(t, file, { agents: [] });
  assert.deepEqual(await system.spent(TALK), { tokens: 600 });
  await system.spawn(thinker(undefined, () => "thought"));
  const { code, details } = await caught((await think(system)).result());
  assert.equal(code, "HERMOD_FAILED");
  assert.equal((details?.["error"] as { code?: string } | undefined)?.code, "HERMOD_BUDGET");
  assert.deepEqual(
    [only(await lettersOf(system)).reason, await system.spent(TALK)],
    ["budget", { tokens: 600 }],
  );
});

test("tokens that were settled before the process died count as what they really were, and are spent anew by the next life", async (t) => {
  const file = newFile(t);
  await killedAt(t, "budgets.settled", file, "there");
  const { system } = await here(t, file, { agents: [] });
  assert.deepEqual(await system.spent(TALK), { tokens: 250 });
  await system.spawn(thinker(300, () => "thought"));
  assert.equal(await (await think(system)).result(), "thought");
  assert.deepEqual(await system.spent(TALK), { tokens: 550 });
});

for (const [name, mode] of [
  ["", "at-least-once"],
  ["Once", "exactly-once"],
] as const) {
  test(`messages of a conversation that fans out (${mode}) are counted once each over retries and kills`, async (t) => {
    const { counted, stored, reasons } = await grown(t, `wide${name}`, mode, 2 * TREE);
    assert.deepEqual([counted, stored, reasons], [TREE, TREE, []]);
  });

  test(`a conversation that fans out (${mode}) never sends more messages than its budget over retries and kills`, async (t) => {
    const { counted, stored, reasons } = await grown(t, `narrow${name}`, mode, FEW);
    assert.equal(counted, stored);
    assert.ok(stored <= FEW && stored > FEW - 3, `${stored} messages`);
    assert.deepEqual(reasons, ["budget"]);
  });
}

/** Lives that are killed while the tree grows, and one that ends it: what is counted, what the store holds, and why letters died. */
async function grown(t: Parameters<typeof newFile>[0], scene: string, mode: Mode, messages: number) {
  const file = newFile(t);
  for (const when of ["Before", "After", "Before"]) {
    const life = Life.begin(t, `budgets.${scene}${when}`, file);
    assert.equal(await life.ended, "SIGKILL");
  }
  const { system } = await here(t, file, { agents: [tree(mode)] });
  await sow(system, mode, messages);
  await system.drain({ waiting: true });
  const records = await saidIn(system, "to:tree");
  const reasons = new Set((await lettersOf(system)).map(({ reason }) => reason));
  const { messages: counted } = await system.spent(TALK);
  return { counted, stored: records.length, reasons: [...reasons] };
}
