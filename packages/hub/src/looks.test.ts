/** Looks: many who ask within a second cost the systems one answer, and what was done to them is seen at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { System } from "hermod";
import type { Hosting } from "hermod/remote";
import { Looks } from "./systems.ts";

/** A hub that counts how often its systems are asked. */
function hub() {
  const told = { asked: 0 };
  const sessions: { served: Set<string> }[] = [];
  const call = async (): Promise<unknown> => ({ asked: ++told.asked });
  const looks = new Looks({
    system: { address: "~hub", call } as never as System,
    hosting: { sessions } as never as Hosting,
  });
  return { told, sessions, looks };
}

test("who asks within a second hears the same, until something was done or another system has come", async () => {
  const { told, sessions, looks } = hub();
  const [first, second] = await Promise.all([looks.shared(), looks.shared()]);
  assert.equal(first, second);
  assert.equal(await looks.shared(), first);
  assert.equal(told.asked, 1);
  looks.forget();
  assert.notEqual(await looks.shared(), first);
  assert.equal(told.asked, 2);
  await looks.fresh();
  assert.equal(told.asked, 3);
  sessions.push({ served: new Set(["~00000001-a", "echo"]) });
  assert.deepEqual(
    (await looks.shared()).map(({ system }) => system),
    ["~hub", "~00000001-a"],
  );
  assert.equal(told.asked, 5);
});
