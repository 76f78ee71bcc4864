/** `npm run scale`: that it measures, and how it plans. No figure of a machine is judged here. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { missing } from "../faults/nats/broker.ts";
import { PART } from "./part.ts";
import { evenness, seats, shapes } from "./scale/names.ts";
import { planned, type Figures, type Terms } from "./scale/plan.ts";
import { slope } from "./scale/slope.ts";
import type { Reading } from "./scale/reading.ts";

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, "scale/run.ts"), ...args], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, [PART]: "0.01" },
  });

const lastLine = (text: string): unknown => JSON.parse(text.trim().split("\n").at(-1) as string);

test("one thing takes what many take beyond few, whatever is there anyway", () => {
  const reading = (heap: number) => ({ heap, journal: 7 }) as unknown as Reading;
  const measured = { sizes: [10, 110], readings: [reading(1_000_000), reading(1_050_000)] } as const;
  assert.deepEqual(slope(measured, ["heap", "journal"]), { heap: 500, journal: 0 });
});

test("names of every shape differ, and fall on partitions as evenly as a fair draw", () => {
  for (const [shape, nameAt] of Object.entries(shapes))
    assert.equal(new Set(Array.from({ length: 50_000 }, (_, at) => nameAt(at * 199))).size, 50_000, shape);
  for (const { shape, partitions, most, fair } of evenness(50_000))
    assert.ok(most - 1 < 2 * (fair - 1), `${shape}: ${most} in the fullest of ${partitions}`);
});

test("as a process comes or goes, its share of the partitions moves and nothing else", () => {
  for (const processes of [3, 30]) {
    const { comes, goes, needless } = seats(processes, 256, 5);
    assert.equal(needless, 0);
    assert.ok(comes > 0.5 / (processes + 1) && comes < 2 / (processes + 1), `${comes} of ${processes} comes`);
    assert.ok(goes > 0.5 / processes && goes < 2 / processes, `${goes} of ${processes} goes`);
  }
});

const figures: Figures = {
  file: 1000,
  fileByte: 1,
  agent: 2000,
  client: 0.2,
  owner: 0.4,
  brokers: { 1: 0.2, 3: 1 },
};
const terms: Terms = {
  ...{ nodes: 1, replicas: 1, partitions: 10, payload: 200, journalBytes: 1_000_000, dedupe: 1, cores: 2 },
};

test("the rate of a plan is the lesser of what brokers can do and what partitions can keep", () => {
  const plan = planned(figures, terms);
  assert.deepEqual([plan.byBrokers, plan.byPartitions], [10_000, 20_000]);
  assert.deepEqual([plan.rate, plan.first], [10_000, "brokers"]);
  assert.deepEqual([plan.ownerCores, plan.clientCores], [4, 2]);
  assert.deepEqual([plan.disk, plan.messages, plan.agentsPerGb], [50_000_000, 20_000, 500_000]);
  const longer = planned(figures, { ...terms, dedupe: 4 });
  assert.deepEqual([longer.rate, longer.first], [5_000, "partitions"]);
});

test("larger payloads, more brokers and more replicas count in a plan", () => {
  assert.equal(planned(figures, { ...terms, payload: 1200 }).messages, 10_000);
  const three = planned(figures, { ...terms, nodes: 3, replicas: 3 });
  assert.deepEqual([three.byBrokers, three.disk], [6_000, 50_000_000]);
});

test("what is misspelt is refused with what there is", () => {
  const { status, stderr } = run("--only", "agents");
  assert.equal(status, 2);
  assert.match(stderr, /nothing is named "agents"; there are: agent, waiting/);
});

test("the program measures a cost beside a broker of its own, and names", { skip: missing }, () => {
  const { status, stdout, stderr } = run("--json", "--only", "conversation,names", "--names", "2000");
  assert.equal(status, 0, stderr);
  const {
    costs,
    evenness: even,
    plans,
  } = lastLine(stdout) as {
    readonly costs: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly evenness: readonly unknown[];
    readonly plans: unknown;
  };
  const { journal = 0, records = 0 } = costs["conversation"] ?? {};
  // Three amounts and a name are some bytes, and no record is written twice.
  assert.ok(journal > 40 && journal < 2000 && records < 3, JSON.stringify(costs));
  assert.equal(even.length, 12);
  assert.equal(plans, undefined);
});
