/** Traffic: who sent how much to whom lately: within its bounds whatever comes, and gone when it is old. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Envelope } from "hermod";
import type { Happened } from "./feed.ts";
import { REACH, Traffic } from "./traffic.ts";

const START = Date.UTC(2026, 0, 1);

function stored(from: string, to?: string, more: Partial<Envelope> = {}): Happened {
  return { type: "stored", envelope: { verb: "cast", from, to, ...more } as Envelope };
}
const ended = (told: Happened, outcome: NonNullable<Happened["outcome"]>, mailbox?: string): Happened => ({
  ...{ ...told, type: outcome === "dead" ? "dead" : "settled", outcome },
  ...(mailbox !== undefined && { mailbox }),
});

/** "a>b 2/1" for two sent and one failed. */
function told(traffic: Traffic, now: number): readonly string[] {
  const name = ({ kind, name: own }: { kind: string; name: string }) =>
    kind === "agent" ? own : `${kind}:${own}`;
  return traffic
    .read(now)
    .edges.map(({ from, to, sent, failed }) => `${name(from)}>${name(to)} ${sent}/${failed}`);
}

test("what is sent and what becomes of it is counted for its pair, the most first", () => {
  const traffic = new Traffic(START);
  const one = stored("a", "b");
  for (const each of [stored("c", "b"), one, one]) traffic.add(each, START);
  for (const outcome of ["ack", "fail", "dead", "retry", "release"] as const)
    traffic.add(ended(one, outcome), START);
  assert.deepEqual(told(traffic, START), ["a>b 2/2", "c>b 1/0"]);
  const [edge] = traffic.read(START).edges;
  assert.deepEqual([edge?.done, edge?.retried, edge?.lastAt], [1, 1, START]);
});

test("instances are their agent, systems are one, people have their names; replies and what systems say for themselves are none", () => {
  const traffic = new Traffic(START);
  for (const each of [
    ...[stored("~01a2", "a#1"), stored("~77ff", "a#2"), stored("~01a2/a", "b"), stored("b", "~people/ana")],
    ...[stored("~01a2", "~77ff"), stored("a", "~01a2", { verb: "reply" })],
  ])
    traffic.add(each, START);
  assert.deepEqual(told(traffic, START), ["system:>a 2/0", "a>b 1/0", "b>person:ana 1/0"]);
  assert.deepEqual(
    traffic.read(START).edges.map(({ to }) => to.keyed),
    [true, undefined, undefined],
  );
});

test("what is published goes to its topic, and from there to each who listens", () => {
  const traffic = new Traffic(START);
  const event = stored("a", undefined, { topic: "t", verb: "publish" });
  traffic.add(event, START);
  traffic.add(ended(event, "ack", "b"), START);
  traffic.add(ended(event, "fail", "c"), START);
  assert.deepEqual(told(traffic, START).toSorted(), ["a>topic:t 1/0", "topic:t>b 0/0", "topic:t>c 0/1"]);
});

test("what is older than 5 minutes counts no more, and its pair is forgotten", () => {
  const traffic = new Traffic(START);
  traffic.add(stored("a", "b"), START);
  traffic.add(stored("a", "b"), START + REACH - 20_000);
  assert.deepEqual(told(traffic, START + REACH - 10_001), ["a>b 2/0"]);
  assert.deepEqual(told(traffic, START + REACH), ["a>b 1/0"]);
  assert.deepEqual(told(traffic, START + 3 * REACH), []);
});

test("of more pairs than are told apart the others are counted together, until there is room again", () => {
  const traffic = new Traffic(START, 2);
  for (const to of ["b", "c", "d", "e"]) traffic.add(stored("a", to), START);
  assert.deepEqual([told(traffic, START).length, traffic.read(START).rest], [2, 2]);
  traffic.add(stored("a", "d"), START + 2 * REACH);
  assert.deepEqual(told(traffic, START + 2 * REACH), ["a>d 1/0"]);
});
