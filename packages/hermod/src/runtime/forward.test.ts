/** Forward: copies that find no room leave the others alone, however many they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Envelope } from "../core/envelope.ts";
import type { Claim, Settled } from "../core/store.ts";
import { forward, type ForwardParts } from "./forward.ts";
import type { PoolLine } from "./poolline.ts";
import { Reports } from "./reports.ts";
import { AgentStatistics, Statistics } from "./statistics.ts";

const FULL = { status: "full", limit: "count", most: 1 } as const;

/** A broadcast to many members whose mailboxes are full, over a store that answers as it is told. */
function broadcast(size: number, settle: (copies: readonly Envelope[]) => Settled) {
  const copies = Array.from({ length: size }, (_, at) => ({ id: String(at) }) as Envelope);
  const buried = new Set<Envelope>();
  let asked = 0;
  const store = {
    settle: (_claim: unknown, _how: unknown, outputs: readonly Envelope[]) => {
      asked++;
      return settle(outputs);
    },
    bury: (envelope: Envelope) => void buried.add(envelope),
  };
  const statistics = new Statistics();
  const parts = { store, statistics, reports: new Reports(), refuse: assert.fail };
  const line = { statistics: new AgentStatistics(), instances: [] };
  const claim = { envelope: { verb: "cast", type: "notification" } };
  void forward(
    parts as unknown as ForwardParts,
    line as unknown as PoolLine,
    claim as unknown as Claim,
    copies,
  );
  return { asked, buried: buried.size, dead: [statistics.dead, line.statistics.dead] };
}

test("a store that names one refused copy at a time costs a round each, and no stack", () => {
  const size = 12_000;
  const oneByOne = ([output]: readonly Envelope[]): Settled =>
    output ? { status: "refused", output, answer: FULL } : { status: "settled" };
  const done = broadcast(size, oneByOne);
  assert.deepEqual(done, { asked: size + 1, buried: size, dead: [size, size] });
});

test("a store that names all refused copies is asked once more", () => {
  const all = ([first, ...rest]: readonly Envelope[]): Settled =>
    first
      ? {
          ...{ status: "refused", output: first, answer: FULL },
          others: rest.map((output) => ({ output, answer: FULL })),
        }
      : { status: "settled" };
  assert.deepEqual(broadcast(3, all), { asked: 2, buried: 3, dead: [3, 3] });
});
