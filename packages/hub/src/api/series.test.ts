/** Series: what happened when, in lists of a fixed length; bounded whatever comes, and honest about what was before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Envelope } from "hermod";
import type { Happened } from "./feed.ts";
import { ranges, Series } from "./series.ts";

const START = Date.UTC(2026, 0, 1);
const envelope = (from = "a", to = "b"): Envelope => ({ from, to }) as Envelope;
const stored: Happened = { type: "stored", envelope: envelope() };
const ended = (outcome: NonNullable<Happened["outcome"]>, took = 0): Happened => ({
  ...{ type: outcome === "dead" ? "dead" : "settled", envelope: envelope(), outcome, took },
});

test("what came, was done, failed and is tried again is counted in its second, minute and hour", () => {
  const series = new Series(START);
  series.add(stored, START + 500);
  series.add(stored, START + 999);
  series.add(stored, START + 1000);
  for (const outcome of ["ack", "fail", "dead", "retry", "release"] as const)
    series.add(ended(outcome), START + 1000);
  series.add({ type: "dead", envelope: envelope(), reason: "expired" }, START + 1000);
  const read = series.read("5m", START + 1500);
  assert.deepEqual(read.stored.slice(-2), [2, 1]);
  assert.deepEqual([read.done.at(-1), read.failed.at(-1), read.retried.at(-1)], [1, 3, 1]);
  for (const range of ranges) {
    const { total } = series.read(range, START + 1500);
    assert.deepEqual([total.stored, total.done, total.failed, total.retried], [3, 1, 3, 1], range);
  }
});

test("each range has its points, the last of which holds now; what was before the hub began is unknown", () => {
  const series = new Series(START);
  const lengths = ranges.map((range) => series.read(range, START + 90_000).stored.length);
  assert.deepEqual(lengths, [300, 60, 180, 288, 168]);
  const { stored: list, from, step } = series.read("5m", START + 90_500);
  assert.deepEqual([from + 300 * step, list[208], list[209]], [START + 91_000, null, 0]);
});

test("handling times are told as quantiles, within an eighth; nothing has none", () => {
  const series = new Series(START);
  for (let ms = 1; ms <= 1000; ms++) series.add(ended("ack", ms), START);
  const { total, p50, p95 } = series.read("5m", START);
  assert.ok(Math.abs((total.p50 as number) - 500) <= 500 / 8, `p50 ${total.p50}`);
  assert.ok(Math.abs((total.p95 as number) - 950) <= 950 / 8, `p95 ${total.p95}`);
  assert.deepEqual([p50.at(-1), p95.at(-1), p50.at(-2)], [total.p50, total.p95, null]);
  series.add(ended("ack", Infinity), START);
  series.add(ended("ack", -5), START);
  assert.equal(series.read("5m", START).total.done, 1002);
});

test("what is older than a range is gone from it, and its place is taken anew", () => {
  const series = new Series(START);
  series.add(stored, START);
  const later = START + 300_000;
  series.add(stored, later);
  assert.deepEqual(series.read("5m", later).stored.at(-1), 1);
  assert.equal(series.read("5m", later).total.stored, 1);
  assert.equal(series.read("1h", later).total.stored, 2);
  // A clock that was set back adds to nothing that is newer.
  series.add(stored, START);
  assert.equal(series.read("5m", later).total.stored, 1);
});

test("what systems say to one another for themselves is nobody's traffic; what agents and people say is", () => {
  const series = new Series(START);
  const said = (from: string, to: string) =>
    series.add({ type: "stored", envelope: envelope(from, to) }, START);
  said("~01a2", "~77ff");
  assert.equal(series.read("5m", START).total.stored, 0);
  said("~01a2", "critic");
  said("critic", "~01a2/writer");
  said("press", "~people/ana");
  assert.equal(series.read("5m", START).total.stored, 3);
});

test("calls of models are counted with their tokens; what is no number of tokens counts for none", () => {
  const series = new Series(START);
  const call = (inputTokens: unknown, outputTokens: unknown) => ({
    type: "model",
    inputTokens,
    outputTokens,
  });
  const notes = [call(10, 4), { type: "log" }, call(-5, NaN), call("7", 1), undefined] as never;
  series.note({ type: "notes", agent: "a", attempt: 1, notes }, START);
  const { total, calls } = series.read("5m", START);
  assert.deepEqual([total.calls, total.inputTokens, total.outputTokens], [3, 10, 5]);
  assert.deepEqual([calls.at(-1), total.stored], [3, 0]);
});
