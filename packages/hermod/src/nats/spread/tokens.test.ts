/** Whoever holds claims of several partitions tells them apart by their tokens, and each partition knows its own again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "../../agent/agent.ts";
import { systemClock } from "../../core/clock.ts";
import type { Claim, Store } from "../../core/store.ts";
import { start } from "../../start.ts";
import { memory } from "../../stores/memory.ts";
import { linked } from "../../testing/index.ts";
import { spread } from "../spread.ts";
import { partitionOf } from "./partitions.ts";

const PARTITIONS = 4;
/** One mailbox of each partition. */
const mailboxes = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let number = 0; ; number++)
    if (partitionOf(`m${number}` as never, PARTITIONS) === partition) return `m${number}`;
});

/** A system over so many partitions, and its store. */
async function opened(
  open: (spreadOpen: Parameters<typeof linked>[0]) => Parameters<typeof linked>[0] = (same) => same,
) {
  let store: Store | undefined;
  const whole = open(async (env) => {
    const stores = await Promise.all(Array.from({ length: PARTITIONS }, async () => memory()(env)));
    return spread(stores, env);
  });
  const system = await start({ store: async (env) => (store = await whole(env)) });
  return { system, store: store as Store };
}

test("claims of all partitions have tokens of their own, and are extended and settled by them", async () => {
  const { system, store } = await opened();
  const held: Claim[] = [];
  for (const mailbox of mailboxes) {
    await system.cast(mailbox, "note", 1, { hold: true });
    await store.claim(mailbox as never, 1, 1000, held);
  }
  assert.deepEqual([held.length, new Set(held.map(({ token }) => token)).size], [PARTITIONS, PARTITIONS]);
  for (const claim of held) {
    const before = claim.leaseUntil;
    assert.equal(await store.extend(claim, 60_000), true);
    assert.ok(claim.leaseUntil > before && claim.leaseUntil <= systemClock.now() + 60_000);
    // One of a neighbour's, and its own.
    assert.deepEqual(await store.settle({ ...claim, token: claim.token + 1 }, { type: "ack" }, []), {
      status: "stale",
    });
    assert.deepEqual(await store.settle(claim, { type: "ack" }, []), { status: "settled" });
  }
  await system.close();
});

test("a hub's client holds claims of several partitions at once, and its states are those that it built on", async () => {
  const { system } = await opened((whole) => linked(whole).open);
  const counting = mailboxes.map((name, at) =>
    agent(name, {
      state: () => ({ count: 0 }),
      on: {
        // While it asks its neighbour it holds a claim in either partition.
        request: async (said, ctx) => {
          ctx.state.count++;
          const next = mailboxes[at + 1];
          return next === undefined
            ? [ctx.state.count]
            : [ctx.state.count, ...((await ctx.call(next, "count", said)) as number[])];
        },
      },
    }),
  );
  for (const each of counting) await system.spawn(each);
  for (const round of [1, 2, 3]) {
    const said = await system.call(mailboxes[0] as string, "count", round, {
      delivery: "at-least-once",
      timeout: "5s",
    });
    assert.deepEqual(
      said,
      mailboxes.map(() => round),
    );
  }
  await system.close();
});
