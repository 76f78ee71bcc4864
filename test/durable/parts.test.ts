/** What is kept beside messages outlives a kill: parts in their order, the last one with its settlement, and how much was sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageRecord, Store } from "hermod";
import { here, killedAt, newFile, type Life } from "./life.kit.ts";
import { counted, MANY, MOST } from "./parts.scenes.ts";

/** What was said behind a word. */
function behind({ said }: Life, word: string): string[] {
  return said.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
}

async function messages(store: Store): Promise<MessageRecord[]> {
  const { items, next } = await store.read({ type: "history", limit: 1000 });
  assert.equal(next, undefined);
  return [...items];
}

test("parts that were confirmed are there after a kill, in the order in which they were given and without a gap, and the next is numbered on [C15]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "parts.streamed", file, "enough");
  const confirmed = behind(life, "part").map(Number);
  const { store } = await here(t, file);
  const parts = await store.parts("m1", 0, 1_000_000);
  assert.deepEqual(
    parts,
    Array.from(parts, (_, at) => ({ at })),
  );
  assert.ok(confirmed.length >= 400 && Math.max(...confirmed) <= parts.length, `${parts.length} parts`);
  assert.deepEqual(
    confirmed.toSorted((a, b) => a - b),
    Array.from(confirmed, (_, at) => at + 1),
  );
  assert.equal(await store.record("m1", "late"), parts.length + 1);
});

test("after a kill a message is settled and has its last part, or is not settled and has none [C15]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "parts.ended", file, "enough");
  const settled = behind(life, "settled");
  const { store } = await here(t, file);
  const records = await messages(store);
  assert.equal(records.length, MANY);
  for (const { state, envelope } of records) {
    const parts = await store.parts(envelope.id, 0, 9);
    assert.equal(parts.includes("last"), state === "done", `${envelope.id} is ${state}: ${String(parts)}`);
    assert.deepEqual(parts, state === "done" ? ["first", "last"] : parts.slice(0, 1));
  }
  const done = records.flatMap(({ state, envelope }) => (state === "done" ? [envelope.id] : []));
  assert.ok(settled.length >= 200 && done.length < MANY, `${settled.length} of ${done.length}`);
  assert.deepEqual(
    settled.filter((id) => !done.includes(id)),
    [],
  );
});

test("over kills a conversation sends exactly the messages of its budget, whatever is sent twice [C16]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "parts.sent", file, "enough");
  const { store } = await here(t, file, { pull: ["worker"] });
  const first = await messages(store);
  assert.deepEqual(await store.spend("c1", {}, {}), { amounts: { messages: first.length } });
  const ids = new Set(first.map(({ envelope }) => envelope.id));
  assert.deepEqual(
    behind(life, "stored").filter((id) => !ids.has(id)),
    [],
  );
  const answers = await Promise.all(
    Array.from({ length: 2 * MOST }, async (_, at) => store.append(counted(`m${at}`))),
  );
  const count = (status: string) => answers.filter((answer) => answer.status === status).length;
  const left = MOST - first.length;
  assert.deepEqual([count("duplicate"), count("stored"), count("spent")], [first.length, left, MOST]);
  assert.equal((await messages(store)).length, MOST);
});
