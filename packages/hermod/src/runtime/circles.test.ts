/** Circles as one process finds them: by what others say, twice, and who of those that find one gives way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import { TestClock } from "../testing/clock.ts";
import { Circles, type HeldUp } from "./circles.ts";
import type { Running } from "./instance.ts";
import { Timers } from "./timers.ts";

const [here, there] = ["~here" as Address, "~there" as Address];

const call = (id: string, to: string) =>
  ({ id, to, verb: "call", conversationId: "c", hops: [], waits: 0 }) as never;

/** "a" runs here, and calls "b", which runs there and calls "a". */
function stage(mine: string, theirs: string, say: (looks: number) => HeldUp | Promise<HeldUp>) {
  const clock = new TestClock(0);
  const asker = {
    claim: { token: 1 },
    envelope: { id: "m" },
    waitsFor: [call(mine, "b")],
  } as unknown as Running;
  const instance = {
    ...{ address: "a", meets: false, stopped: false, ordinary: 1, running: [asker] },
    definition: { work: { apart: "none", concurrency: 1 } },
  };
  let looks = 0;
  const circles = new Circles({
    store: {
      whenGone: () => () => undefined,
      read: ({ mailbox }: { readonly mailbox: string }) => ({
        items: [{ served: true, servers: [mailbox === "a" ? here : there] }],
      }),
    } as never,
    timers: new Timers(clock),
    registry: { workersOf: (address: string) => (address === "a" ? [instance] : []) } as never,
    self: here,
    ask: async () => say(++looks),
  });
  const found: (readonly Address[])[] = [];
  const end = circles.watch(asker, call(mine, "b"), (agents) => void found.push(agents));
  const stuck: HeldUp = { by: "places", handlers: [{ name: "2 n", calls: [call(theirs, "a")] }] };
  return { clock, found, end, stuck };
}

const free: HeldUp = { by: "room", handlers: [] };

test("a call that has waited a second and is the youngest of its circle is told of it", async () => {
  const { clock, found, stuck } = stage("2", "1", () => stuck);
  await clock.advance(999);
  assert.deepEqual(found, []);
  await clock.advance(1);
  assert.deepEqual(found, [["b", "a"]]);
});

test("a call that is not the youngest waits once more, and is told where the circle is still there", async () => {
  for (const isThere of [true, false]) {
    const { clock, found, stuck } = stage("1", "2", (looks) => (looks <= 2 || isThere ? stuck : free));
    await clock.advance(1999);
    assert.deepEqual(found, []);
    await clock.advance(1);
    assert.deepEqual(found, isThere ? [["b", "a"]] : []);
    await clock.advance("1h");
    assert.equal(found.length, isThere ? 1 : 0);
  }
});

test("what has changed between two looks is no circle, though each shows one", async () => {
  const again: HeldUp[] = [
    free,
    { by: "anything", handlers: [] },
    { by: "places", handlers: [{ name: "3 o", calls: [call("1", "a")] }] },
    { by: "places", handlers: [{ name: "2 n", calls: [call("0", "a")] }] },
    { by: "places", handlers: [{ name: "2 n", calls: [] }] },
  ];
  for (const second of again) {
    const { clock, found, stuck } = stage("2", "1", (looks) => (looks === 1 ? stuck : second));
    await clock.advance("1h");
    assert.deepEqual(found, [], JSON.stringify(second));
  }
});

test("where somebody does not answer, or the call has ended, nothing is told", async () => {
  const silent = stage("2", "1", () => Promise.reject(new Error("nobody is there")));
  await silent.clock.advance("1h");
  assert.deepEqual(silent.found, []);
  const ended = stage("2", "1", () => (ended.end(), ended.stuck));
  await ended.clock.advance("1h");
  assert.deepEqual(ended.found, []);
  assert.equal(ended.clock.waiting, 0);
});

test("where something could not be known the call is looked after again, three times at the most", async () => {
  for (const [silent, at] of [
    [1, 11_000],
    [3, 31_000],
  ] as const) {
    const { clock, found, stuck } = stage("2", "1", (looks) => {
      if (looks <= silent) throw new Error("nobody is there");
      return stuck;
    });
    await clock.advance(at - 1);
    assert.deepEqual(found, []);
    await clock.advance(1);
    assert.deepEqual(found, [["b", "a"]]);
  }
  let looked = 0;
  const { clock } = stage("2", "1", (looks) => {
    looked = looks;
    throw new Error("nobody is there");
  });
  await clock.advance("1h");
  assert.equal(looked, 4);
});
