/** What the command says of its episodes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "../history/check.ts";
import { tape, type Tape } from "../history/tape.test.kit.ts";
import type { Episode } from "./episode.ts";
import { summarise } from "./summary.ts";

const run = { seed: 1, seconds: 2, skipped: ["hosts: nobody may"] };
const clean = tape().sent("a").done("a", 1);
const lossy = tape().sent("a").sent("b").done("b", 1);

function episode({ events }: Tape, more: Partial<Episode> = {}): Episode {
  const plain = { faults: ["kill-node", "step-down", "kill-node"], acked: 5, handled: 4 } as const;
  return { folder: "/f", verdict: check(events), away: 70.4, apart: 5, broken: [], ...plain, ...more };
}

test("figures are summed, kinds counted, and the longest time away is that of all", () => {
  const { summary } = summarise([episode(clean), episode(clean, { away: 90, apart: 7, faults: [] })], run);
  const { faults, kinds, acked, handled, passed, failed } = summary;
  assert.deepEqual([faults, acked, handled, passed, failed], [3, 10, 8, 2, 0]);
  assert.deepEqual([summary.longest_unavailable_ms, summary.longest_brokers_apart_ms], [90, 7]);
  assert.deepEqual(kinds, { "kill-node": 2, "step-down": 1 });
});

test("a fault of the store and a process that broke are failures, each with its place", () => {
  const { summary, lines } = summarise([episode(lossy), episode(clean, { broken: ["c0 fell"] })], run);
  assert.deepEqual([summary.passed, summary.failed, summary.lost, summary.broken], [0, 2, 1, 1]);
  const text = lines.join("\n");
  assert.match(text, /LOST_PREFIX \/f: a in box of s/u);
  assert.match(text, /BROKEN \/f: c0 fell/u);
  assert.match(text, /not tried: hosts: nobody may/u);
});
