/** Running: what several systems say of one agent, brought together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { breakersMet } from "./api/places.ts";
import { Running } from "./running.ts";
import type { SystemStatus } from "./systems.ts";

type State = "open" | "half-open" | "closed";

/** A system that runs agent "a", or pool "a" where its breakers are those of members. */
function system(name: string, breakers: Readonly<Record<string, State>>): SystemStatus {
  const type = "a" in breakers ? "agent" : "pool";
  const look = {
    ...{ tree: [{ name: "a", type, state: "running", restarts: 0 }], paused: [] },
    breakers: Object.entries(breakers).map(([agent, state]) => ({ agent, state, changes: [] })),
    statistics: { mailboxes: [] },
  };
  return { system: name, look } as unknown as SystemStatus;
}

const cases: readonly (readonly [State[], State])[] = [
  [["open"], "open"],
  [["open", "closed"], "closed"],
  [["closed", "open"], "closed"],
  [["open", "half-open", "open"], "half-open"],
  [["half-open", "closed"], "closed"],
  [["open", "open"], "open"],
];

for (const [states, met] of cases)
  test(`an agent whose breakers are ${states.join(" and ")} in several systems is ${met} to its callers [61]`, () => {
    const systems = states.map((state, at) => system(`~${at}`, { a: state }));
    assert.equal(new Running(systems).breaker("a"), met);
    const told = breakersMet(systems) as unknown as { readonly system: string; readonly state: State }[];
    assert.deepEqual(
      told.map(({ system: of, state }) => [of, state]),
      [[`~${states.indexOf(met)}`, met]],
    );
  });

test("of a pool the member counts that lets the least through, in the system where it lets the most", () => {
  const one = system("~1", { "a/1": "open", "a/2": "closed" });
  const other = system("~2", { "a/1": "half-open", "a/2": "closed" });
  assert.equal(new Running([one]).breaker("a"), "open");
  assert.equal(new Running([one, other]).breaker("a"), "half-open");
  assert.equal(new Running([]).breaker("a"), undefined);
});
