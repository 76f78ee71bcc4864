/** The benchmark itself: that it measures what is stated. No figure is judged here, since a busy machine would fail it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { keys } from "./keys/index.ts";
import { fanOutRate } from "./fanout.ts";
import { Tally } from "./flood.ts";
import { patternAt, topicSource } from "./patterns.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, "run.ts"), ...args], {
    encoding: "utf8",
    timeout: 240_000,
  });

/** A pattern as its documentation says it. */
const toExpression = (pattern: string) =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replace(">", ".+")}$`);

test("every speed that is stated has a key of the benchmark, with its floor and its target [(43)]", () => {
  const names = keys.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "call",
    "cast",
    "cast_1000",
    "idle_agent",
    "pool",
    "publish",
    "publish_mailboxes",
    "spawn",
    "waiting_message",
    "wildcard",
    "with_history",
  ]);
  for (const key of keys)
    assert.deepEqual(
      [typeof key.floor, typeof key.ours, typeof key.target],
      ["function", "function", "object"],
    );
});

test("an event counts once for each subscriber, and one that is handled too often fails the run", async () => {
  const measure = async (handlings: number) => {
    const tally = new Tally();
    const publish = () => {
      for (let at = 0; at < handlings; at++) tally.add();
    };
    return fanOutRate({ subscribers: 10, deliveries: 1000 }, publish, tally);
  };
  assert.ok((await measure(10)).value > 0);
  await assert.rejects(measure(11), /messages handled/);
});

test("each pattern has wildcards and its turn among the topics, of which no two are alike", () => {
  const nextTopic = topicSource(1000);
  const topics = Array.from({ length: 2000 }, nextTopic);
  assert.equal(new Set(topics).size, 2000);
  const patterns = Array.from({ length: 1000 }, (_, index) => patternAt(index));
  const fitting = (topic: string) => patterns.filter((pattern) => toExpression(pattern).test(topic));
  assert.equal(new Set(topics.flatMap(fitting)).size, 1000);
  assert.ok(topics.slice(0, 50).every((topic) => fitting(topic).length === 1));
  assert.ok(patterns.every((pattern) => /[*>]/.test(pattern)));
});

test("one run gives value, floor and ratio of a key as JSON", () => {
  const { stdout, status, stderr } = run("--json", "--only", "idle_agent", "--runs", "1");
  assert.equal(status, 0, stderr);
  const { idle_agent: measured } = JSON.parse(stdout.trim().split("\n").at(-1) as string).keys;
  for (const name of ["value", "floor", "ratio"]) assert.ok(measured[name] > 0, name);
});

test("a key without a target says so, and compares a second size that it names", () => {
  const { stdout, status, stderr } = run("--only", "pool", "--runs", "1");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ {2}no target\n {2}at 8 × the size \(64\): /m);
  assert.match(stdout, /^ {2}cast +[\d.]+/m);
});

test("an unknown key is refused with the names of the known ones", () => {
  const { status, stderr } = run("--only", "speed");
  assert.equal(status, 2);
  assert.match(stderr, /cast_1000/);
});
