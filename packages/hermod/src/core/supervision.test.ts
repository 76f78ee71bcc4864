import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "./samples.test.kit.ts";
import {
  planRestart,
  restartKinds,
  strategies,
  type Exit,
  type RestartKind,
  type RestartPlan,
  type Strategy,
} from "./supervision.ts";

const exits: readonly Exit[] = ["normal", "crashed"];

/** A plan in one line: what stops, what goes and what starts, each in its order. */
function written({ restart, stop, remove, start }: RestartPlan): string {
  return `${restart ? "restart" : "leave"} stop ${stop.join(" ")}; remove ${remove.join(" ")}; start ${start.join(" ")}`;
}

function planOf(strategy: Strategy, kinds: readonly RestartKind[], failed: number, exit: Exit): string {
  return written(planRestart(strategy, kinds, failed, exit));
}

const permanent: readonly RestartKind[] = ["permanent", "permanent", "permanent"];
const mixed: readonly RestartKind[] = ["transient", "permanent", "temporary"];

/** Strategy and failed child, then what happens to three permanent children, and to the mixed ones when the child crashed. */
const table: readonly (readonly [Strategy, number, string, string])[] = [
  ["one-for-one", 0, "restart stop ; remove ; start 0", "restart stop ; remove ; start 0"],
  ["one-for-one", 1, "restart stop ; remove ; start 1", "restart stop ; remove ; start 1"],
  ["one-for-one", 2, "restart stop ; remove ; start 2", "leave stop ; remove 2; start "],
  ["one-for-all", 0, "restart stop 2 1; remove ; start 0 1 2", "restart stop 2 1; remove 2; start 0 1"],
  ["one-for-all", 1, "restart stop 2 0; remove ; start 0 1 2", "restart stop 2 0; remove 2; start 0 1"],
  ["one-for-all", 2, "restart stop 1 0; remove ; start 0 1 2", "leave stop ; remove 2; start "],
  ["rest-for-one", 0, "restart stop 2 1; remove ; start 0 1 2", "restart stop 2 1; remove 2; start 0 1"],
  ["rest-for-one", 1, "restart stop 2; remove ; start 1 2", "restart stop 2; remove 2; start 1"],
  ["rest-for-one", 2, "restart stop ; remove ; start 2", "leave stop ; remove 2; start "],
];

test("three permanent children restart as the strategy says, whichever exits and however", () => {
  for (const [strategy, failed, plan] of table) {
    for (const exit of exits) assert.equal(planOf(strategy, permanent, failed, exit), plan);
  }
});

test("of a transient, a permanent and a temporary child a crash takes along what the strategy says, and temporary ones go for good", () => {
  for (const [strategy, failed, , plan] of table) {
    assert.equal(planOf(strategy, mixed, failed, "crashed"), plan, `${strategy} ${failed}`);
  }
});

test("a transient sibling that is stopped starts again, and the temporary one before the failed child of rest-for-one stays", () => {
  const kinds = ["temporary", "permanent", "transient"] as const;
  assert.equal(planOf("one-for-all", kinds, 1, "normal"), "restart stop 2 0; remove 0; start 1 2");
  assert.equal(planOf("rest-for-one", kinds, 1, "normal"), "restart stop 2; remove ; start 1 2");
});

/** Whether a child of this kind comes back after this exit. */
const returns: readonly (readonly [RestartKind, Exit, boolean])[] = [
  ["permanent", "normal", true],
  ["permanent", "crashed", true],
  ["transient", "normal", false],
  ["transient", "crashed", true],
  ["temporary", "normal", false],
  ["temporary", "crashed", false],
];

test("a child that does not come back goes for good and leaves its siblings alone; any other counts as a restart", () => {
  for (const strategy of strategies) {
    for (const failed of [0, 1, 2]) {
      for (const [kind, exit, back] of returns) {
        const plan = planOf(strategy, permanent.with(failed, kind), failed, exit);
        const usual = table.find(([name, child]) => name === strategy && child === failed)?.[2];
        assert.equal(
          plan,
          back ? usual : `leave stop ; remove ${failed}; start `,
          `${strategy} ${failed} ${kind}`,
        );
      }
    }
  }
});

interface Case {
  readonly strategy: Strategy;
  readonly kinds: readonly RestartKind[];
  readonly failed: number;
  readonly exit: Exit;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    strategy: fc.constantFrom(...strategies),
    kinds: fc.array(fc.constantFrom(...restartKinds), { minLength: 1, maxLength: 8 }),
    draw: fc.nat(),
    exit: fc.constantFrom(...exits),
  })
  .map(({ draw, ...rest }) => ({ ...rest, failed: draw % rest.kinds.length }));

/** A check of cases of all sizes, with their plans. */
function property(check: (given: Case, plan: RestartPlan) => void): void {
  const run = (given: Case): void => {
    const { strategy, kinds, failed, exit } = given;
    check(given, planRestart(strategy, kinds, failed, exit));
  };
  fc.assert(fc.property(cases, run), tries(20_000));
}

test("a plan starts in start order, stops in reverse, and names no child twice in one list", () => {
  property((_, { stop, start, remove }) => {
    for (const list of [start, remove, stop.toReversed()]) {
      assert.deepEqual(
        list,
        [...new Set(list)].sort((a, b) => a - b),
      );
    }
  });
});

test("the child that exited is never stopped, and either starts again or goes for good", () => {
  property(({ failed }, { restart, stop, start, remove }) => {
    assert.ok(!stop.includes(failed));
    assert.equal(start.includes(failed), restart);
    assert.equal(remove.includes(failed), !restart);
  });
});

test("whatever is stopped starts again or goes for good, and nothing that runs is started or removed", () => {
  property(({ failed }, { stop, start, remove }) => {
    const down = [...stop, failed].sort((a, b) => a - b);
    assert.deepEqual(
      [...start, ...remove].sort((a, b) => a - b),
      down,
    );
  });
});

/** The sets of a plan, told child by child. */
function naive({ strategy, kinds, failed, exit }: Case): readonly [Set<number>, Set<number>, Set<number>] {
  const [stop, start, remove] = [new Set<number>(), new Set<number>(), new Set<number>()];
  const kind = kinds[failed];
  const back = kind !== "temporary" && !(kind === "transient" && exit === "normal");
  (back ? start : remove).add(failed);
  for (let child = 0; child < kinds.length && back; child++) {
    const along = { "one-for-one": false, "one-for-all": true, "rest-for-one": child > failed }[strategy];
    if (child === failed || !along) continue;
    stop.add(child);
    (kinds[child] === "temporary" ? remove : start).add(child);
  }
  return [stop, start, remove];
}

test("the children of a plan are those that the rules name one by one", () => {
  property((given, { stop, start, remove }) => {
    assert.deepEqual([new Set(stop), new Set(start), new Set(remove)], naive(given));
  });
});
