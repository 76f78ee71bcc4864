/** Random trees under random crashes and exits, against a naive model of who is started again and who is gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  supervisor,
  type AgentDefinition,
  type ChildOptions,
  type RestartKind,
  type Strategy,
  type SupervisorDefinition,
} from "hermod";
import { testSystem } from "hermod/testing";
import { standing } from "./stage.ts";
import { worker } from "./crew.kit.ts";

const { FC_RUNS, FC_SEED } = process.env;
const tries = { numRuns: Number(FC_RUNS ?? 800), ...(FC_SEED && { seed: Number(FC_SEED) }) };
const PERIOD = 5000;

interface Leaf {
  readonly kind: RestartKind;
}
interface Branch extends Leaf {
  readonly strategy: Strategy;
  readonly restarts: number;
  readonly below: readonly Plan[];
}
type Plan = Leaf | Branch;

const kind = fc.constantFrom<RestartKind>("permanent", "permanent", "transient", "temporary");
const leaf = fc.record({ kind });

function branchOf(below: fc.Arbitrary<Plan>): fc.Arbitrary<Branch> {
  return fc.record({
    kind,
    strategy: fc.constantFrom<Strategy>("one-for-one", "one-for-all", "rest-for-one"),
    restarts: fc.integer({ min: 0, max: 3 }),
    below: fc.array(below, { minLength: 1, maxLength: 3 }),
  });
}

const tree = branchOf(fc.oneof(leaf, branchOf(fc.oneof(leaf, branchOf(leaf)))));
const events = fc.array(
  fc.record({
    at: fc.nat(),
    how: fc.constantFrom("crash", "crash", "exit"),
    pause: fc.constantFrom(0, 0, 1000, 2500, 4999, 5000),
  }),
  { maxLength: 16 },
);

/** A place of the model: a leaf, or a supervisor with those below it. */
class Place {
  readonly plan: Plan;
  readonly name: string;
  readonly parent: Place | undefined;
  below: Place[];
  running = false;
  starts = 0;
  times: number[] = [];

  constructor(plan: Plan, name: string, parent?: Place) {
    this.plan = plan;
    this.name = name;
    this.parent = parent;
    this.below = "below" in plan ? plan.below.map((each, at) => new Place(each, `${name}-${at}`, this)) : [];
  }

  get leaves(): Place[] {
    return "below" in this.plan ? this.below.flatMap(({ leaves }) => leaves) : [this];
  }

  start(): void {
    this.running = true;
    this.starts++;
    this.times = [];
    for (const each of this.below) each.start();
  }

  stop(): void {
    this.running = false;
    for (const each of this.below) each.stop();
  }

  /** One below has ended. */
  ended(child: Place, how: string, now: number): void {
    const { strategy, restarts } = this.plan as Branch;
    const again = child.plan.kind === "permanent" || (child.plan.kind === "transient" && how === "crash");
    if (!again) return this.#remove(child);
    const recent = this.times.filter((time) => now - time < PERIOD);
    if (recent.length >= restarts) {
      this.stop();
      return this.parent?.ended(this, "crash", now);
    }
    this.times = [...recent, now];
    const first = this.below.indexOf(child);
    const taken = this.below.filter(
      (each, at) =>
        each === child || strategy === "one-for-all" || (strategy === "rest-for-one" && at > first),
    );
    for (const each of taken) each.stop();
    for (const each of taken) if (each.plan.kind === "temporary") this.#remove(each);
    for (const each of taken) if (each.plan.kind !== "temporary") each.start();
  }

  #remove(child: Place): void {
    child.stop();
    this.below = this.below.filter((each) => each !== child);
  }
}

function definitionOf(place: Place, started: string[]): SupervisorDefinition | AgentDefinition {
  const { name, plan } = place;
  if (!("below" in plan)) return worker(name, { init: () => void started.push(name) });
  const children = place.below.map((each): ChildOptions => ({
    child: definitionOf(each, started),
    restart: each.plan.kind,
  }));
  return supervisor(name, {
    strategy: plan.strategy,
    intensity: { restarts: plan.restarts, period: PERIOD },
    children,
  });
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

test("any tree restarts and stops whom the naive model does, whatever crashes or exits and when [83]", async () => {
  await fc.assert(
    fc.asyncProperty(tree, events, async (plan, steps) => {
      const top = new Place(plan, "top");
      const all = top.leaves;
      const started: string[] = [];
      const { system, clock } = await testSystem({ agents: [definitionOf(top, started)] });
      top.start();
      for (const { at, how, pause } of steps) {
        await clock.advance(pause);
        const alive = all.filter(({ running }) => running);
        const victim = alive[at % alive.length];
        if (victim === undefined) break;
        await system.call(victim.name, "", how).catch(() => undefined);
        await clock.settle();
        victim.running = false;
        victim.parent?.ended(victim, how, clock.now());
        const running = all.filter((each) => each.running).map(({ name }) => name);
        assert.deepEqual(system.agents().toSorted(), running.toSorted());
        const starts = all.flatMap(({ name, starts: count }) => Array.from({ length: count }, () => name));
        assert.deepEqual(countsOf(started), countsOf(starts));
      }
      assert.equal(standing(system).length, top.running ? 1 : 0);
      await system.close();
      assert.equal(clock.waiting, 0);
    }),
    tries,
  );
});
