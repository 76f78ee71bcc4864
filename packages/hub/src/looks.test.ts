/** Looks: many who ask at about the same time cost the systems one answer, and what was done to them is seen at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { System } from "hermod";
import type { Hosting } from "hermod/remote";
import { Looks } from "./systems.ts";

/** A hub that counts how often its systems are asked. */
function hub() {
  const told = { asked: 0 };
  const sessions: { served: Set<string> }[] = [];
  const call = async (): Promise<unknown> => ({
    ...{ account: 1, part: 0, parts: 1 },
    text: JSON.stringify({ asked: ++told.asked }),
  });
  const looks = new Looks({
    system: { address: "~hub", call } as never as System,
    hosting: { sessions } as never as Hosting,
  });
  return { told, sessions, looks };
}

test("who asks at about the same time hears the same, until something was done or another system has come", async () => {
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

test("what a system tells in many parts is put together, and one that breaks off has not answered", async () => {
  const json = JSON.stringify({ agents: Array.from({ length: 50 }, (_, at) => `a${at}`) });
  const asked: unknown[] = [];
  let broken = false;
  const call = async (_to: string, _operation: string, said: { part?: number }): Promise<unknown> => {
    asked.push(said);
    const { part = 0 } = said;
    if (broken && part === 2) throw new Error("over");
    return { account: 7, part, parts: 3, text: json.slice(part * 200, (part + 1) * 200) };
  };
  const parts = { system: { address: "~hub", call } as never as System, hosting: { sessions: [] } as never };
  const [own] = await new Looks(parts).shared();
  assert.equal(own?.look?.agents.length, 50);
  assert.deepEqual(asked, [{}, { account: 7, part: 1 }, { account: 7, part: 2 }]);
  broken = true;
  assert.equal((await new Looks(parts).shared())[0]?.look, undefined);
});
